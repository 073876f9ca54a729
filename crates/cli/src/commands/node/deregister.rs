//! `kagiban node deregister`: a machine is no node any more.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::commands::session::node_ids;
use crate::endpoint::{Service, Target};
use crate::failure::{EXIT_CODES, Failure};
use crate::output::Format;
use crate::prompt;

/// End a node: its credentials are void at once
#[derive(clap::Args)]
#[command(after_long_help = long_help())]
pub(crate) struct Arguments {
    /// Its id: mi-… or i-…
    #[arg(add = node_ids())]
    id: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    format: Format,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
The machine has to register anew, with another activation, to come back; it will have another id.

Examples:
  kagiban node deregister mi-0123456789abcdef0
  kagiban node deregister i-0123456789abcdef0 --yes"
    )
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        // AWS's own operation takes no id of an instance, and AWS has no other.
        let (service, operation) = match self.id.starts_with("mi-") {
            true => (Service::Ssm, "DeregisterManagedInstance"),
            false => (Service::Kagiban, "DeregisterInstance"),
        };
        let client = target.client(service)?;
        let question = format!("Deregister {}? Its credentials are void at once.", self.id);
        prompt::confirm(&question, self.yes)?;
        let _: Value = client.call(operation, &json!({"InstanceId": self.id}))?;
        self.format.print(&json!({"Deregistered": self.id}), |_| {
            format!("{} is deregistered", self.id)
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
