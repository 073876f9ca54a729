//! What belongs to an account as a whole, or to its users' passwords, in memory.

use kagiban_store::{Error, Event};

use super::{Account, State, Stored, by_name};
use crate::last_used::LastUses;
use crate::records::{AccountAlias, LoginProfile};

impl Account {
    /// A user's password, by the user's name without regard to case.
    pub fn login(&self, user: &str) -> Option<&Stored<LoginProfile>> {
        by_name(&self.logins, user)
    }

    pub(super) fn apply_last_used(&mut self, id: &str, event: &Event) -> Result<(), Error> {
        match Stored::read(event)? {
            Some(used) => self.last_used.insert(id.into(), used),
            None => self.last_used.remove(id),
        };
        Ok(())
    }
}

impl State {
    /// Where uses of credentials are noted. Every revision of a state has the same.
    pub fn last_uses(&self) -> &LastUses {
        &self.last_uses
    }

    /// Whose an account alias is.
    pub fn alias(&self, alias: &str) -> Option<&Stored<AccountAlias>> {
        self.aliases.get(alias)
    }

    /// Carries one change under `/account-alias/` into memory.
    ///
    /// # Errors
    ///
    /// As [`State::apply_access_key`].
    pub fn apply_account_alias(&mut self, alias: &str, event: &Event) -> Result<(), Error> {
        let alias: Box<str> = alias.into();
        if let Some(old) = self.aliases.remove(&alias) {
            let held = &mut self.account_mut(old.account).alias;
            held.take_if(|held| *held == alias); // its successor may have been read before
        }
        if let Some(new) = Stored::<AccountAlias>::read(event)? {
            self.account_mut(new.account).alias = Some(alias.clone());
            self.aliases.insert(alias, new);
        }
        Ok(())
    }
}
