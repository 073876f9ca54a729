//! `kms:EnableKey`: let a key be used again.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::records::KeyState;
use crate::standing::Needs;
use crate::{KeyRef, KmsError, View, wire};

/// Which key.
#[derive(Clone, Debug)]
pub struct EnableKey {
    key: KeyRef,
}

impl Operation for EnableKey {
    const ACTION: &'static str = "kms:EnableKey";
    type Wire = wire::EnableKeyRequest;
    type Output = wire::EnableKeyResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::EnableKeyRequest) -> Result<EnableKey, KmsError> {
        Ok(EnableKey {
            key: KeyRef::of_key(wire.key_id)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![view.own(&self.key, call)?.requirement(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<EnableKey>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::EnableKeyResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        found.demand(Needs::Switch)?;
        let txn = found.change(Self::ACTION, |key| key.state = KeyState::Enabled)?;
        Ok(Decision::write(txn, wire::EnableKeyResponse {}))
    }
}
