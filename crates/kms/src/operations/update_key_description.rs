//! `kms:UpdateKeyDescription`: say what a key is for.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::standing::Needs;
use crate::{KeyRef, KmsError, View, wire};

/// Which key, and what it is for.
#[derive(Clone, Debug)]
pub struct UpdateKeyDescription {
    key: KeyRef,
    description: String,
}

impl Operation for UpdateKeyDescription {
    const ACTION: &'static str = "kms:UpdateKeyDescription";
    type Wire = wire::UpdateKeyDescriptionRequest;
    type Output = wire::UpdateKeyDescriptionResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UpdateKeyDescriptionRequest) -> Result<UpdateKeyDescription, KmsError> {
        Ok(UpdateKeyDescription {
            key: KeyRef::of_key(wire.key_id)?,
            description: wire.description.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![view.own(&self.key, call)?.requirement(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<UpdateKeyDescription>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UpdateKeyDescriptionResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        found.demand(Needs::Alive)?;
        let txn = found.change(Self::ACTION, |key| {
            key.description.clone_from(&request.description);
        })?;
        Ok(Decision::write(txn, wire::UpdateKeyDescriptionResponse {}))
    }
}
