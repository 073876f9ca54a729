//! Accounts, and the keys of their root users: what an operator makes, as nobody inside can.

use kagiban_aws::{AccessKeyId, AccountId, SecretString, Timestamp};
use kagiban_store::Txn;

use crate::State;
use crate::access_keys::MAX_KEYS;
use crate::aliases::Alias;
use crate::records::{AccessKey, Account, AccountAlias, keys};
use crate::users::Owner;

/// The transaction that makes an account with a root access key, provided that neither exists yet.
pub fn create_account(
    account: AccountId,
    root_access_key: AccessKeyId,
    secret: SecretString,
    now: Timestamp,
) -> Txn {
    let key = root_key(account, root_access_key, secret, now);
    let record = Account {
        created: now,
        rest: Default::default(),
    };
    let mut txn = Txn::new();
    txn.absent(keys::account(account))
        .absent(keys::access_key(root_access_key))
        .put(keys::account(account), &record)
        .put(keys::access_key(root_access_key), &key);
    txn
}

/// Why there is no further account.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AddAccountError {
    /// It is there.
    #[error("this account exists already")]
    Exists,
    /// Its other name cannot be one.
    #[error("an account alias has 3 to 63 lower-case letters, digits and single hyphens inside")]
    Alias,
    /// Its other name is another account's.
    #[error("another account has this alias already")]
    AliasTaken,
}

/// The transaction that makes a further account with a root access key and, if need be, an alias, which
/// is the account's other name.
///
/// # Errors
///
/// The account exists, or the alias is none or another account's.
pub fn add_account(
    state: &State,
    account: AccountId,
    (id, secret): (AccessKeyId, SecretString),
    alias: Option<&str>,
    now: Timestamp,
) -> Result<Txn, AddAccountError> {
    if state.account(account).is_some() {
        return Err(AddAccountError::Exists);
    }
    let mut txn = create_account(account, id, secret, now);
    if let Some(alias) = alias {
        let alias = Alias::parse(Some(alias.to_owned())).map_err(|_| AddAccountError::Alias)?;
        if state.alias(alias.as_str()).is_some() {
            return Err(AddAccountError::AliasTaken);
        }
        let key = keys::account_alias(alias.as_str());
        let record = AccountAlias {
            account,
            created: now,
            rest: Default::default(),
        };
        txn.absent(key.clone()).put(key, &record);
    }
    Ok(txn)
}

/// The root user has as many keys as may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a root user has at most {MAX_KEYS} access keys")]
pub struct TooManyRootKeys;

/// The transaction that gives an account another root access key, for who has lost the last one;
/// `replace` deletes those there are.
///
/// # Errors
///
/// If there would be more than two.
pub fn add_root_key(
    state: &State,
    account: AccountId,
    (id, secret): (AccessKeyId, SecretString),
    replace: bool,
    now: Timestamp,
) -> Result<Txn, TooManyRootKeys> {
    let kept = state.account(account).ok_or(TooManyRootKeys)?;
    let mut txn = Txn::new();
    txn.absent(keys::access_key(id))
        .put(keys::access_key(id), &root_key(account, id, secret, now));
    if replace {
        for old in kept.access_keys_of("") {
            txn.delete(keys::access_key(old))
                .delete(keys::last_used(account, old.as_str()));
        }
    } else if kept.access_keys_of("").count() >= MAX_KEYS {
        return Err(TooManyRootKeys);
    }
    Owner::Root
        .touch(kept, account, &mut txn)
        .map_err(|_| TooManyRootKeys)?;
    Ok(txn)
}

fn root_key(account: AccountId, id: AccessKeyId, secret: SecretString, now: Timestamp) -> AccessKey {
    AccessKey {
        id,
        account,
        user: None,
        secret,
        active: true,
        created: now,
        rest: Default::default(),
    }
}
