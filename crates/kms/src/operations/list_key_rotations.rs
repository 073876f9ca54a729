//! `kms:ListKeyRotations`: when a key got new material, and which it is.

use std::cmp::Ordering;

use kagiban_aws::Timestamp;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With, hex};

use crate::import::Expiration;
use crate::page::Page;
use crate::records::{Key, Material};
use crate::spec::Origin;
use crate::wire::include_key_material::ALL_KEY_MATERIAL;
use crate::{KeyRef, KmsError, View, wire};

/// Whose rotations, and which page.
#[derive(Clone, Debug)]
pub struct ListKeyRotations {
    key: KeyRef,
    /// Whether material is listed too that no rotation brought: the first.
    all: bool,
    page: Page,
}

impl Operation for ListKeyRotations {
    const ACTION: &'static str = "kms:ListKeyRotations";
    type Wire = wire::ListKeyRotationsRequest;
    type Output = wire::ListKeyRotationsResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListKeyRotationsRequest) -> Result<ListKeyRotations, KmsError> {
        Ok(ListKeyRotations {
            key: KeyRef::of_key(wire.key_id)?,
            all: wire.include_key_material.as_deref() == Some(ALL_KEY_MATERIAL),
            page: Page::parse(wire.limit, 100, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![view.own(&self.key, call)?.requirement(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<ListKeyRotations>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListKeyRotationsResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        found.demand_generations()?;
        let keyring = view.kms.keyring(found.scope).ok_or(KmsError::Internal)?;
        let generations = keyring.generations(&found.key.id);
        let listed = generations.filter(|(_, material)| request.all || material.record().rotated.is_some());
        let listed = request.page.cut(listed.map(|(number, material)| {
            (
                format!("{number:010}"),
                entry(&found.key, number, material.record(), call.facts.now),
            )
        }));
        Ok(Decision::read(wire::ListKeyRotationsResponse {
            rotations: Some(listed.items),
            truncated: Some(listed.next.is_some()),
            next_marker: listed.next,
        }))
    }
}

fn entry(key: &Key, number: u32, material: &Material, now: Timestamp) -> wire::RotationsListEntry {
    let state = match number.cmp(&key.current_material) {
        Ordering::Equal => "CURRENT",
        Ordering::Less => "NON_CURRENT",
        Ordering::Greater => "PENDING_ROTATION",
    };
    let there = material.is_there(now);
    let imported = (key.origin == Origin::External).then_some(match there {
        true => "IMPORTED",
        false => "PENDING_IMPORT",
    });
    // UNSURE: whether AWS goes on telling how material would have expired that is gone.
    let expiration = imported.filter(|_| there).map(|_| Expiration(material.expires()));
    wire::RotationsListEntry {
        key_id: Some(key.id.clone()),
        key_material_id: Some(hex(&material.id)),
        key_material_state: Some(state.to_owned()),
        import_state: imported.map(str::to_owned),
        expiration_model: expiration.map(|expiration| expiration.model().to_owned()),
        valid_to: expiration.and_then(|expiration| expiration.0),
        key_material_description: material
            .imported
            .as_ref()
            .and_then(|imported| imported.description.clone()),
        rotation_date: material.rotated.map(|rotated| rotated.at),
        rotation_type: material.rotated.map(|rotated| rotated.kind.as_str().to_owned()),
    }
}
