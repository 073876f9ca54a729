//! `sts:DecodeAuthorizationMessage`: read why a request of this account was denied.

use super::wire;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With};

/// The message to read.
#[derive(Clone, Debug)]
pub struct DecodeAuthorizationMessage {
    sealed: String,
}

impl Operation for DecodeAuthorizationMessage {
    const ACTION: &'static str = "sts:DecodeAuthorizationMessage";
    type Wire = wire::DecodeAuthorizationMessageRequest;
    type Output = wire::DecodeAuthorizationMessageResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DecodeAuthorizationMessageRequest) -> Result<DecodeAuthorizationMessage, IamError> {
        let sealed = wire.encoded_message.unwrap_or_default();
        Ok(DecodeAuthorizationMessage { sealed })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        request: Authorized<DecodeAuthorizationMessage>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DecodeAuthorizationMessageResponse>, IamError> {
        let opened = view.sessions.open_message(&request.sealed, call.scope.account);
        let message = opened.map_err(|_| IamError::InvalidAuthorizationMessage)?;
        Ok(Decision::read(wire::DecodeAuthorizationMessageResponse {
            decoded_message: Some(message),
        }))
    }
}
