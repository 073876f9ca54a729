//! Credentials that are renewed when half their time is over.

use std::collections::BTreeMap;

use crate::commands::obtain::Obtained;
use crate::failure::Failure;
use crate::vault::{Endpoint, Query, Service, Session, now, read_session};

/// A profile's credentials, and those of roles that are assumed from them.
pub(crate) struct Keeper {
    obtained: Obtained,
    own: Option<Held>,
    roles: BTreeMap<String, Held>,
}

/// Credentials, and when to look for new ones.
#[derive(Clone)]
struct Held {
    session: Session,
    renew: i64,
}

/// Roles that are held at a time.
const MAX_ROLES: usize = 64;

impl Held {
    fn new(session: Session) -> Held {
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

impl Keeper {
    /// Nothing is got yet.
    pub(crate) fn new(obtained: Obtained) -> Keeper {
        Keeper {
            obtained,
            own: None,
            roles: BTreeMap::new(),
        }
    }

    /// From now on the terminal is the command's, and nobody is asked on it.
    pub(crate) fn leave_the_terminal(&mut self) {
        self.obtained.vault.mfa.may_ask = false;
    }

    /// The profile's credentials.
    ///
    /// # Errors
    ///
    /// If those of before have ended and no new ones come.
    pub(crate) fn session(&mut self) -> Result<Session, Failure> {
        let obtained = &self.obtained;
        let held = renewed(self.own.take(), || obtained.session())?;
        Ok(self.own.insert(held).session.clone())
    }

    /// The credentials of a role that is assumed from the profile's.
    ///
    /// # Errors
    ///
    /// As [`Keeper::session`].
    pub(crate) fn role(&mut self, arn: &str) -> Result<Session, Failure> {
        let before = self.session()?;
        if self.roles.len() >= MAX_ROLES {
            self.roles.clear();
        }
        let (vault, profile) = (&self.obtained.vault, &self.obtained.chain.profile);
        let held = renewed(self.roles.remove(arn), || {
            let endpoint = Endpoint::find(Service::Sts, &vault.files, profile, &vault.flags)?;
            let members = [("RoleArn", arn), ("RoleSessionName", "kagiban")];
            let answer = Query::new(&endpoint)?.call("AssumeRole", &members, Some(&before.credentials))?;
            read_session(&answer)
        })?;
        let session = held.session.clone();
        self.roles.insert(arn.to_owned(), held);
        Ok(session)
    }
}

/// What is held while it is young, or something new, or what is held after all while it lasts.
fn renewed(held: Option<Held>, get: impl FnOnce() -> Result<Session, Failure>) -> Result<Held, Failure> {
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
