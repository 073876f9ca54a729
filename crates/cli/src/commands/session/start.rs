//! `kagiban session start`: a shell, or a command, on a node.

use std::process::ExitCode;

use super::{nodes, request};
use crate::endpoint::{Service, Target};
use crate::failure::Failure;
use crate::session::{self, Api, Manner, Started};

/// Start a shell on a node, or run a command there
#[derive(clap::Args)]
#[command(after_long_help = LONG_HELP)]
pub(crate) struct Arguments {
    /// The node: an id, a name, an address or TAG:VALUE; asked about if it is left out
    #[arg(value_name = "NODE", default_value = "", hide_default_value = true, add = nodes::node_names())]
    node: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Give the command a terminal
    #[arg(short = 't', long, requires = "command")]
    terminal: bool,
    /// A session document other than the account's own
    #[arg(long, value_name = "NAME", conflicts_with = "command")]
    document: Option<String>,
    /// A command instead of a shell; without --terminal it is run without one, and without a shell, and gets no
    /// standard input
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

const LONG_HELP: &str = "\
The exit status is that of the shell or command, where the node's agent tells it.
A command gets what is typed or piped here only with --terminal; without, its standard input is empty.

Examples:
  kagiban session start
  kagiban session start web-1
  kagiban session start env:test
  kagiban session start web-1 -- uptime
  kagiban session start web-1 -t -- top";

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let client = target.client(Service::Ssm)?;
        let node = nodes::resolve(&client, &self.node)?;
        let (document, parameters) = self.document();
        let request = request(&node, document, &parameters, self.reason.as_deref());
        let started: Started = client.call("StartSession", &request)?;
        let manner = Manner {
            exit_status: true,
            ..Manner::default()
        };
        let beside = client.endpoint().place.url.to_string();
        session::run(started, &node, Api::new(target, Some(&beside))?, &manner)
    }

    fn document(&self) -> (Option<&str>, Vec<(&'static str, String)>) {
        if self.command.is_empty() {
            return (self.document.as_deref(), Vec::new());
        }
        let command = self
            .command
            .iter()
            .map(|word| quoted(word))
            .collect::<Vec<_>>()
            .join(" ");
        let parameters = vec![("command", command)];
        match self.terminal {
            true => (Some("AWS-StartInteractiveCommand"), parameters),
            false => (Some("AWS-StartNonInteractiveCommand"), parameters),
        }
    }
}

/// A word in quotes, if it needs them: the node splits the command into words as a shell does.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_says_which_commands_get_standard_input() {
        use clap::Args as _;
        let mut command = Arguments::augment_args(clap::Command::new("start"));
        let long = command.render_long_help().to_string();
        assert!(long.contains("piped here only with --terminal"), "{long}");
        let short = command.render_help().to_string();
        assert!(short.contains("gets no standard input"), "{short}");
    }

    #[test]
    fn words_stay_words() {
        assert_eq!(quoted("is-active"), "is-active");
        assert_eq!(quoted("it's here"), r"'it'\''s here'");
        assert_eq!(quoted(""), "''");
    }
}
