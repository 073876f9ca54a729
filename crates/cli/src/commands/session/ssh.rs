//! `kagiban ssh-config` and `kagiban ssh-proxy`: ssh to nodes, by their ids or names.

use std::process::ExitCode;

use super::{nodes, request};
use crate::endpoint::{Service, Target};
use crate::failure::Failure;
use crate::output;
use crate::session::{self, Api, Manner, Started};

/// Print what ssh's configuration needs to reach nodes by their ids
#[derive(clap::Args)]
#[command(after_long_help = "Example:\n  kagiban ssh-config >> ~/.ssh/config")]
pub(crate) struct Config {}

/// Carry ssh to a node; for ssh's ProxyCommand
#[derive(clap::Args)]
#[command(after_long_help = "Example:\n  ssh -o ProxyCommand='kagiban ssh-proxy %h %p' alice@web-1")]
pub(crate) struct Proxy {
    /// The node: an id, a name, an address or TAG:VALUE
    #[arg(value_name = "NODE", add = nodes::node_names())]
    node: String,
    /// The node's port
    #[arg(default_value = "22", value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
}

const BLOCK: &str = "\
# Nodes of AWS Systems Manager, and of Kagiban
Host i-* mi-*
    ProxyCommand kagiban ssh-proxy %h %p";

impl Config {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        output::print(BLOCK)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Proxy {
    pub(crate) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let client = target.client(Service::Ssm)?;
        let node = nodes::resolve(&client, &self.node)?;
        let port = [("portNumber", self.port.to_string())];
        let started: Started = client.call(
            "StartSession",
            &request(&node, Some("AWS-StartSSHSession"), &port, None),
        )?;
        let manner = Manner {
            exit_status: true,
            ..Manner::default()
        };
        let beside = client.endpoint().place.url.to_string();
        session::run(started, &node, Api::new(target, Some(&beside))?, &manner)
    }
}
