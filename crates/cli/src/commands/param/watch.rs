//! `kagiban param watch`: changes as they happen.

use std::process::ExitCode;
use std::thread;

use kagiban_client::Backoff;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::call::Client;
use crate::commands::completion::parameter_names;
use crate::endpoint::{Service, Target};
use crate::failure::Failure;
use crate::output::{self, Format};
use crate::parameters::{self, Moment};
use crate::style::safe;

/// Print changes below a path as they happen, without values (Kagiban only)
///
/// It goes on through restarts of the server, without missing what happened meanwhile. Only changes of
/// parameters are told that may be read (ssm:GetParameter).
#[derive(clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    /// The path
    #[arg(add = parameter_names())]
    path: String,
    /// Only what is right below the path
    #[arg(long)]
    not_recursive: bool,
    #[command(flatten)]
    format: Format,
}

const HELP: &str = "\
It ends when it is interrupted. For a program each line is a JSON object.

Examples:
  kagiban param watch /prod
  kagiban param watch /prod | while read -r change; do systemctl reload app; done";

/// How long the server holds an answer back; a call may take a minute in all.
const TIMEOUT_SECONDS: u64 = 45;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    events: Vec<Event>,
    cursor: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    kind: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    #[serde(rename = "Type", default, skip_serializing_if = "Option::is_none")]
    type_: Option<String>,
    date: Moment,
}

/// Where a watch is, through whatever happens to the server.
struct Watch<'a> {
    client: &'a Client,
    path: &'a str,
    recursive: bool,
    /// None: from now on.
    cursor: Option<String>,
    backoff: Backoff,
    is_lost: bool,
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let client = target.client(Service::Kagiban)?;
        let mut watch = Watch {
            client: &client,
            path: parameters::path(&self.path)?,
            recursive: !self.not_recursive,
            cursor: None,
            backoff: Backoff::endless(),
            is_lost: false,
        };
        // An endpoint that is wrong from the beginning is an error, and no reason to wait.
        self.show(&watch.begin()?)?;
        output::remark(&format!("watching {}", watch.path));
        loop {
            self.show(&watch.next()?)?;
        }
    }

    fn show(&self, events: &[Event]) -> Result<(), Failure> {
        events.iter().try_for_each(|event| match self.format.is_json() {
            true => output::print_json_line(event),
            false => output::print(&line(event)),
        })
    }
}

impl Watch<'_> {
    /// Asks where now is.
    fn begin(&mut self) -> Result<Vec<Event>, Failure> {
        self.poll(0)
    }

    /// What happened next; nothing after a while, or when the server is gone for the moment.
    fn next(&mut self) -> Result<Vec<Event>, Failure> {
        match self.poll(TIMEOUT_SECONDS) {
            Ok(events) => {
                if std::mem::take(&mut self.is_lost) {
                    output::remark("the server is back");
                }
                self.backoff = Backoff::endless();
                Ok(events)
            }
            Err(failure) if failure.has_code("CursorExpiredException") => {
                output::remark(
                    "it has been too long: what happened meanwhile is not known; watching from now on",
                );
                self.cursor = None;
                self.poll(0)
            }
            Err(failure) if is_passing(&failure) => {
                if !std::mem::replace(&mut self.is_lost, true) {
                    output::remark(&format!("{failure}; trying again"));
                }
                thread::sleep(self.backoff.pause().unwrap_or_default());
                Ok(Vec::new())
            }
            Err(failure) => Err(failure),
        }
    }

    fn poll(&mut self, seconds: u64) -> Result<Vec<Event>, Failure> {
        let answer: Answer = self.client.call("WatchParameters", &self.question(seconds))?;
        self.cursor = Some(answer.cursor);
        Ok(answer.events)
    }

    fn question(&self, seconds: u64) -> Value {
        let mut body = json!({"Path": self.path, "Recursive": self.recursive, "TimeoutSeconds": seconds});
        if let Some(cursor) = &self.cursor {
            body["Cursor"] = cursor.as_str().into();
        }
        body
    }
}

/// Whether it is worth trying again.
fn is_passing(failure: &Failure) -> bool {
    matches!(failure, Failure::Unreachable { .. } | Failure::Answer(_))
        || ["InternalServerError", "ServiceUnavailable", "ThrottlingException"]
            .iter()
            .any(|code| failure.has_code(code))
}

fn line(event: &Event) -> String {
    let version = event.version.map(|version| format!("  version {version}"));
    let version = version.unwrap_or_default();
    format!(
        "{}  {:<6}  {}{version}",
        event.date,
        safe(&event.kind),
        safe(&event.name)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_one_line() {
        let text = r#"{"Kind":"Put","Name":"/prod/x","Version":3,"Type":"String","Date":1769850487.9}"#;
        let event: Event = serde_json::from_str(text).unwrap();
        assert_eq!(line(&event), "2026-01-31T09:08:07Z  Put     /prod/x  version 3");
        let event: Event = serde_json::from_str(r#"{"Kind":"Delete","Name":"/x","Date":0}"#).unwrap();
        assert_eq!(line(&event), "1970-01-01T00:00:00Z  Delete  /x");
    }
}
