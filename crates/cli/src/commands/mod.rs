//! One file or directory per command.

pub(crate) mod add;
pub(crate) mod clear;
pub(crate) mod completion;
pub(crate) mod doctor;
pub(crate) mod env;
pub(crate) mod exec;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod git_credential;
pub(crate) mod list;
pub(crate) mod login;
pub(crate) mod man;
pub(crate) mod mfa;
pub(crate) mod node;
pub(crate) mod obtain;
pub(crate) mod param;
pub(crate) mod profile;
pub(crate) mod remove;
pub(crate) mod rotate;
pub(crate) mod run;
pub(crate) mod session;
pub(crate) mod settings;
#[cfg(unix)]
pub(crate) mod ssh_agent;
#[cfg(not(unix))]
#[path = "ssh_agent/elsewhere.rs"]
pub(crate) mod ssh_agent;
pub(crate) mod sso;
pub(crate) mod store;
pub(crate) mod webhook;
