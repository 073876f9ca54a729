//! `kms:DisableKey`: let nobody use a key until it is enabled again.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::records::KeyState;
use crate::standing::Needs;
use crate::{KeyRef, KmsError, View, wire};

/// Which key.
#[derive(Clone, Debug)]
pub struct DisableKey {
    key: KeyRef,
}

impl Operation for DisableKey {
    const ACTION: &'static str = "kms:DisableKey";
    type Wire = wire::DisableKeyRequest;
    type Output = wire::DisableKeyResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DisableKeyRequest) -> Result<DisableKey, KmsError> {
        Ok(DisableKey {
            key: KeyRef::of_key(wire.key_id)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![view.own(&self.key, call)?.requirement(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<DisableKey>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DisableKeyResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        found.demand(Needs::Switch)?;
        let txn = found.change(Self::ACTION, |key| key.state = KeyState::Disabled)?;
        Ok(Decision::write(txn, wire::DisableKeyResponse {}))
    }
}
