//! `kms:CancelKeyDeletion`: let a key live on. It is disabled then, as AWS leaves it.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::records::KeyState;
use crate::standing::Needs;
use crate::{KeyRef, KmsError, View, wire};

/// Which key.
#[derive(Clone, Debug)]
pub struct CancelKeyDeletion {
    key: KeyRef,
}

impl Operation for CancelKeyDeletion {
    const ACTION: &'static str = "kms:CancelKeyDeletion";
    type Wire = wire::CancelKeyDeletionRequest;
    type Output = wire::CancelKeyDeletionResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CancelKeyDeletionRequest) -> Result<CancelKeyDeletion, KmsError> {
        Ok(CancelKeyDeletion {
            key: KeyRef::of_key(wire.key_id)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![view.own(&self.key, call)?.requirement(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<CancelKeyDeletion>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::CancelKeyDeletionResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        found.demand(Needs::Doomed)?;
        let keyring = view.kms.keyring(found.scope).ok_or(KmsError::Internal)?;
        let state = match keyring.missing(&found.key, call.facts.now).next() {
            None => KeyState::Disabled,
            Some(_) => KeyState::PendingImport,
        };
        let txn = found.change(Self::ACTION, |key| {
            key.state = state;
            key.deletion = None;
        })?;
        Ok(Decision::write(
            txn,
            wire::CancelKeyDeletionResponse {
                key_id: Some(found.arn().into()),
            },
        ))
    }
}
