//! `kagiban explain`: why a request was allowed or denied, or would be.

mod report;

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::endpoint::{Service, Target};
use crate::failure::Failure;
use crate::output;
use crate::style::Style;

/// Say why a request was allowed or denied, or would be
///
/// With the id of a request (x-amzn-requestid of its answer; AWS's clients print it with errors and with
/// --debug), say what was decided about it and what would be decided now. With --principal and --action,
/// decide about a request that nobody has made.
///
/// The answer names the statement that decided, what is missing, statements that nearly allow it, and the
/// smallest statement that would allow it, with the policy that needs it.
#[derive(clap::Args)]
#[command(after_long_help = "\
Exit codes:
  0  allowed
  1  denied
  2  the arguments are wrong
  3  no such request or principal
  4  anything else went wrong

Examples:
  kagiban explain 6f1c0a52-3a44-4f5e-9a3c-0b8d1c9b2f10
  kagiban explain --principal arn:aws:iam::111122223333:user/alice --action ssm:GetParameter \\
      --resource arn:aws:ssm:eu-west-1:111122223333:parameter/prod/db/url
  kagiban explain --principal arn:aws:iam::111122223333:role/app --action kms:Decrypt \\
      --resource arn:aws:kms:eu-west-1:111122223333:alias/app --context aws:SourceIp=10.0.0.7")]
pub(crate) struct Arguments {
    /// The id of a request that was made
    #[arg(value_name = "REQUEST-ID", conflicts_with_all = ["principal", "action"], required_unless_present_all = ["principal", "action"])]
    request_id: Option<String>,
    /// ARN of the user or role whose access is in question
    #[arg(long, value_name = "ARN", requires = "action")]
    principal: Option<String>,
    /// What they would do, such as ssm:GetParameter
    #[arg(long, value_name = "ACTION", requires = "principal")]
    action: Option<String>,
    /// ARN of what they would do it to
    #[arg(long, value_name = "ARN", default_value = "*", requires = "action")]
    resource: String,
    /// A condition key of the request; repeat for more, or for more values
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair, requires = "action")]
    context: Vec<(String, String)>,
    /// Print the answer as JSON, as is always done when standard output is not a terminal
    #[arg(long)]
    json: bool,
}

const DENIED: u8 = 1;

/// Asks, prints, and tells by the exit code.
pub(crate) fn run(arguments: &Arguments, target: &Target) -> Result<ExitCode, Failure> {
    if let Some(word) = &arguments.request_id {
        refuse_profile(word, target)?;
    }
    let client = target.client(Service::Kagiban)?;
    let (operation, body) = arguments.question();
    let answer: Value = client.call(operation, &body)?;
    let text = match arguments.json || !output::is_for_people() {
        true => format!("{answer:#}"),
        false => report::people(&answer, Style::of_output()),
    };
    output::print(&text)?;
    Ok(verdict(&answer))
}

/// Sends who means a profile to the command for those.
fn refuse_profile(word: &str, target: &Target) -> Result<(), Failure> {
    let (files, _) = target.profile_in_use()?;
    match !is_request_id(word) && files.own(word).is_some() {
        true => Err(Failure::Usage(format!(
            "`{word}` is a profile, and no request's id; `kagiban profile explain {word}` says what it leads to"
        ))),
        false => Ok(()),
    }
}

/// Whether it looks as an id of a request does, such as `6f1c0a52-3a44-4f5e-9a3c-0b8d1c9b2f10`.
fn is_request_id(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

impl Arguments {
    fn question(&self) -> (&'static str, Value) {
        if let Some(id) = &self.request_id {
            return ("ExplainRequest", json!({"RequestId": id}));
        }
        let mut entries: Vec<(String, Vec<String>)> = Vec::new();
        for (key, value) in &self.context {
            match entries.iter_mut().find(|(known, _)| known == key) {
                Some((_, values)) => values.push(value.clone()),
                None => entries.push((key.clone(), vec![value.clone()])),
            }
        }
        let entries: Vec<Value> = entries
            .into_iter()
            .map(|(key, values)| json!({"ContextKeyName": key, "ContextKeyValues": values}))
            .collect();
        let body = json!({
            "PrincipalArn": self.principal,
            "ActionName": self.action,
            "ResourceArn": self.resource,
            "ContextEntries": entries,
        });
        ("ExplainAccess", body)
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE, such as aws:SourceIp=10.0.0.7".to_owned()),
    }
}

/// Today's decision; without one, what was decided then.
fn verdict(answer: &Value) -> ExitCode {
    let today = answer["Decision"].as_str().map(|decision| decision == "allowed");
    let then = answer["Recorded"]["Outcome"] == "allowed";
    match today.unwrap_or(then) {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(DENIED),
    }
}
