//! `kagiban session list`: which sessions there are.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::endpoint::{Service, Target};
use crate::failure::Failure;
use crate::output::Format;
use crate::parameters::Moment;
use crate::style::Style;
use crate::table::Table;

/// List sessions
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Those that have ended
    #[arg(long)]
    history: bool,
    #[command(flatten)]
    format: Format,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Session {
    session_id: String,
    target: String,
    status: String,
    start_date: Moment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end_date: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document_name: Option<String>,
    #[serde(default)]
    owner: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let client = target.client(Service::Ssm)?;
        let state = match self.history {
            true => "History",
            false => "Active",
        };
        let body = json!({"State": state, "MaxResults": 50});
        let sessions: Vec<Session> = client.all("DescribeSessions", body)?;
        self.format.print(&json!({"Sessions": sessions}), |_| {
            rows(&sessions, Style::of_output())
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

fn rows(sessions: &[Session], style: Style) -> String {
    let mut table = Table::new(["ID", "NODE", "STATUS", "STARTED", "OWNER", "DOCUMENT", "REASON"]);
    for session in sessions {
        table.row([
            session.session_id.clone(),
            session.target.clone(),
            session.status.clone(),
            session.start_date.to_string(),
            session.owner.clone(),
            session.document_name.clone().unwrap_or_default(),
            session.reason.clone().unwrap_or_default(),
        ]);
    }
    table.text(style, "There is no such session.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_shown_harmlessly() {
        let sessions: Vec<Session> = serde_json::from_str(
            r#"[{"SessionId":"alice-0123","Target":"mi-1","Status":"Connected","StartDate":1769850487.9,"Owner":"arn:aws:iam::111122223333:user/alice","Reason":"why\u001b[2J"}]"#,
        )
        .unwrap();
        insta::assert_snapshot!(rows(&sessions, Style::new(false)), @r"
        ID          NODE  STATUS     STARTED               OWNER                                 DOCUMENT  REASON
        alice-0123  mi-1  Connected  2026-01-31T09:08:07Z  arn:aws:iam::111122223333:user/alice            why\u{1b}[2J
        ");
    }
}
