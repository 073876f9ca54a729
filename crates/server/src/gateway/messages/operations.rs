//! The operations of `ec2messages`: a poll that finds nothing, and four about messages that nobody was
//! given.

use kagiban_aws::Fault;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_ssm::View;

use super::wire::{AboutMessageRequest, GetMessagesRequest, GetMessagesResponse, Nothing};
use crate::gateway::caller;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MessageError {
    /// The caller is not the node that it asks for.
    // UNSURE: AWS's sentences have not been seen.
    #[error("the destination is not the caller")]
    NotTheNode,
    /// No such message was ever given.
    #[error("the message does not exist")]
    NoSuchMessage,
}

impl From<MessageError> for Fault {
    fn from(error: MessageError) -> Fault {
        let code = match error {
            MessageError::NotTheNode => "InvalidDestinationException",
            MessageError::NoSuchMessage => "InvalidMessageIdException",
        };
        Fault::sender(code, error.to_string())
    }
}

/// `ec2messages:GetMessages`: the commands for a node, of which there are none.
#[derive(Clone, Debug)]
pub struct GetMessages(GetMessagesRequest);

impl Operation for GetMessages {
    const ACTION: &'static str = "ec2messages:GetMessages";
    type Wire = GetMessagesRequest;
    type Output = GetMessagesResponse;
    type Error = MessageError;
    type View<'v> = View<'v>;

    fn parse(wire: GetMessagesRequest) -> Result<GetMessages, MessageError> {
        Ok(GetMessages(wire))
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, MessageError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        request: Authorized<GetMessages>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<GetMessagesResponse>, MessageError> {
        let GetMessages(asked) = request.into_inner();
        let node = caller::node(call, view).filter(|node| node.as_str() == asked.destination);
        node.ok_or(MessageError::NotTheNode)?;
        Ok(Decision::read(GetMessagesResponse {
            destination: asked.destination,
            messages: [],
            messages_request_id: asked.messages_request_id,
        }))
    }
}

macro_rules! about_messages {
    ($($name:ident $action:literal),*) => {$(
        #[doc = concat!("`", $action, "`: refused, since nobody was given a message.")]
        #[derive(Clone, Debug)]
        pub struct $name;

        impl Operation for $name {
            const ACTION: &'static str = $action;
            type Wire = AboutMessageRequest;
            type Output = Nothing;
            type Error = MessageError;
            type View<'v> = View<'v>;

            fn parse(_wire: AboutMessageRequest) -> Result<$name, MessageError> {
                Ok($name)
            }

            fn requirements(
                &self,
                call: &Call<'_>,
                _view: &View<'_>,
            ) -> Result<Vec<Requirement>, MessageError> {
                Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
            }

            fn decide(
                _request: Authorized<$name>,
                _call: &Call<'_>,
                _view: &View<'_>,
                _with: &With<'_>,
            ) -> Result<Decision<Nothing>, MessageError> {
                Err(MessageError::NoSuchMessage)
            }
        }
    )*};
}

about_messages!(
    AcknowledgeMessage "ec2messages:AcknowledgeMessage",
    DeleteMessage "ec2messages:DeleteMessage",
    FailMessage "ec2messages:FailMessage",
    SendReply "ec2messages:SendReply"
);
