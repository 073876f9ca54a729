//! `ssmmessages:OpenControlChannel`: the upgrade of a node's control channel. Its token comes with the
//! first frame.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_ssm::View;

use super::{ChannelError, own_node};
use crate::gateway::wire::{Named, Opened};

/// A node's control channel.
#[derive(Clone, Debug)]
pub struct OpenControlChannel(String);

impl Operation for OpenControlChannel {
    const ACTION: &'static str = "ssmmessages:OpenControlChannel";
    type Wire = Named;
    type Output = Opened;
    type Error = ChannelError;
    type View<'v> = View<'v>;

    fn parse(wire: Named) -> Result<OpenControlChannel, ChannelError> {
        Ok(OpenControlChannel(wire.id))
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ChannelError> {
        Ok(vec![super::control_channel(Self::ACTION, &self.0, call)])
    }

    fn decide(
        request: Authorized<OpenControlChannel>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<Opened>, ChannelError> {
        own_node(&request.into_inner().0, call, view)?;
        Ok(Decision::read(Opened::of(call, view)))
    }
}
