//! `kms:DeleteImportedKeyMaterial`: take a key's bytes away until their owner brings them back.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With, hex};

use crate::standing::Needs;
use crate::{Found, KeyRef, Keyring, KmsError, View, wire};

/// Which key, and which of its generations; else the current one.
#[derive(Clone, Debug)]
pub struct DeleteImportedKeyMaterial {
    key: KeyRef,
    material: Option<String>,
}

impl Operation for DeleteImportedKeyMaterial {
    const ACTION: &'static str = "kms:DeleteImportedKeyMaterial";
    type Wire = wire::DeleteImportedKeyMaterialRequest;
    type Output = wire::DeleteImportedKeyMaterialResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteImportedKeyMaterialRequest) -> Result<DeleteImportedKeyMaterial, KmsError> {
        Ok(DeleteImportedKeyMaterial {
            key: KeyRef::of_key(wire.key_id)?,
            material: wire.key_material_id,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![view.own(&self.key, call)?.requirement(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<DeleteImportedKeyMaterial>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteImportedKeyMaterialResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        found.demand(Needs::Imported)?;
        let keyring = view.kms.keyring(found.scope).ok_or(KmsError::Internal)?;
        let number = request.number(&found, keyring)?;
        let place = (found.key.id.as_str().into(), number);
        let material = keyring.materials.get(&place);
        let output = wire::DeleteImportedKeyMaterialResponse {
            key_id: Some(found.arn().into()),
            // AWS names the material of symmetric keys only.
            key_material_id: material
                .filter(|_| found.key.spec.is_symmetric())
                .map(|material| hex(material.id())),
        };
        match material.is_some_and(|material| material.record().is_kept()) {
            true => Ok(Decision::write(keyring.forget(&found, &[number]), output)),
            false => Ok(Decision::read(output)),
        }
    }
}

impl DeleteImportedKeyMaterial {
    fn number(&self, found: &Found, keyring: &Keyring) -> Result<u32, KmsError> {
        let Some(named) = &self.material else {
            return Ok(found.key.current_material);
        };
        let mut generations = keyring.generations(&found.key.id);
        let number = generations.find(|(_, material)| hex(material.id()) == *named);
        number.map(|(number, _)| number).ok_or_else(|| {
            // UNSURE: AWS's code and sentence.
            KmsError::NotFound(format!(
                "Key material {named} is not associated with {}.",
                found.arn()
            ))
        })
    }
}
