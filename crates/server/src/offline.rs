//! Opening a stopped server's store, for what only an operator may do: who can read the data and its
//! seal's key, and nobody else.

use std::sync::Arc;

use kagiban_store::{Embedded, Memory, Sealed};

use crate::config::Config;
use crate::edge::World;
use crate::start::{StartError, seal};

/// Opens the store and reads all of it.
///
/// # Errors
///
/// A server runs on it, there is nothing yet, or it cannot be opened or read.
pub(crate) async fn open(config: &Config) -> Result<Memory<World>, OfflineError> {
    if config.is_first_start() {
        return Err(OfflineError::NoAccount);
    }
    let engine = Embedded::open(&config.data).map_err(StartError::from)?;
    let sealed = Sealed::open(engine, &*seal(config)?)
        .await
        .map_err(StartError::from)?;
    let memory = Memory::load(Arc::new(sealed)).await;
    Ok(memory.map_err(StartError::from)?)
}

/// Why a store cannot be opened while its server is stopped.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// There is nothing to open.
    #[error("there is no account yet; the server's first start makes it, and its root access key")]
    NoAccount,
    /// It cannot be opened.
    #[error(transparent)]
    Open(#[from] StartError),
}
