//! `kagiban node`: machines that are managed from here, and those that may become it.

mod admission;
mod deregister;
mod list;

use std::process::ExitCode;

use crate::endpoint::Target;
use crate::failure::Failure;

/// Managed nodes: machines that sessions and commands can reach
#[derive(clap::Subcommand)]
#[command(after_long_help = LONG_HELP)]
pub(crate) enum Command {
    #[command(visible_alias = "ls")]
    List(list::Arguments),
    Activate(admission::Activate),
    Admit(admission::Admit),
    Deregister(deregister::Arguments),
}

const LONG_HELP: &str = "\
A machine becomes a node in two steps: here you make an activation, there its agent registers with it.
What the machine may do then is what its role may; the role has to trust ssm.amazonaws.com (for
`activate`) or be in an instance profile and trust ec2.amazonaws.com (for `admit`).

Examples:
  kagiban node activate --role web-servers --name web-1
  kagiban node admit --instance-profile web --name web-1
  kagiban node list
  kagiban node deregister mi-0123456789abcdef0";

impl Command {
    pub(crate) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        match self {
            Command::List(arguments) => arguments.run(target),
            Command::Activate(arguments) => arguments.run(target),
            Command::Admit(arguments) => arguments.run(target),
            Command::Deregister(arguments) => arguments.run(target),
        }
    }
}
