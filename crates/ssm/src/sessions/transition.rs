//! How a session's record changes. Each change holds only if the record is as it was seen.

use kagiban_aws::Timestamp;
use kagiban_iam::{Scope, Stored};
use kagiban_store::Txn;

use crate::State;
use crate::records::{Session, SessionStatus, keys};

/// Something that happens to a session.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Transition {
    /// Both ends are there.
    Connected,
    /// An end is gone, and may come back.
    Disconnected,
    /// A client has come with the token of this turn, which is its own from then on.
    Claimed {
        /// The session's [`epoch`](Session::epoch).
        epoch: u32,
        /// What tells this client from others.
        client: Box<str>,
    },
    /// It is over.
    Ended(End),
}

/// How a session ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct End {
    /// Whether it could not be carried out: then it is `Failed`, otherwise `Terminated`.
    pub failed: bool,
    /// Why it ended, in words for people; cut if it is long.
    pub details: Option<String>,
}

impl End {
    /// AWS's limit for details.
    const DETAILS: usize = 1024;

    /// An end as it should be, without further words.
    pub const TERMINATED: End = End {
        failed: false,
        details: None,
    };
}

impl Transition {
    /// The transaction that writes it; none if the session is gone or has ended, or there is nothing to
    /// change.
    pub fn txn(&self, state: &State, scope: Scope, id: &str, now: Timestamp) -> Option<Txn> {
        let session = state.session(scope, id)?;
        Some(written(scope, id, session, &self.after(session, now)?))
    }

    fn after(&self, session: &Session, now: Timestamp) -> Option<Session> {
        use SessionStatus::{Connected, Connecting, Disconnected, Failed, Terminated};

        let status = match (self, session.status) {
            (_, Terminated | Failed) => None,
            (Transition::Claimed { epoch, .. }, status) => {
                (*epoch == session.epoch && session.client.is_none()).then_some(status)
            }
            (Transition::Connected, Connecting | Disconnected) => Some(Connected),
            (Transition::Disconnected, Connected) => Some(Disconnected),
            (Transition::Ended(end), _) if end.failed => Some(Failed),
            (Transition::Ended(_), _) => Some(Terminated),
            (Transition::Connected | Transition::Disconnected, _) => None,
        };
        let next = Session {
            status: status?,
            ..session.clone()
        };
        Some(match self {
            Transition::Ended(end) => end.of(next, now),
            Transition::Claimed { client, .. } => Session {
                client: Some(client.clone()),
                ..next
            },
            Transition::Connected | Transition::Disconnected => next,
        })
    }
}

impl End {
    /// What the agent was told is not needed any more, and may be long.
    fn of(&self, session: Session, now: Timestamp) -> Session {
        let details = self.details.as_deref().filter(|details| !details.is_empty());
        Session {
            ended: Some(now),
            details: details.map(|details| details.chars().take(Self::DETAILS).collect::<String>().into()),
            order: None,
            ..session
        }
    }
}

/// The transaction that puts one record in the place of another.
pub(crate) fn written(scope: Scope, id: &str, before: &Stored<Session>, after: &Session) -> Txn {
    let key = keys::session(scope, id);
    let mut txn = Txn::new();
    txn.unchanged(key.clone(), Some(before.revision)).put(key, after);
    txn
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn session(status: SessionStatus) -> Session {
        let record = serde_json::json!({
            "status": status, "target": "mi-0123456789abcdef0", "owner": "arn", "owner_id": "id",
            "started": 0, "idle_minutes": 20, "epoch": 0,
            "order": {"document_name": "d", "document": "{}"},
        });
        serde_json::from_value(record).unwrap()
    }

    fn after(status: SessionStatus, transition: &Transition) -> Option<SessionStatus> {
        let after = transition.after(&session(status), NOW)?;
        Some(after.status)
    }

    #[test]
    fn a_session_comes_and_goes_until_it_ends() {
        use SessionStatus::*;

        let failed = Transition::Ended(End {
            failed: true,
            details: None,
        });
        let ended = Transition::Ended(End::TERMINATED);
        let table = [
            (
                Connecting,
                [Some(Connected), None, Some(Terminated), Some(Failed)],
            ),
            (
                Connected,
                [None, Some(Disconnected), Some(Terminated), Some(Failed)],
            ),
            (
                Disconnected,
                [Some(Connected), None, Some(Terminated), Some(Failed)],
            ),
            (Terminating, [None, None, Some(Terminated), Some(Failed)]),
            (Terminated, [None; 4]),
            (Failed, [None; 4]),
        ];
        for (status, expected) in table {
            let transitions = [&Transition::Connected, &Transition::Disconnected, &ended, &failed];
            assert_eq!(
                transitions.map(|transition| after(status, transition)),
                expected,
                "{status:?}"
            );
        }
    }

    #[test]
    fn a_token_is_claimed_once_and_in_its_turn() {
        let claim = |epoch| Transition::Claimed {
            epoch,
            client: "ada".into(),
        };
        let before = session(SessionStatus::Connecting);
        let after = claim(0).after(&before, NOW).unwrap();
        assert_eq!(
            (after.status, after.client.as_deref()),
            (SessionStatus::Connecting, Some("ada"))
        );
        assert!(claim(0).after(&after, NOW).is_none(), "it has its owner");
        assert!(claim(1).after(&before, NOW).is_none(), "it is of another turn");
        assert!(claim(0).after(&session(SessionStatus::Terminated), NOW).is_none());
    }

    #[test]
    fn an_end_says_when_and_why_and_forgets_the_order() {
        let end = End {
            failed: true,
            details: Some("é".repeat(2000)),
        };
        let after = Transition::Ended(end)
            .after(&session(SessionStatus::Connected), NOW)
            .unwrap();
        assert_eq!(after.ended, Some(NOW));
        assert_eq!(after.details.unwrap().chars().count(), End::DETAILS);
        assert!(after.order.is_none());
    }
}
