//! `kagiban-server root-key`: makes a root access key while the server is stopped, for who has lost
//! the last one. Who can read the data and its seal's key can do this, and nobody else.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::SystemTime;

use kagiban_aws::Timestamp;
use kagiban_iam::Entropy;
use kagiban_iam::bootstrap::{TooManyRootKeys, add_root_key};
use kagiban_store::{Committed, Embedded, Memory, Sealed};

use crate::audit::Event;
use crate::config::Config;
use crate::edge::{World, note_change};
use crate::start::{StartError, generate, seal};

/// Makes a root access key and prints it, this once; `replace` deletes those there were. The change's
/// event lies in the store with it, and the next start carries it into the audit log.
///
/// # Errors
///
/// The server is running, there is no account yet, or the root user has as many keys as may be.
pub async fn make(config: &Config, replace: bool, out: &mut impl Write) -> Result<(), RootKeyError> {
    if config.is_first_start() {
        return Err(RootKeyError::NoAccount);
    }
    let sealed = Sealed::open(
        Embedded::open(&config.data).map_err(StartError::from)?,
        &*seal(config)?,
    )
    .await
    .map_err(StartError::from)?;
    let memory = Memory::<World>::load(Arc::new(sealed)).await?;
    let root = memory.snapshot();
    let state = &root.state.iam;
    let account = state.accounts().next().ok_or(RootKeyError::NoAccount)?;
    let now = Timestamp::from(SystemTime::now());
    let key = generate(account, &Entropy::system());
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
    writeln!(out, "export AWS_ACCESS_KEY_ID={}", key.access_key_id)?;
    writeln!(
        out,
        "export AWS_SECRET_ACCESS_KEY={}",
        key.secret_access_key.expose()
    )?;
    Ok(())
}

/// Why there is no new root access key.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    /// Nothing to make a key for.
    #[error("there is no account yet; the server's first start makes it, and its root access key")]
    NoAccount,
    /// There are two.
    #[error("the root user has two access keys, the most there may be; say --replace to delete them")]
    TooMany(#[from] TooManyRootKeys),
    /// The data cannot be opened.
    #[error(transparent)]
    Open(#[from] StartError),
    /// The data cannot be read or written.
    #[error("the store cannot be read or written; `kagiban-server doctor` says more")]
    Store(#[from] kagiban_store::Error),
    /// Something else wrote the store.
    #[error("something else changed the account meanwhile; try again")]
    Raced,
    /// The key is made, and nobody saw it.
    #[error("the key cannot be printed; make another with --replace")]
    Print(#[from] io::Error),
}
