//! `kagiban ssh-agent` where agents are not reached by sockets in the file system: it says so.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::Keeping;

/// Run a command with an SSH agent (not on this system)
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

impl Arguments {
    /// # Errors
    ///
    /// Always.
    pub(crate) fn run(&self, _: &Keeping, _: &Target) -> Result<ExitCode, Failure> {
        let text = "ssh-agent is not on Windows: an agent is reached by a named pipe there";
        Err(Failure::Setting(text.to_owned()))
    }
}
