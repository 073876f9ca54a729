//! Tokens that open channels, as the API issues them and the gateway does.

use kagiban_aws::{SecretString, Timestamp};
use kagiban_iam::{Scope, With};
use kagiban_session::open::Token;
use kagiban_ssm::View;
use kagiban_ssm::nodes::NodeId;
use kagiban_ssm::sessions::token::{Channel, Claims};

use super::room::Place;
use crate::edge::Snapshot;

/// A token for a channel of a node: its control channel, or its end of a session.
pub(super) fn issue(view: &View<'_>, channel: Channel<'_>, scope: Scope, with: &With<'_>) -> SecretString {
    let claims = Claims { scope, epoch: 0 };
    view.tokens.issue(channel, claims, with.now, with.entropy)
}

/// Whether a token opens a node's control channel.
pub(super) fn opens_control(
    snapshot: Snapshot<'_>,
    token: &Token,
    scope: Scope,
    node: &NodeId,
    now: Timestamp,
) -> bool {
    let channel = Channel::Control(node.as_str());
    let claims = View::from(snapshot).tokens.verify(channel, token.expose(), now);
    claims.is_some_and(|claims| claims.scope == scope)
}

/// Which end of a session a token opens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Opens {
    /// The client's, in this turn.
    Client { epoch: u32 },
    /// The node's.
    Agent,
}

/// Which session's end a token opens. Of a client's, only the newest that was given counts.
pub(super) fn end(
    snapshot: Snapshot<'_>,
    session: &str,
    token: &Token,
    now: Timestamp,
) -> Option<(Place, Opens)> {
    let view = View::from(snapshot);
    let verify = |channel| view.tokens.verify(channel, token.expose(), now);
    let place = |scope| Place {
        scope,
        id: session.into(),
    };
    if let Some(claims) = verify(Channel::Agent(session)) {
        return Some((place(claims.scope), Opens::Agent));
    }
    let claims = verify(Channel::Client(session))?;
    let known = view.ssm.session(claims.scope, session)?;
    let epoch = claims.epoch;
    (known.epoch == epoch).then(|| (place(claims.scope), Opens::Client { epoch }))
}
