//! `kms:DisableKeyRotation`: let a key keep its material until somebody rotates it.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::records::Key;
use crate::standing::Needs;
use crate::{KeyRef, KmsError, View, wire};

/// Which key.
#[derive(Clone, Debug)]
pub struct DisableKeyRotation {
    key: KeyRef,
}

impl Operation for DisableKeyRotation {
    const ACTION: &'static str = "kms:DisableKeyRotation";
    type Wire = wire::DisableKeyRotationRequest;
    type Output = wire::DisableKeyRotationResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DisableKeyRotationRequest) -> Result<DisableKeyRotation, KmsError> {
        Ok(DisableKeyRotation {
            key: KeyRef::of_key(wire.key_id)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![view.own(&self.key, call)?.requirement(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<DisableKeyRotation>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DisableKeyRotationResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        found.demand(Needs::Rotation)?;
        found.demand_generations()?;
        found.demand_primary()?;
        let disable = |key: &mut Key| key.rotation = None;
        let txn = view.with_siblings(found.change(Self::ACTION, disable)?, &found, disable)?;
        Ok(Decision::write(txn, wire::DisableKeyRotationResponse {}))
    }
}
