//! `kagiban:DeregisterInstance`: end a node of either kind. AWS's own operation takes no id of an instance.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use super::wire;
use crate::operations::deregistering;
use crate::{ParameterError, View, access};

/// Which node.
#[derive(Clone, Debug)]
pub struct DeregisterInstance {
    id: String,
}

impl Operation for DeregisterInstance {
    const ACTION: &'static str = "kagiban:DeregisterInstance";
    type Wire = wire::DeregisterInstanceRequest;
    type Output = wire::DeregisterInstanceResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeregisterInstanceRequest) -> Result<DeregisterInstance, ParameterError> {
        Ok(DeregisterInstance {
            id: wire.instance_id.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_node(
            "ssm:DeregisterManagedInstance",
            &self.id,
            call,
            view,
        )])
    }

    fn decide(
        request: Authorized<DeregisterInstance>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeregisterInstanceResponse>, ParameterError> {
        let txn = deregistering(&request.id, call, view)?;
        Ok(Decision::write(txn, wire::DeregisterInstanceResponse {}))
    }
}
