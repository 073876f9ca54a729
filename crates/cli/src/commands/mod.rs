//! One file or directory per command.

pub(crate) mod completion;
pub(crate) mod explain;
pub(crate) mod node;
pub(crate) mod param;
pub(crate) mod settings;
pub(crate) mod webhook;
