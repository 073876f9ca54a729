//! `kagiban param compare`: two paths, or one path in two places.

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde::Serialize;

use super::difference::{Difference, Facts, MASK, differences, verdict};
use crate::commands::completion::parameter_names;
use crate::endpoint::{Elsewhere, Target};
use crate::failure::Failure;
use crate::output::Format;
use crate::parameters::{self, Parameter, Parameters};
use crate::style::{Style, safe};

/// Compare all below two paths, also of two accounts, Regions or servers
///
/// Values are compared and not shown, unless --show-values is given. They are compared as they were written:
/// a reference to another parameter differs from the text that it stands for.
#[derive(clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    /// A path
    #[arg(value_name = "PATH-A", add = parameter_names())]
    a: String,
    /// Another one [default: the same, elsewhere]
    #[arg(value_name = "PATH-B", add = parameter_names(), required_unless_present_any = ["profile_b", "region_b", "endpoint_b"])]
    b: Option<String>,
    /// The profile for the second path; its settings come before those of the environment
    #[arg(long, value_name = "NAME")]
    profile_b: Option<String>,
    /// The Region of the second path
    #[arg(long, value_name = "REGION")]
    region_b: Option<String>,
    /// The server of the second path
    #[arg(long, value_name = "URL")]
    endpoint_b: Option<String>,
    /// Show the values
    #[arg(long)]
    show_values: bool,
    #[command(flatten)]
    format: Format,
}

const HELP: &str = "\
Exit codes:
  0  equal
  1  different
  2  the arguments are wrong
  4  anything else went wrong

Examples:
  kagiban param compare /dev /prod
  kagiban param compare /prod --profile-b disaster-recovery";

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Outcome {
    only_in_a: Vec<One>,
    only_in_b: Vec<One>,
    different: Vec<Both>,
    equal: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct One {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<kagiban_aws::SecretString>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Both {
    name: String,
    differences: Vec<Difference>,
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let path_a = parameters::path(&self.a)?;
        let path_b = parameters::path(self.b.as_deref().unwrap_or(&self.a))?;
        let other = Elsewhere {
            endpoint_url: self.endpoint_b.as_deref(),
            profile: self.profile_b.as_deref(),
            region: self.region_b.as_deref(),
        };
        let a = by_relative_name(Parameters::as_written(target)?.written_below(path_a)?, path_a);
        let b = Parameters::as_written(&target.elsewhere(&other))?.written_below(path_b)?;
        let outcome = compared(&a, &by_relative_name(b, path_b), self.show_values);
        self.format
            .print(&outcome, |outcome| people(outcome, Style::of_output()))?;
        Ok(verdict(outcome.is_equal()))
    }
}

impl Outcome {
    fn is_equal(&self) -> bool {
        self.only_in_a.is_empty() && self.only_in_b.is_empty() && self.different.is_empty()
    }
}

type Tree = BTreeMap<String, Parameter>;

fn by_relative_name(all: Vec<Parameter>, path: &str) -> Tree {
    let named = all.into_iter().filter_map(|parameter| {
        let name = parameters::relative(&parameter.name, path)?.to_owned();
        Some((name, parameter))
    });
    named.collect()
}

fn compared(a: &Tree, b: &Tree, show_values: bool) -> Outcome {
    let mut outcome = Outcome::default();
    let one = |name: &String, parameter: &Parameter| One {
        name: name.clone(),
        value: show_values.then(|| parameter.value.clone()),
    };
    for (name, here) in a {
        let Some(there) = b.get(name) else {
            outcome.only_in_a.push(one(name, here));
            continue;
        };
        let differences = differences(&facts(here), &facts(there), show_values);
        match differences.is_empty() {
            true => outcome.equal += 1,
            false => outcome.different.push(Both {
                name: name.clone(),
                differences,
            }),
        }
    }
    let missing = b.iter().filter(|(name, _)| !a.contains_key(*name));
    outcome.only_in_b = missing.map(|(name, parameter)| one(name, parameter)).collect();
    outcome
}

fn facts(parameter: &Parameter) -> Facts<'_> {
    Facts {
        value: Some(&parameter.value),
        others: vec![
            ("Type", Some(parameter.kind.as_str())),
            ("DataType", parameter.data_type.as_deref()),
        ],
    }
}

fn people(outcome: &Outcome, style: Style) -> String {
    let line = |colour, sign, one: &One| {
        let value = one.value.as_ref();
        let value = value.map_or_else(|| MASK.to_owned(), |value| safe(value.expose()));
        format!("{} {}  {value}", style.paint(colour, sign), one.name)
    };
    let mut lines: Vec<String> = Vec::new();
    lines.extend(outcome.only_in_a.iter().map(|one| line("31", "-", one)));
    lines.extend(outcome.only_in_b.iter().map(|one| line("32", "+", one)));
    for both in &outcome.different {
        lines.push(format!("{} {}", style.paint("33", "~"), both.name));
        for difference in &both.differences {
            lines.extend(difference.lines("    ", style));
        }
    }
    let (a, b) = (outcome.only_in_a.len(), outcome.only_in_b.len());
    let (different, equal) = (outcome.different.len(), outcome.equal);
    lines.push(format!(
        "{equal} equal, {different} different, {a} only in the first, {b} only in the second"
    ));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(parameters: &[(&str, &str, &str)]) -> Tree {
        let all = parameters.iter().map(|(name, kind, value)| {
            let text = format!(r#"{{"Name":"/p/{name}","Type":"{kind}","Value":"{value}","Version":1}}"#);
            serde_json::from_str(&text).unwrap()
        });
        by_relative_name(all.collect(), "/p")
    }

    #[test]
    fn two_trees_are_compared_by_the_names_below_their_paths() {
        let a = tree(&[
            ("gone", "String", "x"),
            ("db/url", "String", "hunter2"),
            ("same", "String", "x"),
            ("typed", "String", "x"),
        ]);
        let b = tree(&[
            ("db/url", "String", "hunter22"),
            ("new", "String", "x"),
            ("same", "String", "x"),
            ("typed", "SecureString", "x"),
        ]);
        let outcome = compared(&a, &b, false);
        assert!(!outcome.is_equal());
        insta::assert_snapshot!(people(&outcome, Style::new(false)), @r"
        - gone  ••••
        + new  ••••
        ~ db/url
            ~ Value  •••• (changed)
        ~ typed
            ~ Type  String -> SecureString
        1 equal, 2 different, 1 only in the first, 1 only in the second
        ");
        let json = serde_json::to_string(&outcome).unwrap();
        assert!(!json.contains("hunter2"), "{json}");
        insta::assert_snapshot!(people(&compared(&a, &b, true), Style::new(false)), @r"
        - gone  x
        + new  x
        ~ db/url
            - Value  hunter2
            + Value  hunter22
        ~ typed
            ~ Type  String -> SecureString
        1 equal, 2 different, 1 only in the first, 1 only in the second
        ");
        assert!(compared(&a, &a, false).is_equal());
    }
}
