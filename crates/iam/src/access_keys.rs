//! Long-term access keys: whose they are, and how answers show them.

use kagiban_aws::{AccessKeyId, AccountId};
use kagiban_store::Txn;

use crate::entity::{Entity, rewrite};
use crate::records::{AccessKey, User, keys};
use crate::users::Owner;
use crate::wire::status_type::{ACTIVE, INACTIVE};
use crate::{Account, IamError, State, Stored, wire};

/// The most keys that one user may have: two, so that one can replace the other.
pub(crate) const MAX_KEYS: usize = 2;

impl Owner {
    /// The name that keys are kept under: empty for the root user.
    ///
    /// # Errors
    ///
    /// If there is no such user.
    pub(crate) fn existing<'a>(&'a self, account: &'a Account) -> Result<&'a str, IamError> {
        match self {
            Owner::Root => Ok(""),
            Owner::User(name) => Ok(&User::existing(account, name)?.name),
        }
    }

    /// One of the owner's keys.
    ///
    /// # Errors
    ///
    /// If there is no such user, or the key is somebody else's.
    pub(crate) fn key<'s>(
        &self,
        account: &Account,
        state: &'s State,
        account_id: AccountId,
        id: &str,
    ) -> Result<&'s Stored<AccessKey>, IamError> {
        let name = self.existing(account)?;
        let missing = || IamError::NoSuchEntity(format!("The Access Key with id {id} cannot be found."));
        let id: AccessKeyId = id.parse().map_err(|_| missing())?;
        state
            .access_key(id)
            .filter(|key| key.account == account_id && key.user.as_deref().unwrap_or_default() == name)
            .ok_or_else(missing)
    }

    /// Writes the owner's own record as it is, so that nobody adds a third key or deletes the user
    /// while a key is made.
    ///
    /// # Errors
    ///
    /// If there is no such user.
    pub(crate) fn touch(&self, account: &Account, id: AccountId, txn: &mut Txn) -> Result<(), IamError> {
        match (self, &account.record) {
            (Owner::User(name), _) => {
                let user = User::existing(account, name)?;
                rewrite(txn, id, user, &**user);
            }
            (Owner::Root, Some(record)) => {
                let key = keys::account(id);
                txn.unchanged(key.clone(), Some(record.revision))
                    .put(key, &**record);
            }
            (Owner::Root, None) => {}
        }
        Ok(())
    }
}

impl From<&AccessKey> for Owner {
    fn from(key: &AccessKey) -> Owner {
        key.user.clone().map_or(Owner::Root, Owner::User)
    }
}

impl AccessKey {
    fn status(&self) -> Option<String> {
        Some(if self.active { ACTIVE } else { INACTIVE }.to_owned())
    }

    /// As lists show it.
    pub(crate) fn listed(&self) -> wire::AccessKeyMetadata {
        wire::AccessKeyMetadata {
            user_name: self.user.clone(),
            access_key_id: Some(self.id.to_string()),
            status: self.status(),
            create_date: Some(self.created),
        }
    }

    /// As its owner sees it once: with the secret.
    pub(crate) fn shown_once(&self) -> wire::AccessKey {
        wire::AccessKey {
            user_name: self.user.clone(),
            access_key_id: Some(self.id.to_string()),
            status: self.status(),
            secret_access_key: Some(self.secret.clone()),
            create_date: Some(self.created),
        }
    }
}
