//! `ssm:GetConnectionStatus`: whether a session with a node could begin now.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::wire::connection_status;
use crate::{ParameterError, View, access, wire};

/// Which node.
#[derive(Clone, Debug)]
pub struct GetConnectionStatus {
    target: String,
}

impl Operation for GetConnectionStatus {
    const ACTION: &'static str = "ssm:GetConnectionStatus";
    type Wire = wire::GetConnectionStatusRequest;
    type Output = wire::GetConnectionStatusResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetConnectionStatusRequest) -> Result<GetConnectionStatus, ParameterError> {
        Ok(GetConnectionStatus {
            target: wire.target.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_node(Self::ACTION, &self.target, call, view)])
    }

    fn decide(
        request: Authorized<GetConnectionStatus>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetConnectionStatusResponse>, ParameterError> {
        let target = request.into_inner().target;
        let there = view.existing_node(&target, call);
        let status = match there.is_ok_and(|(id, _)| view.presence.is_connected(&id)) {
            true => connection_status::CONNECTED,
            false => connection_status::NOTCONNECTED,
        };
        Ok(Decision::read(wire::GetConnectionStatusResponse {
            target: Some(target),
            status: Some(status.to_owned()),
        }))
    }
}
