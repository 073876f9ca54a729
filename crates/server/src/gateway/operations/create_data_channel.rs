//! `ssmmessages:CreateDataChannel`: give a node a token for its end of a session.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_ssm::View;
use kagiban_ssm::records::SessionStatus;
use kagiban_ssm::sessions::token::Channel;

use super::{ChannelError, own_node, session_arn};
use crate::gateway::tokens;
use crate::gateway::wire::{Created, Named};

/// A session's data channel, from the node's side.
#[derive(Clone, Debug)]
pub struct CreateDataChannel(String);

impl Operation for CreateDataChannel {
    const ACTION: &'static str = "ssmmessages:CreateDataChannel";
    type Wire = Named;
    type Output = Created;
    type Error = ChannelError;
    type View<'v> = View<'v>;

    fn parse(wire: Named) -> Result<CreateDataChannel, ChannelError> {
        Ok(CreateDataChannel(wire.id))
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ChannelError> {
        let resource = session_arn(call.scope, &self.0);
        Ok(vec![Requirement::on(Self::ACTION, resource, call.scope.account)])
    }

    fn decide(
        request: Authorized<CreateDataChannel>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<Created>, ChannelError> {
        let id = request.into_inner().0;
        let session = view.ssm.session(call.scope, &id);
        let session = session.ok_or(ChannelError::SessionOver)?;
        own_node(&session.target, call, view)?;
        if session.order.is_none() || session.status == SessionStatus::Terminating {
            return Err(ChannelError::SessionOver);
        }
        Ok(Decision::read(Created {
            operation: "CreateDataChannel",
            token: tokens::issue(view, Channel::Agent(&id), call.scope, with),
        }))
    }
}
