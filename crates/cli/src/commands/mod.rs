//! One file or directory per command.

pub(crate) mod explain;
