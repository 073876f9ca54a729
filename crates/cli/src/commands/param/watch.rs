//! `kagiban param watch`: changes as they happen.

use std::io;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread;

use serde::Serialize;
use tokio::runtime::Builder;

use crate::commands::completion::parameter_names;
use crate::endpoint::{Service, Target};
use crate::failure::Failure;
use crate::output::{self, Format};
use crate::parameters::{self, Change, Watch};
use crate::platform::signals::Endings;
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
    /// Go on from here, as another run said in its lines or at its end; one that is too old is refused
    #[arg(long)]
    cursor: Option<String>,
    #[command(flatten)]
    format: Format,
}

const HELP: &str = "\
It ends when it is interrupted, and says with which --cursor another run goes on, for a day at most. For a
program each line is a JSON object; the last of those that came together has the Cursor to go on from.

Examples:
  kagiban param watch /prod
  kagiban param watch /prod | while read -r change; do systemctl reload app; done";

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let client = target.client(Service::Kagiban)?;
        let path = parameters::path(&self.path)?;
        let mut watch = Watch::new(client, path.to_owned(), !self.not_recursive).after(self.cursor.clone());
        // An endpoint that is wrong from the beginning is an error, and no reason to wait.
        let changes = watch.begin()?;
        let reached = Reached::default();
        reached.set(self.cursor.as_deref());
        // Where nobody can wait for an interrupt, it ends without a word.
        let _ = reached.clone().tell_at_the_end();
        output::remark(&format!("watching {path}"));
        self.show(&changes, &watch, &reached)?;
        loop {
            let changes = watch.next().inspect_err(|_| reached.tell())?;
            self.show(&changes, &watch, &reached)?;
        }
    }

    fn show(&self, changes: &[Change], watch: &Watch, reached: &Reached) -> Result<(), Failure> {
        let last = changes.len().saturating_sub(1);
        for (number, change) in changes.iter().enumerate() {
            let cursor = watch.cursor().filter(|_| number == last);
            match self.format.is_json() {
                true => output::print_json_line(&Line { change, cursor })?,
                false => output::print(&line(change))?,
            }
        }
        reached.set(watch.cursor());
        Ok(())
    }
}

/// A line for a program.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    change: &'a Change,
    /// Only of the last change of an answer: going on from it passes over the whole answer.
    #[serde(rename = "Cursor", skip_serializing_if = "Option::is_none")]
    cursor: Option<&'a str>,
}

/// What has been printed, as a cursor.
#[derive(Clone, Default)]
struct Reached(Arc<Mutex<Option<String>>>);

/// What shells make of an interrupt.
const INTERRUPTED: i32 = 130;

impl Reached {
    fn set(&self, cursor: Option<&str>) {
        if let Ok(mut reached) = self.0.lock() {
            *reached = cursor.map(str::to_owned);
        }
    }

    fn tell(&self) {
        let reached = self.0.lock().ok().and_then(|reached| reached.clone());
        if let Some(cursor) = reached {
            output::remark(&format!("go on with --cursor {cursor}"));
        }
    }

    /// To be interrupted is how it ends. An interrupt counts from when this returns.
    fn tell_at_the_end(self) -> io::Result<()> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let mut endings = runtime.block_on(async { Endings::new() })?;
        thread::spawn(move || {
            runtime.block_on(endings.next());
            self.tell();
            std::process::exit(INTERRUPTED);
        });
        Ok(())
    }
}

fn line(change: &Change) -> String {
    let version = change.version.map(|version| format!("  version {version}"));
    let version = version.unwrap_or_default();
    format!(
        "{}  {:<6}  {}{version}",
        change.date,
        safe(&change.kind),
        safe(&change.name)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_one_line() {
        let text = r#"{"Kind":"Put","Name":"/prod/x","Version":3,"Type":"String","Date":1769850487.9}"#;
        let change: Change = serde_json::from_str(text).unwrap();
        assert_eq!(line(&change), "2026-01-31T09:08:07Z  Put     /prod/x  version 3");
        let change: Change = serde_json::from_str(r#"{"Kind":"Delete","Name":"/x","Date":0}"#).unwrap();
        assert_eq!(line(&change), "1970-01-01T00:00:00Z  Delete  /x");
    }

    #[test]
    fn a_line_for_a_program_has_the_cursor_beside_the_change() {
        let change: Change = serde_json::from_str(r#"{"Kind":"Delete","Name":"/x","Date":0}"#).unwrap();
        let told = |cursor| {
            serde_json::to_string(&Line {
                change: &change,
                cursor,
            })
            .unwrap()
        };
        insta::assert_snapshot!(told(None), @r#"{"Kind":"Delete","Name":"/x","Date":"1970-01-01T00:00:00Z"}"#);
        insta::assert_snapshot!(told(Some("abc")), @r#"{"Kind":"Delete","Name":"/x","Date":"1970-01-01T00:00:00Z","Cursor":"abc"}"#);
    }
}
