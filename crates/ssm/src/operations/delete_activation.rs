//! `ssm:DeleteActivation`: nobody registers with it any more; those who have stay.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use crate::nodes::NodeError;
use crate::records::keys;
use crate::{ParameterError, View, access, wire};

/// Which activation.
#[derive(Clone, Debug)]
pub struct DeleteActivation {
    id: String,
}

impl Operation for DeleteActivation {
    const ACTION: &'static str = "ssm:DeleteActivation";
    type Wire = wire::DeleteActivationRequest;
    type Output = wire::DeleteActivationResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteActivationRequest) -> Result<DeleteActivation, ParameterError> {
        Ok(DeleteActivation {
            id: wire.activation_id.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_all(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<DeleteActivation>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteActivationResult>, ParameterError> {
        let activation = view
            .ssm
            .activation(call.scope, &request.id)
            .ok_or(NodeError::InvalidActivation)?;
        let key = keys::activation(call.scope, &request.id);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(activation.revision)).delete(key);
        Ok(Decision::write(txn, wire::DeleteActivationResult {}))
    }
}
