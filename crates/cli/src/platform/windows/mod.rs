//! Windows: what is private by the place it lies in, processes that cannot be replaced, and consoles.

pub(crate) mod files;
pub(crate) mod hidden;
pub(crate) mod process;
pub(crate) mod signals;
pub(crate) mod socket;
pub(crate) mod terminal;
