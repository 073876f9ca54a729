//! `kagiban ssh-agent`: an SSH agent for one command, with keys from Parameter Store or KMS.
//!
//! The agent is this process. A SecureString's key is in its memory only: one copy, in a page that is locked,
//! from which each signature is made anew. A KMS key stays in the server, which signs. Nobody but the command and its children is told where the socket is, and it is
//! gone with the command.

mod container;
mod der;
mod key;
mod local;
mod locked;
mod openssh;
mod protocol;
mod remote;
mod rsa;
mod running;
mod serve;
mod signature;

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use key::Key;
use local::Passphrase;
use openssh::Private;
use running::{Constraints, Running};

use super::exec::run_beside;
use crate::commands::completion::parameter_names;
use crate::duration;
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::Keeping;
use crate::output;
use crate::parameters::Parameters;
use crate::platform::memory::{self, on_wiped_stack};
use crate::store::withhold;
use crate::style::safe;

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

Keys are OpenSSH private keys (Ed25519, ECDSA, RSA), and KMS keys that sign.

Examples:
  kagiban ssh-agent --param /keys/deploy -- git clone git@git.example.com:team/project.git
  kagiban ssh-agent --kms alias/git --print-public-key
  kagiban ssh-agent --kms alias/git --confirm -- git push
  kagiban ssh-agent --param /keys/deploy --load --lifetime 1h   # into the agent that runs already")]
pub(crate) struct Arguments {
    /// A SecureString with a private key; may be repeated
    #[arg(long = "param", value_name = "NAME", required_unless_present = "kms", add = parameter_names())]
    params: Vec<String>,
    /// A KMS key that signs: id, ARN or alias; may be repeated
    #[arg(long, value_name = "KEY")]
    kms: Vec<String>,
    /// Ask on the terminal before each signature; with --load, the agent asks in its own way
    #[arg(long)]
    confirm: bool,
    /// A SecureString with the passphrase of the keys; without it you are asked
    #[arg(long, value_name = "NAME", requires = "params", add = parameter_names())]
    passphrase_param: Option<String>,
    /// Add the keys to the agent of SSH_AUTH_SOCK, and run nothing
    #[arg(long, requires = "params", conflicts_with_all = ["kms", "print_public_key"])]
    load: bool,
    /// How long that agent keeps them, such as 1h [default: as long as it runs]
    #[arg(long, value_name = "TIME", requires = "load", value_parser = duration::argument)]
    lifetime: Option<u32>,
    /// Print the public keys, as authorized_keys has them, and run nothing
    #[arg(long)]
    print_public_key: bool,
    /// What to run, with its arguments
    #[arg(
        required_unless_present_any = ["print_public_key", "load"],
        conflicts_with_all = ["print_public_key", "load"],
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
    pub(crate) fn run(&self, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
        close_memory();
        if self.load {
            return self.load(keeping, target);
        }
        let keys = self.keys(keeping, target)?;
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
        withhold(&mut command);
        Ok(run_beside(command))
    }

    /// Adds the keys to the agent that runs, and says so.
    fn load(&self, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
        let mut running = Running::find()?;
        let constraints = Constraints {
            lifetime: self.lifetime,
            confirm: self.confirm,
        };
        for (name, private) in self.private_keys(keeping, target)? {
            on_wiped_stack(|| running.add(&private, name, constraints))?;
            let known = local::key(name, private)?;
            let until = match self.lifetime {
                Some(seconds) => format!(" for {}", duration::say(seconds)),
                None => String::new(),
            };
            output::remark(&format!(
                "the agent has {} ({}){until}",
                safe(known.name()),
                known.fingerprint()
            ));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn private_keys(&self, keeping: &Keeping, target: &Target) -> Result<Vec<(&str, Private)>, Failure> {
        if self.params.is_empty() {
            return Ok(Vec::new());
        }
        memory::lock_all();
        let parameters = Parameters::of(target)?;
        let passphrase = match &self.passphrase_param {
            Some(name) => Passphrase::Known(local::secret(&parameters, name)?),
            None => Passphrase::Asked {
                may_ask: keeping.may_ask(),
            },
        };
        let names = self.params.iter().map(String::as_str);
        let keys: Vec<(&str, Private)> = names
            .map(|name| Ok((name, local::load(&parameters, name, &passphrase)?)))
            .collect::<Result<_, Failure>>()?;
        if keys.iter().any(|(_, key)| !key.is_locked()) {
            output::remark(
                "the memory of the keys cannot be locked, so that they may be swapped; `ulimit -l` is the limit",
            );
        }
        Ok(keys)
    }

    fn keys(&self, keeping: &Keeping, target: &Target) -> Result<Vec<Key>, Failure> {
        let mut keys = Vec::new();
        for (name, private) in self.private_keys(keeping, target)? {
            keys.push(local::key(name, private)?);
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
