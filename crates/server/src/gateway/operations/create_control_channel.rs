//! `ssmmessages:CreateControlChannel`: give a node a token for its control channel.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_ssm::View;
use kagiban_ssm::sessions::token::Channel;

use super::{ChannelError, own_node};
use crate::gateway::tokens;
use crate::gateway::wire::{Created, Named};

/// A node's control channel.
#[derive(Clone, Debug)]
pub struct CreateControlChannel(String);

impl Operation for CreateControlChannel {
    const ACTION: &'static str = "ssmmessages:CreateControlChannel";
    type Wire = Named;
    type Output = Created;
    type Error = ChannelError;
    type View<'v> = View<'v>;

    fn parse(wire: Named) -> Result<CreateControlChannel, ChannelError> {
        Ok(CreateControlChannel(wire.id))
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ChannelError> {
        Ok(vec![super::control_channel(Self::ACTION, &self.0, call)])
    }

    fn decide(
        request: Authorized<CreateControlChannel>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<Created>, ChannelError> {
        let node = own_node(&request.into_inner().0, call, view)?;
        Ok(Decision::read(Created {
            operation: "CreateControlChannel",
            token: tokens::issue(view, Channel::Control(node.as_str()), call.scope, with),
        }))
    }
}
