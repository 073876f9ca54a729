//! `kagiban session`: shells, commands and ports on nodes.

mod forward;
mod list;
mod nodes;
mod ssh;
mod start;

use std::process::ExitCode;

use serde_json::{Map, Value};

use crate::endpoint::Target;
use crate::failure::Failure;

pub(crate) use nodes::node_ids;
pub(crate) use ssh::{Config as SshConfig, Proxy as SshProxy};

/// Sessions on managed nodes
#[derive(clap::Subcommand)]
#[command(after_long_help = LONG_HELP)]
pub(crate) enum Command {
    Start(start::Arguments),
    Forward(forward::Arguments),
    #[command(visible_alias = "ls")]
    List(list::Arguments),
}

const LONG_HELP: &str = "\
A node is named by its id, its name, its computer's name, its address, or TAG:VALUE. What several nodes
could be is asked about on a terminal, and refused elsewhere: no node is chosen silently.
In a shell, ~. after a line break ends the session and ~? helps.

Examples:
  kagiban session start web-1
  kagiban session start web-1 -- systemctl is-active nginx
  kagiban session forward web-1 8080:80 5432:db.internal:5432
  kagiban session list";

impl Command {
    pub(crate) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        match self {
            Command::Start(arguments) => arguments.run(target),
            Command::Forward(arguments) => arguments.run(target),
            Command::List(arguments) => arguments.run(target),
        }
    }
}

/// The request that starts a session.
fn request(node: &str, document: Option<&str>, parameters: &[(&str, String)], reason: Option<&str>) -> Value {
    let parameters: Map<String, Value> = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(vec![value.clone()])))
        .collect();
    let mut request = Map::from_iter([("Target".to_owned(), Value::from(node))]);
    let others = [
        ("DocumentName", document.map(Value::from)),
        (
            "Parameters",
            (!parameters.is_empty()).then(|| Value::from(parameters)),
        ),
        ("Reason", reason.map(Value::from)),
    ];
    let given = others
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    request.extend(given);
    Value::from(request)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_given_is_not_said() {
        assert_eq!(request("mi-1", None, &[], None), json!({"Target": "mi-1"}));
        assert_eq!(
            request("mi-1", Some("D"), &[("portNumber", "80".to_owned())], Some("why")),
            json!({"Target": "mi-1", "DocumentName": "D", "Parameters": {"portNumber": ["80"]}, "Reason": "why"})
        );
    }
}
