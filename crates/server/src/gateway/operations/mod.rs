//! What the edge has to allow before a channel is opened.
//!
//! Resources are ARNs, though AWS's own policies name `*` for them: so those of agents work, and others
//! can be narrower.

mod create_control_channel;
mod create_data_channel;
mod open_control_channel;
mod open_data_channel;

pub use create_control_channel::CreateControlChannel;
pub use create_data_channel::CreateDataChannel;
pub use open_control_channel::OpenControlChannel;
pub use open_data_channel::OpenDataChannel;

use kagiban_aws::Fault;
use kagiban_iam::{Call, Requirement, Scope};
use kagiban_ssm::View;
use kagiban_ssm::nodes::NodeId;

use super::caller;

/// Why a channel is not opened.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ChannelError {
    /// The caller is not the node that it speaks for.
    #[error("{0} is not the node that this channel belongs to")]
    NotTheNode(String),
    /// No such session, or one that is over.
    #[error("Session is already terminated")] // agents look for these words, and give up at once
    SessionOver,
}

impl From<ChannelError> for Fault {
    fn from(error: ChannelError) -> Fault {
        let (status, code) = match &error {
            ChannelError::NotTheNode(_) => (403, "AccessDeniedException"),
            ChannelError::SessionOver => (404, "ResourceNotFoundException"),
        };
        Fault::sender(code, error.to_string()).with_status(status)
    }
}

/// The node that an id names, if it is registered and the caller is nobody else.
///
/// # Errors
///
/// If it is not, all in the same words.
fn own_node(id: &str, call: &Call<'_>, view: &View<'_>) -> Result<NodeId, ChannelError> {
    let node = caller::node(call, view).filter(|node| node.as_str() == id);
    node.ok_or_else(|| ChannelError::NotTheNode(call.caller.arn.to_string()))
}

/// What opening a node's control channel takes, in either step.
fn control_channel(action: &'static str, id: &str, call: &Call<'_>) -> Requirement {
    let resource = match NodeId::parse(id) {
        Some(node) => node.arn(call.scope).to_string(),
        None => "*".to_owned(), // nobody's, and refused for that later
    };
    Requirement::on(action, resource, call.scope.account)
}

/// `arn:aws:ssm:R:A:session/<id>`
fn session_arn(scope: Scope, id: &str) -> String {
    let Scope { account, region } = scope;
    kagiban_aws::Arn::regional("ssm", region, account, format_args!("session/{id}")).to_string()
}
