//! `kagiban-server root-key`: makes a root access key while the server is stopped, for who has lost
//! the last one. Who can read the data and its seal's key can do this, and nobody else.

use std::io::{self, Write};
use std::time::SystemTime;

use kagiban_aws::{AccountId, Timestamp};
use kagiban_iam::bootstrap::{TooManyRootKeys, add_root_key};
use kagiban_iam::{Entropy, State};
use kagiban_store::Committed;

use crate::audit::Event;
use crate::config::Config;
use crate::edge::note_change;
use crate::offline::{self, OfflineError};
use crate::root_file;

/// Makes a root access key and prints it, this once; `replace` deletes those there were. The change's
/// event lies in the store with it, and the next start carries it into the audit log.
///
/// # Errors
///
/// The server is running, there is no account yet, or the root user has as many keys as may be.
pub async fn make(config: &Config, replace: bool, out: &mut impl Write) -> Result<(), RootKeyError> {
    let memory = offline::open(config).await?;
    let root = memory.snapshot();
    let state = &root.state.iam;
    let account = which(state, config.account)?;
    let now = Timestamp::from(SystemTime::now());
    let key = root_file::generate(account, &Entropy::system());
    let mut txn = add_root_key(
        state,
        account,
        (key.access_key_id, key.secret_access_key.clone()),
        replace,
        now,
    )?;
    let resource = format!("arn:aws:iam::{account}:root");
    let event = Event {
        service: "iam",
        account: Some(account),
        rule: Some(if replace { "offline, replacing" } else { "offline" }),
        ..Event::own(now, "CreateRootAccessKey", resource.into())
    };
    note_change(&mut txn, event);
    if memory.commit(txn).await? == Committed::CondFailed {
        return Err(RootKeyError::Raced);
    }
    writeln!(out, "# A root access key of account {account}, shown this once.")?;
    root_file::print(out, &key)?;
    let root = memory.snapshot();
    root_file::remove_void(&config.data, |id| root.state.iam.access_key(id).is_some())
        .map_err(RootKeyError::Void)
}

/// The account that is meant: the one there is, unless somebody says which of several.
fn which(state: &State, wanted: Option<AccountId>) -> Result<AccountId, RootKeyError> {
    let mut accounts: Vec<AccountId> = state.accounts().collect();
    accounts.sort();
    match (wanted, accounts.as_slice()) {
        (_, []) => Err(RootKeyError::Open(OfflineError::NoAccount)),
        (Some(wanted), accounts) if accounts.contains(&wanted) => Ok(wanted),
        (None, [only]) => Ok(*only),
        (Some(_), accounts) => Err(RootKeyError::Unknown(printed(accounts))),
        (None, accounts) => Err(RootKeyError::Several(printed(accounts))),
    }
}

fn printed(accounts: &[AccountId]) -> String {
    let printed: Vec<String> = accounts.iter().map(ToString::to_string).collect();
    printed.join(", ")
}

/// Why there is no new root access key.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    /// The account that was asked for is none of this store's.
    #[error("this store has no such account; it has {0}")]
    Unknown(String),
    /// Nobody has said which account's.
    #[error("this store has several accounts; say which with --account: {0}")]
    Several(String),
    /// There are two.
    #[error("the root user has two access keys, the most there may be; say --replace to delete them")]
    TooMany(#[from] TooManyRootKeys),
    /// The data cannot be opened.
    #[error(transparent)]
    Open(#[from] OfflineError),
    /// The data cannot be read or written.
    #[error("the store cannot be read or written; `kagiban-server doctor` says more")]
    Store(#[from] kagiban_store::Error),
    /// Something else wrote the store.
    #[error("something else changed the account meanwhile; try again")]
    Raced,
    /// The new key was printed, and the file with the old one stays.
    #[error(
        "the file with the old root access key cannot be removed from the data directory; it is of no more use"
    )]
    Void(#[source] io::Error),
    /// The key is made, and nobody saw it.
    #[error("the key cannot be printed; make another with --replace")]
    Print(#[from] io::Error),
}
