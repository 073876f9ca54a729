//! `kagiban profile`: what a profile says, and what `exec` would do with it, without calling anything.

use std::collections::BTreeMap;
use std::process::ExitCode;

use kagiban_aws::Timestamp;
use serde::Serialize;

use super::obtain::{self, Obtain};
use crate::config::{Chain, Source};
use crate::duration::say;
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::Keeping;
use crate::output;
use crate::vault::{Endpoint, Plan, Service, Vault, given};

/// Look at profiles of ~/.aws/config
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    #[command(visible_alias = "plan")]
    Explain(Arguments),
}

/// Show where a profile's settings come from and which calls `exec` would make; nothing is called
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The profile [default: AWS_PROFILE, else you are asked]
    #[arg(id = "named", value_name = "PROFILE", add = obtain::profile_names())]
    profile: Option<String>,
    #[command(flatten)]
    obtain: Obtain,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Report {
    profile: String,
    settings: BTreeMap<String, Said>,
    source: Begin,
    steps: Vec<Step>,
    /// What is not as asked for.
    cuts: Vec<String>,
    region: Option<String>,
    endpoint: String,
    signing_region: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Said {
    value: String,
    from: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Begin {
    kind: &'static str,
    profile: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<String>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Step {
    call: &'static str,
    profile: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_session_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    duration_seconds: u32,
    /// Until when a session is kept that will be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    cached_until: Option<String>,
}

/// Settings that are not for showing.
const SECRET: [&str; 2] = ["aws_secret_access_key", "aws_session_token"];

impl Command {
    /// Runs it.
    pub(crate) fn run(&self, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
        let Command::Explain(arguments) = self;
        let mut vault = keeping.vault(target, None)?;
        vault.is_fresh = arguments.obtain.fresh;
        let profile = obtain::profile(arguments.profile.as_deref(), keeping, target)?;
        let chain = vault.chain(&profile)?;
        let plan = Plan::new(&given(&chain), &arguments.obtain.wishes(false));
        let report = Report::new(&vault, &chain, plan)?;
        match arguments.json {
            true => output::print_json(&report)?,
            false => output::print_bare(&report.text())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Report {
    fn new(vault: &Vault, chain: &Chain, plan: Plan) -> Result<Report, Failure> {
        let endpoint = Endpoint::find(Service::Sts, &vault.files, &chain.profile, &vault.flags)?;
        let settings = chain.profile.settings().map(|(name, setting)| {
            let value = if SECRET.contains(&name) {
                "…"
            } else {
                &setting.value
            };
            let said = Said {
                value: value.to_owned(),
                from: setting.from.clone(),
            };
            (name.to_owned(), said)
        });
        Ok(Report {
            profile: chain.profile.name.clone(),
            settings: settings.collect(),
            source: begin(chain),
            steps: steps(vault, chain, &plan)?,
            cuts: plan.cuts,
            region: crate::vault::region(&chain.profile, &vault.flags),
            endpoint: endpoint.url.to_string(),
            signing_region: endpoint.region.to_string(),
        })
    }

    fn text(&self) -> String {
        let mut text = format!("profile {}\n", self.profile);
        let widest = self.settings.keys().map(String::len).max().unwrap_or(0);
        for (name, said) in &self.settings {
            let from = match said.from == self.profile {
                true => String::new(),
                false => format!("   (from {})", said.from),
            };
            text += &format!("  {name:<widest$} = {}{from}\n", said.value);
        }
        text += &format!("plan\n  1. {}\n", self.source.text());
        for (number, step) in (2..).zip(&self.steps) {
            text += &format!("  {number}. {}\n", step.text());
        }
        text += &format!("  at {}, signed for {}\n", self.endpoint, self.signing_region);
        text + &self
            .cuts
            .iter()
            .map(|cut| format!("cut: {cut}\n"))
            .collect::<String>()
    }
}

impl Begin {
    fn text(&self) -> String {
        let id = self.access_key_id.as_ref().map(|id| format!(", {id}"));
        format!(
            "{} of profile {}{}",
            self.kind,
            self.profile,
            id.unwrap_or_default()
        )
    }
}

impl Step {
    fn text(&self) -> String {
        let arn = self
            .role_arn
            .as_ref()
            .map(|arn| format!(" {arn}"))
            .unwrap_or_default();
        let code = self
            .serial_number
            .as_ref()
            .map(|serial| format!(", with a code of {serial}"))
            .unwrap_or_default();
        let cached = self
            .cached_until
            .as_ref()
            .map(|until| format!(", kept until {until}"))
            .unwrap_or_default();
        format!("{}{arn}, {}{code}{cached}", self.call, say(self.duration_seconds))
    }
}

/// A plan in a line.
///
/// # Errors
///
/// If the store of sessions cannot be listed.
pub(super) fn said(vault: &Vault, chain: &Chain, plan: &Plan) -> Result<String, Failure> {
    let steps = steps(vault, chain, plan)?;
    let said: Vec<String> = [begin(chain).text()]
        .into_iter()
        .chain(steps.iter().map(Step::text))
        .collect();
    Ok(format!("the plan: {}", said.join("; ")))
}

fn begin(chain: &Chain) -> Begin {
    Begin {
        kind: chain.source.kind(),
        profile: chain.origin.name.clone(),
        access_key_id: match &chain.source {
            Source::Static { access_key_id, .. } => Some(access_key_id.clone()),
            _ => None,
        },
    }
}

fn steps(vault: &Vault, chain: &Chain, plan: &Plan) -> Result<Vec<Step>, Failure> {
    let iso = |expires: Timestamp| expires.iso().to_string();
    let mut steps = Vec::new();
    if let Source::WebIdentity { role, .. } = &chain.source {
        steps.push(Step {
            call: "sts.AssumeRoleWithWebIdentity",
            profile: role.profile.clone(),
            role_arn: Some(role.arn.clone()),
            role_session_name: role.session_name.clone(),
            duration_seconds: role.duration_seconds.unwrap_or(crate::vault::defaults().role),
            ..Step::default()
        });
    }
    if let Some(step) = &plan.session {
        steps.push(Step {
            call: "sts.GetSessionToken",
            profile: chain.origin.name.clone(),
            serial_number: step.serial.clone(),
            duration_seconds: step.seconds,
            cached_until: vault.session_kept_until(chain, step)?.map(iso),
            ..Step::default()
        });
    }
    for step in &plan.roles {
        steps.push(Step {
            call: "sts.AssumeRole",
            profile: step.role.profile.clone(),
            role_arn: Some(step.role.arn.clone()),
            role_session_name: step.role.session_name.clone(),
            external_id: step.role.external_id.clone(),
            serial_number: step.serial.clone(),
            duration_seconds: step.seconds,
            cached_until: vault.role_kept_until(chain, step)?.map(iso),
        });
    }
    Ok(steps)
}
