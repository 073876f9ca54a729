//! `kms:ImportKeyMaterial`: give a key the bytes that its owner has wrapped for it.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With, hex};

use crate::import::{Expiration, ImportToken, accept};
use crate::imported::Import;
use crate::standing::Needs;
use crate::wire::import_type::NEW_KEY_MATERIAL;
use crate::{KeyRef, KmsError, View, wire};

/// Wrapped material, and what is said of it.
#[derive(Clone, Debug)]
pub struct ImportKeyMaterial {
    key: KeyRef,
    token: Vec<u8>,
    wrapped: Vec<u8>,
    expiration: Expiration,
    import: Import,
}

impl Operation for ImportKeyMaterial {
    const ACTION: &'static str = "kms:ImportKeyMaterial";
    type Wire = wire::ImportKeyMaterialRequest;
    type Output = wire::ImportKeyMaterialResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ImportKeyMaterialRequest) -> Result<ImportKeyMaterial, KmsError> {
        let import = Import {
            new: wire.import_type.map(|word| word == NEW_KEY_MATERIAL),
            id: wire.key_material_id,
            description: wire.key_material_description,
        };
        if import.new == Some(true) && import.id.is_some() {
            // UNSURE: AWS's sentence; the rule is documented.
            return Err(KmsError::Validation(
                "A KeyMaterialId must not be set if the ImportType is NEW_KEY_MATERIAL".to_owned(),
            ));
        }
        Ok(ImportKeyMaterial {
            key: KeyRef::of_key(wire.key_id)?,
            token: wire.import_token.unwrap_or_default(),
            wrapped: wire.encrypted_key_material.unwrap_or_default(),
            expiration: Expiration::parse(wire.expiration_model.as_deref(), wire.valid_to)?,
            import,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let requirement = view.own(&self.key, call)?.requirement(Self::ACTION, call);
        let requirement = requirement.when("kms:expirationmodel", self.expiration.model());
        Ok(vec![match self.expiration.0 {
            Some(date) => requirement.when("kms:validto", date.iso().to_string()),
            None => requirement,
        }])
    }

    fn decide(
        request: Authorized<ImportKeyMaterial>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::ImportKeyMaterialResponse>, KmsError> {
        let (found, now) = (view.own(&request.key, call)?, call.facts.now);
        found.demand(Needs::Import)?;
        request.import.demand_fits(&found)?;
        request.expiration.demand_ahead_of(now)?;
        let (scope, key) = (found.scope, &found.key);
        let token = ImportToken::open(view.domain, scope, &key.id, &request.token)?;
        token.demand_valid_at(now)?;
        let unwrapped = token.wrapping.unwrap(&token.private, &request.wrapped)?;
        let secret = accept(key.spec, key.usage, unwrapped)?;
        let sealed = view.domain.seal(scope, &key.id, &secret, with.entropy);
        let output = wire::ImportKeyMaterialResponse {
            key_id: Some(found.arn().into()),
            // AWS names the material of symmetric keys only.
            key_material_id: key.spec.is_symmetric().then(|| hex(&sealed.id)),
        };
        let keyring = view.kms.keyring(scope).ok_or(KmsError::Internal)?;
        let txn = request
            .import
            .txn(&found, keyring, sealed, request.expiration, now)?;
        Ok(Decision::write(txn, output))
    }
}
