//! What the gateway reads of sessions' records, and writes into them.

use std::hash::{DefaultHasher, Hasher as _};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use kagiban_aws::{Arn, Timestamp};
use kagiban_iam::{Scope, Stored};
use kagiban_session::control::InteractiveShell;
use kagiban_session::document::{SessionDocument, SessionType};
use kagiban_ssm::records::{Session, SessionStatus};
use kagiban_ssm::sessions::{End, Transition};
use serde_json::Value;

use super::Terms;
use super::claim::Claim;
use super::ending::Ending;
use super::meeting::Beginning;
use super::room::Place;
use super::terms::SessionTerms;
use crate::edge::{Own, Snapshot, deed};

/// A session that is not over, as its record says.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) place: Place,
    /// The node's id.
    pub(super) node: Box<str>,
    /// Somebody has asked for its end.
    pub(super) terminating: bool,
    /// The newest token's, if a client has come with it.
    pub(super) claim: Option<Claim>,
    begun: bool,
    started: Timestamp,
    idle: Duration,
    maximum: Option<Duration>,
}

/// How many sessions are not over, and what tells whether any of them has changed: revisions are given out
/// once.
pub(super) fn fingerprint(snapshot: Snapshot<'_>) -> (usize, u64) {
    let mut hasher = DefaultHasher::new();
    let mut live = 0;
    for (_, _, session) in snapshot.world.ssm.live_sessions() {
        hasher.write_u64(session.revision.0);
        live += 1;
    }
    (live, hasher.finish())
}

/// All sessions that are not over.
pub(super) fn live(snapshot: Snapshot<'_>) -> Vec<Live> {
    let live = snapshot.world.ssm.live_sessions();
    live.map(|(scope, id, session)| Live::of(scope, id, session))
        .collect()
}

/// A session, if it is not over.
pub(super) fn find(snapshot: Snapshot<'_>, place: &Place) -> Option<Live> {
    let session = snapshot.world.ssm.session(place.scope, &place.id)?;
    (!session.status.is_final()).then(|| Live::of(place.scope, &place.id, session))
}

impl Live {
    fn of(scope: Scope, id: &str, session: &Stored<Session>) -> Live {
        let minutes = |minutes: u16| Duration::from_secs(60 * u64::from(minutes));
        Live {
            place: Place { scope, id: id.into() },
            node: session.target.clone(),
            terminating: session.status == SessionStatus::Terminating,
            claim: session
                .client
                .clone()
                .map(|client| Claim::kept(session.epoch, client)),
            begun: session.status != SessionStatus::Connecting,
            started: session.started,
            idle: minutes(session.idle_minutes),
            maximum: session.longest_minutes.map(minutes),
        }
    }

    /// The operator's terms, and where the session has its own, these.
    pub(super) fn terms(&self, terms: &Terms, may_pause: bool) -> SessionTerms {
        SessionTerms {
            resume: terms.resume,
            start: terms.start,
            idle: terms.idle.map_or(self.idle, |idle| idle.min(self.idle)),
            maximum: [terms.maximum, self.maximum].into_iter().flatten().min(),
            may_pause,
            bytes_per_second: terms.bytes_per_second,
        }
    }

    pub(super) fn beginning(&self) -> Beginning {
        let age = Timestamp::from(SystemTime::now()).millis() - self.started.millis();
        Beginning {
            age: Duration::from_millis(age.try_into().unwrap_or(0)),
            agent_came: self.begun,
        }
    }
}

/// Whether a session's agent only stops for a pause. One that runs a command without a terminal takes it
/// for the channel's end.
pub(super) fn may_pause(snapshot: Snapshot<'_>, place: &Place) -> bool {
    let session = snapshot.world.ssm.session(place.scope, &place.id);
    let order = session.and_then(|session| session.order.as_ref());
    let document = order.and_then(|order| SessionDocument::parse(&order.document).ok());
    document.is_some_and(|document| document.session_type != SessionType::NonInteractiveCommands)
}

/// Why a session failed, if it did.
pub(super) fn failure(snapshot: Snapshot<'_>, place: &Place) -> Option<String> {
    let session = snapshot.world.ssm.session(place.scope, &place.id)?;
    let details = session.details.as_deref()?;
    (session.status == SessionStatus::Failed).then(|| details.to_owned())
}

/// The order to begin a session, as the agent reads it; `None` once it is over.
pub(super) fn order(snapshot: Snapshot<'_>, place: &Place) -> Option<Bytes> {
    let session = snapshot.world.ssm.session(place.scope, &place.id)?;
    let order = session.order.as_ref()?;
    let shell = InteractiveShell {
        document_name: order.document_name.to_string(),
        document_content: serde_json::from_str(&order.document).ok()?,
        session_id: place.id.to_string(),
        parameters: order
            .parameters
            .clone()
            .into_iter()
            .collect::<serde_json::Map<_, Value>>()
            .into(),
        run_as_user: order.run_as.to_string(),
        session_owner: session.owner.to_string(),
    };
    Some(shell.to_bytes())
}

/// That both ends are there, or that one is gone.
pub(super) fn joined(snapshot: Snapshot<'_>, place: &Place, joined: bool, now: Timestamp) -> Option<Own> {
    let transition = match joined {
        true => Transition::Connected,
        false => Transition::Disconnected,
    };
    noted(snapshot, place, &transition, now)
}

/// That a client has made the newest token its own.
pub(super) fn claimed(snapshot: Snapshot<'_>, place: &Place, claim: &Claim, now: Timestamp) -> Option<Own> {
    let transition = Transition::Claimed {
        epoch: claim.epoch,
        client: claim.client.clone(),
    };
    noted(snapshot, place, &transition, now)
}

fn noted(snapshot: Snapshot<'_>, place: &Place, transition: &Transition, now: Timestamp) -> Option<Own> {
    let txn = transition.txn(&snapshot.world.ssm, place.scope, &place.id, now)?;
    Some(Own {
        txn,
        event: None,
        output: (),
    })
}

/// That it is over, and why.
pub(super) fn ended(snapshot: Snapshot<'_>, place: &Place, ending: &Ending, now: Timestamp) -> Option<Own> {
    let transition = Transition::Ended(End {
        failed: ending.is_failure(),
        details: Some(ending.details()),
    });
    let txn = transition.txn(&snapshot.world.ssm, place.scope, &place.id, now)?;
    Some(Own {
        txn,
        event: Some(deed("ssm", "EndSession", place.scope, place.arn(), now)),
        output: (),
    })
}

impl Place {
    /// `arn:aws:ssm:R:A:session/<id>`
    pub(super) fn arn(&self) -> String {
        let Scope { account, region } = self.scope;
        Arn::regional("ssm", region, account, format_args!("session/{}", self.id)).to_string()
    }
}
