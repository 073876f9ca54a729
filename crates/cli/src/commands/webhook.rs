//! `kagiban webhook`: who else is told of changes.

use std::process::ExitCode;

use kagiban_aws::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::endpoint::{Service, Target};
use crate::failure::{EXIT_CODES, Failure};
use crate::output::Format;
use crate::parameters::{self, Change, Moment};
use crate::prompt;
use crate::style::Style;
use crate::table::Table;

/// Have changes of parameters delivered to a URL (Kagiban only)
#[derive(clap::Args)]
#[command(after_long_help = long_help())]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    format: Format,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Have changes below a path delivered; prints the secret that signs them, once
    Create {
        /// What to call it
        name: String,
        /// Where to deliver: https, or http to this machine
        #[arg(long)]
        url: String,
        /// The path
        #[arg(long)]
        path: String,
        /// Only what is right below the path
        #[arg(long)]
        not_recursive: bool,
    },
    /// List webhooks and how they fare
    #[command(visible_alias = "ls")]
    List,
    /// Deliver no more
    #[command(visible_alias = "rm")]
    Delete {
        /// Its name
        name: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// List what could not be delivered
    DeadLetters {
        /// The webhook's name
        name: String,
    },
    /// Try again to deliver what could not be
    Redeliver {
        /// The webhook's name
        name: String,
    },
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
Deliveries are signed with HMAC-SHA256 by the secret that `create` prints.

Examples:
  kagiban webhook create reload --url https://app.example/hooks/parameters --path /prod/app
  kagiban webhook dead-letters reload
  kagiban webhook redeliver reload"
    )
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    webhook: Webhook,
    secret: SecretString,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Webhook {
    name: String,
    url: String,
    path: String,
    #[serde(default)]
    recursive: bool,
    created_date: Moment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_delivery: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_failure: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dead_letters: Option<u64>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeadLetter {
    id: String,
    date: Moment,
    attempts: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    #[serde(default)]
    events: Vec<Change>,
}

/// Does it.
pub(crate) fn run(arguments: &Arguments, target: &Target) -> Result<ExitCode, Failure> {
    let client = target.client(Service::Kagiban)?;
    let format = &arguments.format;
    match &arguments.command {
        Command::Create {
            name,
            url,
            path,
            not_recursive,
        } => {
            let path = parameters::path(path)?;
            let body = json!({"Name": name, "Url": url, "Path": path, "Recursive": !not_recursive});
            let created: Created = client.call("CreateWebhook", &body)?;
            format.print(&created, |created| {
                format!(
                    "{} is created; its secret is shown only now:\n{}",
                    created.webhook.name,
                    created.secret.expose()
                )
            })?;
        }
        Command::List => {
            let all: Vec<Webhook> = client.all("ListWebhooks", json!({}))?;
            format.print(&json!({"Webhooks": all}), |_| rows(&all, Style::of_output()))?;
        }
        Command::Delete { name, yes } => {
            let question = format!("Delete the webhook {name}, and what it has not delivered?");
            prompt::confirm(&question, *yes)?;
            let _: Value = client.call("DeleteWebhook", &json!({"Name": name}))?;
            format.print(&json!({"Deleted": name}), |_| format!("{name} is deleted"))?;
        }
        Command::DeadLetters { name } => {
            let all: Vec<DeadLetter> = client.all("ListDeadLetters", json!({"Webhook": name}))?;
            format.print(&json!({"DeadLetters": all}), |_| {
                letters(&all, Style::of_output())
            })?;
        }
        Command::Redeliver { name } => {
            let answer: Value = client.call("RedeliverDeadLetters", &json!({"Webhook": name}))?;
            format.print(&answer, |answer| {
                format!("{} are being delivered again", answer["Redelivering"])
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn rows(webhooks: &[Webhook], style: Style) -> String {
    let mut table = Table::new(["NAME", "URL", "PATH", "LAST DELIVERY", "LAST FAILURE", "DEAD"]);
    for webhook in webhooks {
        let below = if webhook.recursive { "/**" } else { "/*" };
        table.row([
            webhook.name.clone(),
            webhook.url.clone(),
            format!("{}{below}", webhook.path.trim_end_matches('/')),
            webhook
                .last_delivery
                .map(|date| date.to_string())
                .unwrap_or_default(),
            webhook.last_failure.clone().unwrap_or_default(),
            webhook.dead_letters.unwrap_or_default().to_string(),
        ]);
    }
    table.text(style, "There is no webhook.")
}

fn letters(all: &[DeadLetter], style: Style) -> String {
    let mut table = Table::new(["ID", "DATE", "ATTEMPTS", "EVENTS", "LAST ERROR"]);
    for letter in all {
        table.row([
            letter.id.clone(),
            letter.date.to_string(),
            letter.attempts.to_string(),
            letter.events.len().to_string(),
            letter.last_error.clone().unwrap_or_default(),
        ]);
    }
    table.text(style, "Everything was delivered.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_told_with_how_it_fares() {
        let all: Vec<Webhook> = serde_json::from_str(
            r#"[{"Name":"reload","Url":"https://x.example/","Path":"/prod","Recursive":true,"CreatedDate":0,"LastDelivery":1769850487.9,"LastFailure":"HTTP 500","DeadLetters":2}]"#,
        )
        .unwrap();
        insta::assert_snapshot!(rows(&all, Style::new(false)), @r"
        NAME    URL                 PATH      LAST DELIVERY         LAST FAILURE  DEAD
        reload  https://x.example/  /prod/**  2026-01-31T09:08:07Z  HTTP 500      2
        ");
        let json = serde_json::to_value(&all).unwrap();
        assert_eq!(json[0]["CreatedDate"], "1970-01-01T00:00:00Z");
        assert_eq!(json[0]["LastDelivery"], "2026-01-31T09:08:07Z");
    }

    #[test]
    fn what_was_not_delivered_is_told_with_dates_of_one_form() {
        let all: Vec<DeadLetter> = serde_json::from_str(
            r#"[{"Id":"a1","Date":1769850487.9,"Attempts":10,"LastError":"HTTP 500","Events":[{"Kind":"Put","Name":"/x","Version":3,"Type":"String","Date":1769850487.8}]}]"#,
        )
        .unwrap();
        insta::assert_snapshot!(letters(&all, Style::new(false)), @r"
        ID  DATE                  ATTEMPTS  EVENTS  LAST ERROR
        a1  2026-01-31T09:08:07Z  10        1       HTTP 500
        ");
        let json = serde_json::to_value(&all).unwrap();
        assert_eq!(json[0]["Date"], json[0]["Events"][0]["Date"]);
    }
}
