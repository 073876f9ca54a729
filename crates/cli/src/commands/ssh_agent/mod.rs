//! `kagiban ssh-agent`: an SSH agent for one command, with keys from Parameter Store or KMS.
//!
//! The agent is this process. A SecureString's key is in its memory only, and a KMS key stays in the
//! server, which signs. Nobody but the command and its children is told where the socket is, and it is
//! gone with the command.

mod der;
mod key;
mod local;
mod openssh;
mod protocol;
mod remote;
mod rsa;
mod serve;
mod signature;

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use key::Key;

use super::exec::child;
use crate::commands::completion::parameter_names;
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::output;
use crate::parameters::Parameters;

/// Run a command with an SSH agent that has keys from Parameter Store or KMS
///
/// The agent ends with the command. A key from a SecureString is in this process's memory only; a key of KMS
/// never leaves the server, which signs instead.
#[derive(clap::Args)]
#[command(after_long_help = "\
Exit codes: the command's own; else
  2    the arguments are wrong, or the key cannot be used
  3    there is no such parameter or key
  4    anything else went wrong
  126  the command cannot be run
  127  the command is not found

Keys are OpenSSH private keys without a passphrase (Ed25519, ECDSA, RSA), and KMS keys that sign.

Examples:
  kagiban ssh-agent --param /keys/deploy -- git clone git@git.example.com:team/project.git
  kagiban ssh-agent --kms alias/git --print-public-key
  kagiban ssh-agent --kms alias/git --confirm -- git push")]
pub(crate) struct Arguments {
    /// A SecureString with a private key; may be repeated
    #[arg(long = "param", value_name = "NAME", required_unless_present = "kms", add = parameter_names())]
    params: Vec<String>,
    /// A KMS key that signs: id, ARN or alias; may be repeated
    #[arg(long, value_name = "KEY")]
    kms: Vec<String>,
    /// Ask on the terminal before each signature
    #[arg(long)]
    confirm: bool,
    /// Print the public keys, as authorized_keys has them, and run nothing
    #[arg(long)]
    print_public_key: bool,
    /// What to run, with its arguments
    #[arg(
        required_unless_present = "print_public_key",
        conflicts_with = "print_public_key",
        trailing_var_arg = true,
        value_name = "COMMAND"
    )]
    command: Vec<OsString>,
}

impl Arguments {
    /// Does it.
    ///
    /// # Errors
    ///
    /// If a key cannot be had or used, or there is no place for the socket.
    pub(crate) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        close_memory();
        let keys = self.keys(target)?;
        if self.print_public_key {
            for key in &keys {
                output::print(&key.authorized_line()?)?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let agent = serve::Agent::start(keys, self.confirm)?;
        let mut command = Command::new(&self.command[0]);
        command
            .args(&self.command[1..])
            .env("SSH_AUTH_SOCK", agent.socket())
            .env_remove("SSH_AGENT_PID");
        child::run(command)
    }

    fn keys(&self, target: &Target) -> Result<Vec<Key>, Failure> {
        let mut keys = Vec::new();
        if !self.params.is_empty() {
            let parameters = Parameters::of(target)?;
            for name in &self.params {
                keys.push(local::load(&parameters, name)?);
            }
        }
        for id in &self.kms {
            keys.push(remote::load(target, id)?);
        }
        Ok(keys)
    }
}

/// No other process of the same user, and no core file, gets to see the keys.
fn close_memory() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};

        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
