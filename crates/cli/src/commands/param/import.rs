//! `kagiban param import`: parameters from a file.

use std::collections::BTreeMap;
use std::process::ExitCode;

use super::delete::Consent;
use super::import_plan::{Change, Plan, Rules, people};
use crate::commands::completion::parameter_names;
use crate::endpoint::Target;
use crate::failure::{EXIT_CODES, Failure};
use crate::formats::{MAX_FILE, Syntax};
use crate::output::Format;
use crate::parameters::{self, Parameter, Parameters, Put};
use crate::prompt;
use crate::style::Style;

/// Write parameters below a path from a file
///
/// What is there keeps its type, key and tags. What is new is a String, a StringList if the file has a list,
/// or a SecureString as --secure or --all-secure says. Values that are the same get no new version; references
/// to other parameters are compared as they are written.
#[derive(clap::Args)]
#[command(after_long_help = long_help())]
pub(crate) struct Arguments {
    /// The path
    #[arg(add = parameter_names())]
    path: String,
    /// The file, or `-` for standard input
    file: String,
    /// What it is written in [default: what its name says]
    #[arg(long, value_enum)]
    format: Option<Syntax>,
    /// Encrypt names that match, such as 'db/*' or '*password*'; repeat for more
    #[arg(long, value_name = "PATTERN")]
    secure: Vec<String>,
    /// Encrypt everything
    #[arg(long)]
    all_secure: bool,
    /// The key to encrypt with [default: the one in use, for a new one alias/aws/ssm]
    #[arg(long, value_name = "KEY")]
    key_id: Option<String>,
    /// The tier of what is written, for values above 4096 bytes
    #[arg(long, value_parser = ["Standard", "Advanced", "Intelligent-Tiering"])]
    tier: Option<String>,
    /// Add a version where the value is another one
    #[arg(long)]
    overwrite: bool,
    /// Delete what is below the path and not in the file
    #[arg(long)]
    delete_missing: bool,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    output: Format,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
Examples:
  kagiban param import /prod/db db.yaml --secure password --dry-run
  kagiban param import /app .env --all-secure
  sops -d secrets.json | kagiban param import /prod - --format json --all-secure --overwrite --delete-missing"
    )
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let path = parameters::path(&self.path)?;
        let entries = self.syntax()?.read(&self.text()?)?;
        let parameters = Parameters::as_written(target)?;
        let there = by_relative_name(parameters.written_below(path)?, path);
        let plan = Plan::of(entries, &there, &self.rules())?;
        let allowed = plan
            .check(self.overwrite)
            .and_then(|()| parameters.check_braces(plan.written()));
        if self.consent.dry_run {
            // What it would do, and then whether it would.
            self.tell(&plan)?;
            allowed?;
            if !prompt::has_person() {
                self.ask(&plan, path, target)?;
            }
        } else {
            allowed?;
            self.ask(&plan, path, target)?;
            self.perform(&plan, path, &parameters)?;
            self.tell(&plan)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn tell(&self, plan: &Plan) -> Result<(), Failure> {
        self.output.print(&plan.told(self.consent.dry_run), |told| {
            people(told, Style::of_output())
        })
    }

    fn rules(&self) -> Rules<'_> {
        Rules {
            secure: &self.secure,
            all_secure: self.all_secure,
            tier: self.tier.as_deref(),
            delete_missing: self.delete_missing,
        }
    }

    fn syntax(&self) -> Result<Syntax, Failure> {
        let said = self.format.or_else(|| Syntax::of_file(&self.file));
        said.ok_or_else(|| {
            Failure::Usage("the file's name does not say what it is written in; give --format".to_owned())
        })
    }

    fn text(&self) -> Result<zeroize::Zeroizing<String>, Failure> {
        match self.file.as_str() {
            "-" => prompt::standard_input(MAX_FILE),
            file => prompt::file(file, MAX_FILE),
        }
    }

    /// Only what deletes is asked about; standard input may be taken by the file.
    fn ask(&self, plan: &Plan, path: &str, target: &Target) -> Result<(), Failure> {
        let names: Vec<String> = plan.deleted().map(|name| parameters::below(path, name)).collect();
        if names.is_empty() {
            return Ok(());
        }
        let (count, forgotten) = (names.len(), self.consent.forgets(target, &names));
        let question =
            format!("Delete {count} parameter(s) below {path} that the file does not have?{forgotten}");
        prompt::confirm(&question, self.consent.yes)
    }

    /// Writes first and deletes last, so that a run that ends early has lost nothing.
    fn perform(&self, plan: &Plan, path: &str, parameters: &Parameters) -> Result<(), Failure> {
        let keys = self.keys(plan, path, parameters)?;
        for (name, change) in &plan.changes {
            let (Change::Create { value, kind } | Change::Update { value, kind }) = change else {
                continue;
            };
            let name = parameters::below(path, name);
            let key = self.key_id.as_ref().or_else(|| keys.get(&name));
            parameters.put(&Put {
                name: &name,
                value: value.clone(),
                kind: Some(kind),
                key_id: key.filter(|_| *kind == "SecureString").map(String::as_str),
                tier: self.tier.as_deref(),
                overwrite: matches!(change, Change::Update { .. }),
                ..Put::default()
            })?;
        }
        let names: Vec<String> = plan.deleted().map(|name| parameters::below(path, name)).collect();
        parameters.delete(&names)?;
        Ok(())
    }

    /// The keys in use: AWS goes back to the default key when an overwrite names none.
    fn keys(
        &self,
        plan: &Plan,
        path: &str,
        parameters: &Parameters,
    ) -> Result<BTreeMap<String, String>, Failure> {
        if self.key_id.is_some() || !plan.updates_secure() {
            return Ok(BTreeMap::new());
        }
        let described = parameters.described_below(path)?.into_iter();
        Ok(described
            .filter_map(|metadata| Some((metadata.name, metadata.key_id?)))
            .collect())
    }
}

fn by_relative_name(all: Vec<Parameter>, path: &str) -> BTreeMap<String, Parameter> {
    let named = all.into_iter().filter_map(|parameter| {
        let name = parameters::relative(&parameter.name, path)?.to_owned();
        Some((name, parameter))
    });
    named.collect()
}
