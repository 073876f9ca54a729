//! Credentials that are renewed when half their time is over.

use super::session::{Session, now};
use crate::failure::Failure;

/// Credentials, and when to look for new ones.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) session: Session,
    renew: i64,
}

impl Held {
    /// From now on.
    pub(crate) fn new(session: Session) -> Held {
        let now = now();
        let end = session.expires.map_or(i64::MAX, kagiban_aws::Timestamp::seconds);
        Held {
            session,
            renew: now + (end - now) / 2,
        }
    }

    fn has_ended(&self) -> bool {
        self.session
            .expires
            .is_some_and(|expires| expires.seconds() <= now())
    }
}

/// What is held while it is young, or something new, or what is held after all while it lasts.
///
/// # Errors
///
/// If what was held has ended and nothing new comes.
pub(crate) fn renewed(
    held: Option<Held>,
    get: impl FnOnce() -> Result<Session, Failure>,
) -> Result<Held, Failure> {
    match held {
        Some(held) if held.renew > now() => Ok(held),
        Some(held) if !held.has_ended() => Ok(get().map_or(held, Held::new)),
        _ => get().map(Held::new),
    }
}

#[cfg(test)]
mod tests {
    use kagiban_aws::Timestamp;
    use kagiban_client::Credentials;

    use super::*;

    fn session(id: &str, left: i64) -> Session {
        Session {
            credentials: Credentials {
                access_key_id: id.to_owned(),
                secret: String::new().into(),
                session_token: None,
            },
            expires: Some(Timestamp::from_seconds(now() + left)),
        }
    }

    #[test]
    fn credentials_are_renewed_at_half_their_time_and_kept_while_they_last() {
        let id = |held: Result<Held, Failure>| held.map(|held| held.session.credentials.access_key_id).ok();
        let nothing = || Err(Failure::Declined);
        let young = Held::new(session("young", 3600));
        assert_eq!(id(renewed(Some(young), nothing)).as_deref(), Some("young"));
        let old = || Held {
            renew: now() - 1,
            ..Held::new(session("old", 100))
        };
        assert_eq!(
            id(renewed(Some(old()), || Ok(session("new", 3600)))).as_deref(),
            Some("new")
        );
        assert_eq!(id(renewed(Some(old()), nothing)).as_deref(), Some("old"));
        let ended = Held {
            renew: now() - 9,
            ..Held::new(session("ended", -1))
        };
        assert_eq!(id(renewed(Some(ended), nothing)), None);
    }
}
