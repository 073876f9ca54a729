//! `kagiban doctor`: what works on this machine, what does not, and what to do about it.
//!
//! Nobody is asked and nothing is changed; of secrets, only where they are is said.

mod files;
mod programs;
mod server;
mod variables;

use std::process::ExitCode;

use serde::Serialize;

use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::Keeping;
use crate::output::Format;
use crate::style::Style;
use crate::table::Table;

/// Say what works on this machine, what does not, and what to do about it
#[derive(clap::Args)]
#[command(after_long_help = "\
Exit codes:
  0  all that was looked at works
  1  something does not
  2  the arguments are wrong

Examples:
  kagiban doctor
  kagiban --profile prod doctor
  kagiban doctor --json")]
pub(crate) struct Arguments {
    #[command(flatten)]
    format: Format,
}

/// How something is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Ok,
    /// Worth knowing, and nothing wrong by itself.
    Note,
    Fail,
}

/// Something that was looked at.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Finding {
    check: &'static str,
    outcome: Outcome,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// What was found so far.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Report {
    findings: Vec<Finding>,
}

impl Report {
    fn well(&mut self, check: &'static str, detail: impl Into<String>) {
        self.add(check, Outcome::Ok, detail.into(), None);
    }

    fn note(&mut self, check: &'static str, detail: impl Into<String>, hint: Option<&str>) {
        self.add(check, Outcome::Note, detail.into(), hint);
    }

    fn wrong(&mut self, check: &'static str, detail: impl Into<String>, hint: Option<&str>) {
        self.add(check, Outcome::Fail, detail.into(), hint);
    }

    fn add(&mut self, check: &'static str, outcome: Outcome, detail: String, hint: Option<&str>) {
        let hint = hint.map(str::to_owned);
        self.findings.push(Finding {
            check,
            outcome,
            detail,
            hint,
        });
    }

    /// What came of it, or a failure with its hint.
    fn judge<T>(&mut self, check: &'static str, ended: Result<T, Failure>) -> Option<T> {
        match ended {
            Ok(found) => Some(found),
            Err(failure) => {
                self.wrong(check, failure.to_string(), failure.hint().as_deref());
                None
            }
        }
    }

    fn has_failed(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.outcome == Outcome::Fail)
    }
}

/// Looks at everything.
pub(crate) fn run(arguments: &Arguments, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
    let mut report = Report::default();
    // Nobody is asked for a passphrase or a code.
    let keeping = keeping.clone().unattended();
    let target = target.clone().with(&keeping);
    files::examine(&mut report, &keeping, &target);
    variables::examine(&mut report, |name| std::env::var(name).ok(), target.profile());
    server::examine(&mut report, &target);
    programs::examine(&mut report);
    arguments
        .format
        .print(&report, |report| rows(report, Style::of_output()))?;
    Ok(match report.has_failed() {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

fn rows(report: &Report, style: Style) -> String {
    let mut table = Table::new(["", "CHECK", "WHAT WAS FOUND"]);
    for finding in &report.findings {
        let mark = match finding.outcome {
            Outcome::Ok => "ok",
            Outcome::Note => "note",
            Outcome::Fail => "FAIL",
        };
        table.row([mark.to_owned(), finding.check.to_owned(), finding.detail.clone()]);
        if let Some(hint) = &finding.hint {
            table.row([String::new(), String::new(), format!("→ {hint}")]);
        }
    }
    table.text(style, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_shown_with_what_to_do() {
        let mut report = Report::default();
        report.well("config file", "~/.aws/config");
        report.note("aws CLI", "not found", None);
        assert!(!report.has_failed());
        report.wrong("clock", "an hour late\u{1b}[2J", Some("set up NTP"));
        assert!(report.has_failed());
        insta::assert_snapshot!(rows(&report, Style::new(false)), @r"
              CHECK        WHAT WAS FOUND
        ok    config file  ~/.aws/config
        note  aws CLI      not found
        FAIL  clock        an hour late\u{1b}[2J
                           → set up NTP
        ");
        insta::assert_snapshot!(serde_json::to_string(&report.findings[2]).unwrap(), @r#"{"Check":"clock","Outcome":"fail","Detail":"an hour late\u001b[2J","Hint":"set up NTP"}"#);
    }
}
