//! Credentials that are renewed when half their time is over.

use std::collections::BTreeMap;

use crate::commands::obtain::Obtained;
use crate::failure::Failure;
use crate::vault::{Endpoint, Held, Query, Service, Session, read_session, renewed};

/// A profile's credentials, and those of roles that are assumed from them.
pub(crate) struct Keeper {
    obtained: Obtained,
    own: Option<Held>,
    roles: BTreeMap<String, Held>,
}

/// Roles that are held at a time.
const MAX_ROLES: usize = 64;

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
