//! `ssmmessages:OpenDataChannel`: the upgrade of either end's data channel. Its token comes with the first
//! frame, and it alone says which end it is.
//
// Plugins before 1.2.764 do not sign the upgrade, so it may come without a signature. A signature that is
// there has to be right, and its owner allowed.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_ssm::View;
use kagiban_ssm::sessions::own_arn;

use super::{ChannelError, session_arn};
use crate::gateway::wire::{Named, Opened};

/// A session's data channel, from either side.
#[derive(Clone, Debug)]
pub struct OpenDataChannel(String);

impl Operation for OpenDataChannel {
    const UNSIGNED: bool = true;
    const ACTION: &'static str = "ssmmessages:OpenDataChannel";
    type Wire = Named;
    type Output = Opened;
    type Error = ChannelError;
    type View<'v> = View<'v>;

    fn parse(wire: Named) -> Result<OpenDataChannel, ChannelError> {
        Ok(OpenDataChannel(wire.id))
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ChannelError> {
        if call.caller.is_anonymous() {
            return Ok(Vec::new());
        }
        let resource = session_arn(call.scope, &self.0);
        let requirement = Requirement::on(Self::ACTION, resource, call.scope.account);
        Ok(vec![requirement.also_called(own_arn(&self.0, call, view))])
    }

    fn decide(
        _request: Authorized<OpenDataChannel>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<Opened>, ChannelError> {
        Ok(Decision::read(Opened::of(call, view)))
    }
}
