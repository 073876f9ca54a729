//! Sessions in memory.

use imbl::OrdSet;
use kagiban_aws::AccountId;
use kagiban_iam::{ByName, Scope, Stored};
use kagiban_store::{Error, Event};

use crate::State;
use crate::records::Session;

/// One account's sessions in one Region, those of the last thirty days among them.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    by_id: ByName<Session>,
    /// The ids of those that have not ended.
    live: OrdSet<Box<str>>,
}

impl Sessions {
    /// A session, also one that has ended.
    pub fn get(&self, id: &str) -> Option<&Stored<Session>> {
        self.by_id.get(id)
    }

    /// All sessions, with their ids.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Stored<Session>)> {
        self.by_id.iter().map(|(id, session)| (&**id, session))
    }

    /// Those that have not ended.
    pub fn live(&self) -> impl Iterator<Item = (&str, &Stored<Session>)> {
        let live = self.live.iter();
        live.filter_map(|id| Some((&**id, self.by_id.get(id)?)))
    }

    fn apply(&mut self, id: &str, event: &Event) -> Result<(), Error> {
        kagiban_iam::apply(&mut self.by_id, id.into(), event)?;
        let ended = self.get(id).is_none_or(|session| session.status.is_final());
        match ended {
            true => self.live.remove(id),
            false => self.live.insert(id.into()),
        };
        Ok(())
    }
}

impl State {
    /// An account's sessions in a Region; none before the first.
    pub fn sessions(&self, scope: Scope) -> Option<&Sessions> {
        self.sessions.get(&scope)
    }

    /// A session of an account in a Region, also one that has ended.
    pub fn session(&self, scope: Scope, id: &str) -> Option<&Stored<Session>> {
        self.sessions(scope)?.get(id)
    }

    /// A session by its id alone, with where it is. Ids are random, so there is no second one.
    pub fn session_anywhere(&self, id: &str) -> Option<(Scope, &Stored<Session>)> {
        let mut homes = self.sessions.iter();
        homes.find_map(|(scope, sessions)| Some((*scope, sessions.get(id)?)))
    }

    /// All sessions, also those that have ended, with their account, Region and id.
    pub fn all_sessions(&self) -> impl Iterator<Item = (Scope, &str, &Stored<Session>)> {
        let homes = self.sessions.iter();
        homes.flat_map(|(scope, sessions)| sessions.all().map(move |(id, session)| (*scope, id, session)))
    }

    /// The sessions that have not ended, with their account, Region and id.
    pub fn live_sessions(&self) -> impl Iterator<Item = (Scope, &str, &Stored<Session>)> {
        let homes = self.sessions.iter();
        homes.flat_map(|(scope, sessions)| sessions.live().map(move |(id, session)| (*scope, id, session)))
    }

    /// How many sessions of an account have not ended, in all Regions.
    pub fn live_sessions_of(&self, account: AccountId) -> usize {
        let homes = self.sessions.iter();
        let of_account = homes.filter(|(scope, _)| scope.account == account);
        of_account.map(|(_, sessions)| sessions.live.len()).sum()
    }

    pub(crate) fn apply_session(&mut self, scope: Scope, id: &str, event: &Event) -> Result<(), Error> {
        self.sessions.entry(scope).or_default().apply(id, event)
    }
}
