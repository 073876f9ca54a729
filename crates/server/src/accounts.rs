//! `kagiban-server account`: the accounts of a store, listed, and further ones made, while the server is
//! stopped.
//!
//! Accounts share nothing but the server: nobody of one sees or names anything of another, unless both
//! let them. No operation of the API makes one, since whoever could would be above all accounts; who can
//! read the data and its seal's key is that already.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::SystemTime;

use kagiban_aws::{AccountId, Timestamp};
use kagiban_iam::Entropy;
use kagiban_iam::bootstrap::{AddAccountError, add_account};
use kagiban_store::Committed;

use crate::audit::Event;
use crate::config::Config;
use crate::edge::note_change;
use crate::offline::{self, OfflineError};
use crate::root_file;

/// What an operator says of an account that is to be made.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Its number; a random one if none is given.
    pub account: Option<AccountId>,
    /// Its alias.
    pub name: Option<String>,
    /// Whether its root access key is printed rather than left in a file.
    pub print: bool,
}

/// Makes an account with a root access key. The change's event lies in the store with it, and the next
/// start carries it into the audit log.
///
/// # Errors
///
/// The server is running or was never started, the account or its alias exists, or nothing can be
/// written; nothing is changed then.
pub async fn create(config: &Config, wanted: &Wanted, out: &mut impl Write) -> Result<(), AccountsError> {
    let memory = offline::open(config).await?;
    let root = memory.snapshot();
    let (entropy, now) = (Entropy::system(), Timestamp::from(SystemTime::now()));
    let account = wanted
        .account
        .unwrap_or_else(|| AccountId::from_bits(u64::from_le_bytes(entropy.bytes())));
    let key = root_file::generate(account, &entropy);
    let credentials = (key.access_key_id, key.secret_access_key.clone());
    let mut txn = add_account(&root.state.iam, account, credentials, wanted.name.as_deref(), now)
        .map_err(|source| AccountsError::Refused { account, source })?;
    let resource = format!("arn:aws:iam::{account}:root");
    let event = Event {
        service: "iam",
        account: Some(account),
        rule: Some("offline"),
        ..Event::own(now, "CreateAccount", resource.into())
    };
    note_change(&mut txn, event);
    let path = root_file::of(&config.data, account);
    if !wanted.print {
        root_file::write(&path, &key, config.region).map_err(|source| AccountsError::RootFile {
            path: path.clone(),
            source,
        })?;
    }
    if memory.commit(txn).await? == Committed::CondFailed {
        return Err(AccountsError::Raced);
    }
    if wanted.print {
        writeln!(
            out,
            "# The root access key of account {account}, shown this once."
        )?;
        root_file::print(out, &key)?;
    } else {
        writeln!(
            out,
            "account {account} is made; its root access key lies in `{}`: \
             start the server, make an administrator with it, then delete the file",
            path.display()
        )?;
    }
    Ok(())
}

/// Prints each account on a line: its number, when it was made, and its alias if it has one.
///
/// # Errors
///
/// The server is running or was never started, or nothing can be printed.
pub async fn list(config: &Config, out: &mut impl Write) -> Result<(), AccountsError> {
    let memory = offline::open(config).await?;
    let root = memory.snapshot();
    let state = &root.state.iam;
    let mut accounts: Vec<AccountId> = state.accounts().collect();
    accounts.sort();
    for id in accounts {
        let Some(account) = state.account(id) else {
            continue;
        };
        let made = account
            .record
            .as_ref()
            .map(|record| record.created.iso().to_string());
        let alias = account.alias.as_deref().unwrap_or_default();
        let line = format!("{id}  {}  {alias}", made.unwrap_or_default());
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Why there is no new account, or no list of them.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// The data cannot be opened.
    #[error(transparent)]
    Open(#[from] OfflineError),
    /// It cannot be made as it was asked for.
    #[error("cannot make account {account}")]
    Refused {
        /// The number that it would have.
        account: AccountId,
        /// Why not.
        source: AddAccountError,
    },
    /// Its key cannot be left where it should be.
    #[error("cannot write the root access key to `{}`", path.display())]
    RootFile {
        /// Where that is.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The data cannot be read or written.
    #[error("the store cannot be read or written; `kagiban-server doctor` says more")]
    Store(#[from] kagiban_store::Error),
    /// Something else wrote the store.
    #[error("something else changed the accounts meanwhile; try again")]
    Raced,
    /// It is done, and nobody saw it.
    #[error("cannot print; `kagiban-server root-key --account …` prints another key")]
    Print(#[from] io::Error),
}
