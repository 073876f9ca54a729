//! Unix: modes of files, signals, sockets in the file system, and terminals.

pub(crate) mod deferred;
pub(crate) mod files;
pub(crate) mod hidden;
pub(crate) mod memory;
pub(crate) mod process;
pub(crate) mod signals;
pub(crate) mod socket;
pub(crate) mod terminal;
