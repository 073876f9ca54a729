//! The first account, and the key of its root user.

use kagiban_aws::{AccessKeyId, AccountId, SecretString, Timestamp};
use kagiban_store::Txn;

use crate::records::{AccessKey, Account, keys};

/// The transaction that makes an account with a root access key, provided that neither exists yet.
pub fn create_account(
    account: AccountId,
    root_access_key: AccessKeyId,
    secret: SecretString,
    now: Timestamp,
) -> Txn {
    let key = AccessKey {
        id: root_access_key,
        account,
        user: None,
        secret,
        active: true,
        created: now,
        rest: Default::default(),
    };
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
