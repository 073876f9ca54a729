//! What `copy` and `move` share: deciding all of it first, then doing it piece by piece.
//!
//! A target that is the same already is left alone, so that a run that was interrupted goes on where
//! it ended. A target that is something else is a conflict, and with a conflict nothing is begun.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::commands::completion::parameter_names;
use crate::commands::obtain::profile_names;
use crate::endpoint::{Elsewhere, Target};
use crate::failure::Failure;
use crate::output::Format;
use crate::parameters::{self, Parameters, Whole};
use crate::style::Style;

/// The arguments of both.
#[derive(clap::Args)]
pub(super) struct Route {
    /// A parameter; with --recursive, a path
    #[arg(value_name = "FROM", add = parameter_names())]
    from: String,
    /// Its new name; with --recursive, a path
    #[arg(value_name = "TO", add = parameter_names())]
    to: String,
    /// Everything below the path, at any depth
    #[arg(long, short)]
    pub(super) recursive: bool,
    /// The profile to write with; its settings come before those of the environment
    #[arg(long, value_name = "NAME", add = profile_names())]
    to_profile: Option<String>,
    /// The Region to write to
    #[arg(long, value_name = "REGION")]
    to_region: Option<String>,
    /// The server to write to
    #[arg(long, value_name = "URL")]
    to_endpoint_url: Option<String>,
    /// Encrypt with this key instead of the one that the original has
    #[arg(long, value_name = "KEY")]
    pub(super) key_id: Option<String>,
    /// Add a version to what is there and is something else
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    pub(super) format: Format,
}

/// Both ends, and what is to be done between them.
pub(super) struct Transfer {
    pub(super) from: Parameters,
    pub(super) to: Parameters,
    pub(super) jobs: Vec<Job>,
}

/// One parameter on its way.
pub(super) struct Job {
    pub(super) source: Whole,
    pub(super) to: String,
    there: Option<Whole>,
}

/// What has to be done with a target.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Step {
    Create,
    Overwrite,
    Same,
}

/// What is told in the end, or beforehand.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Outcome {
    dry_run: bool,
    parameters: Vec<Told>,
}

/// A line of it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    from: String,
    to: String,
    step: Step,
}

impl Route {
    /// Reads both ends.
    ///
    /// # Errors
    ///
    /// If there is nothing to take, or a target is in the way.
    pub(super) fn look(&self, target: &Target) -> Result<Transfer, Failure> {
        self.check_names()?;
        let other = Elsewhere {
            endpoint_url: self.to_endpoint_url.as_deref(),
            profile: self.to_profile.as_deref(),
            region: self.to_region.as_deref(),
        };
        let (from, to) = (
            Parameters::as_written(target)?,
            Parameters::as_written(&target.elsewhere(&other))?,
        );
        let jobs = match self.recursive {
            true => self.tree(&from, &to)?,
            false => self.single(&from, &to)?,
        };
        match from.endpoint().is_same_place(to.endpoint()) {
            true => self.check_overlap(&jobs)?,
            false => self.check_keys(&jobs)?,
        }
        let key = self.key_id.as_deref();
        check(&jobs, self.overwrite, key)?;
        let written = jobs.iter().filter(|job| job.step(key) != Step::Same);
        to.check_braces(written.map(|job| (job.to.as_str(), &job.source.value)))?;
        Ok(Transfer { from, to, jobs })
    }

    /// Another account's parameter is read, and written, by that account's own profile.
    fn check_names(&self) -> Result<(), Failure> {
        match [&self.from, &self.to]
            .into_iter()
            .find(|name| name.starts_with("arn:"))
        {
            None => Ok(()),
            Some(arn) => Err(Failure::Usage(format!(
                "`{arn}` is an ARN, and names are taken here; where they are is said by --profile and --region, \
                 --to-profile and --to-region"
            ))),
        }
    }

    fn single(&self, from: &Parameters, to: &Parameters) -> Result<Vec<Job>, Failure> {
        if let Some(name) = [&self.from, &self.to].into_iter().find(|name| name.contains(':')) {
            let text = format!("`{name}` is more than a name; it is the newest version that is taken");
            return Err(Failure::Usage(text));
        }
        let source = from.whole(&self.from)?;
        let source =
            source.ok_or_else(|| Failure::Missing(format!("there is no parameter {}", self.from)))?;
        Ok(vec![Job {
            source,
            there: to.whole(&self.to)?,
            to: self.to.clone(),
        }])
    }

    fn tree(&self, from: &Parameters, to: &Parameters) -> Result<Vec<Job>, Failure> {
        let (source, goal) = (parameters::path(&self.from)?, parameters::path(&self.to)?);
        let all = from.whole_below(source)?;
        if all.is_empty() {
            return Err(Failure::Missing(format!("there is no parameter below {source}")));
        }
        let there = to.whole_below(goal)?.into_iter();
        let mut there: BTreeMap<String, Whole> = there
            .filter_map(|whole| {
                Some((
                    parameters::relative(&whole.metadata.name, goal)?.to_owned(),
                    whole,
                ))
            })
            .collect();
        let jobs = all.into_iter().filter_map(|whole| {
            let relative = parameters::relative(&whole.metadata.name, source)?.to_owned();
            Some(Job {
                source: whole,
                there: there.remove(&relative),
                to: parameters::below(goal, &relative),
            })
        });
        Ok(jobs.collect())
    }

    /// A copy below the path that is copied from would be taken along by the next run, and so on without end.
    fn check_overlap(&self, jobs: &[Job]) -> Result<(), Failure> {
        let inside = |job: &&Job| parameters::relative(&job.to, self.from.trim_end_matches('/')).is_some();
        match jobs.iter().find(inside) {
            Some(job) if self.recursive => Err(Failure::Usage(format!(
                "{} would be below {}, which is taken from; another run would take it along",
                job.to, self.from
            ))),
            _ => Ok(()),
        }
    }

    /// A key's id or ARN means nothing in another place; an alias may.
    fn check_keys(&self, jobs: &[Job]) -> Result<(), Failure> {
        let foreign = jobs
            .iter()
            .find_map(|job| job.source.key(None).filter(|key| !key.starts_with("alias/")));
        match foreign {
            Some(key) if self.key_id.is_none() => Err(Failure::Usage(format!(
                "the key {key} belongs to where the parameters come from; name one of the other place with --key-id"
            ))),
            _ => Ok(()),
        }
    }
}

/// Refuses what would lose something.
fn check(jobs: &[Job], overwrite: bool, key: Option<&str>) -> Result<(), Failure> {
    let sources: BTreeSet<&str> = jobs
        .iter()
        .filter_map(|job| job.source.metadata.arn.as_deref())
        .collect();
    for job in jobs {
        let there = job.there.as_ref().and_then(|there| there.metadata.arn.as_deref());
        if there.is_some_and(|there| sources.contains(there)) {
            return Err(Failure::Usage(format!(
                "{} is one of the parameters that would be taken from",
                job.to
            )));
        }
    }
    let blocked = |job: &&Job| job.step(key) == Step::Overwrite;
    let in_the_way: Vec<&str> = jobs.iter().filter(blocked).map(|job| job.to.as_str()).collect();
    match in_the_way.as_slice() {
        [] => Ok(()),
        _ if overwrite => Ok(()),
        names => Err(Failure::Conflict(format!(
            "already there, and something else: {}",
            names.join(", ")
        ))),
    }
}

impl Job {
    fn step(&self, key: Option<&str>) -> Step {
        match &self.there {
            None => Step::Create,
            Some(there) if self.source.is_same_as(there, key) => Step::Same,
            Some(_) => Step::Overwrite,
        }
    }

    fn told(&self, key: Option<&str>) -> Told {
        Told {
            from: self.source.metadata.name.clone(),
            to: self.to.clone(),
            step: self.step(key),
        }
    }
}

impl Transfer {
    /// Copies everything that is not there yet.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses; another run goes on from there.
    pub(super) fn copy(&self, key: Option<&str>) -> Result<(), Failure> {
        for job in self.jobs.iter().filter(|job| job.step(key) != Step::Same) {
            self.to.put_whole(&job.source, &job.to, job.there.as_ref(), key)?;
        }
        Ok(())
    }

    /// What is, or would be, done.
    pub(super) fn outcome(&self, key: Option<&str>, dry_run: bool) -> Outcome {
        Outcome {
            dry_run,
            parameters: self.jobs.iter().map(|job| job.told(key)).collect(),
        }
    }
}

/// The lines for people.
pub(super) fn people(outcome: &Outcome, style: Style) -> String {
    let lines: Vec<String> = outcome
        .parameters
        .iter()
        .map(|told| {
            let sign = match told.step {
                Step::Create => style.paint("32", "+"),
                Step::Overwrite => style.paint("33", "~"),
                Step::Same => "=".to_owned(),
            };
            format!("{sign} {} -> {}", told.from, told.to)
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Tag;

    fn whole(name: &str, value: &str) -> Whole {
        let text = format!(
            r#"{{"Name":"{name}","Type":"SecureString","Version":1,"KeyId":"alias/a","ARN":"arn:{name}"}}"#
        );
        Whole {
            metadata: serde_json::from_str(&text).unwrap(),
            value: value.to_owned().into(),
            tags: Vec::new(),
        }
    }

    fn job(from: &str, to: &str, there: Option<Whole>) -> Job {
        Job {
            source: whole(from, "x"),
            to: to.to_owned(),
            there,
        }
    }

    #[test]
    fn what_is_the_same_already_is_passed_over_and_what_is_not_is_in_the_way() {
        let jobs = [
            job("/a/new", "/b/new", None),
            job("/a/same", "/b/same", Some(whole("/b/same", "x"))),
            job("/a/other", "/b/other", Some(whole("/b/other", "y"))),
        ];
        let outcome = Outcome {
            dry_run: true,
            parameters: jobs.iter().map(|job| job.told(None)).collect(),
        };
        insta::assert_snapshot!(people(&outcome, Style::new(false)), @r"
        + /a/new -> /b/new
        = /a/same -> /b/same
        ~ /a/other -> /b/other
        ");
        let refused = check(&jobs, false, None).unwrap_err().to_string();
        assert_eq!(refused, "already there, and something else: /b/other");
        assert!(check(&jobs, true, None).is_ok());
    }

    #[test]
    fn tags_and_the_chosen_key_count_for_being_the_same() {
        let mut tagged = whole("/b", "x");
        tagged.tags.push(Tag {
            key: "team".into(),
            value: "a".into(),
        });
        assert_eq!(job("/a", "/b", Some(tagged)).step(None), Step::Overwrite);
        let there = || Some(whole("/b", "x"));
        assert_eq!(job("/a", "/b", there()).step(Some("alias/a")), Step::Same);
        assert_eq!(job("/a", "/b", there()).step(Some("alias/b")), Step::Overwrite);
    }

    #[test]
    fn a_target_that_is_a_source_is_refused_whatever_is_said() {
        let jobs = [
            job("/a/x", "/a/b/x", Some(whole("/a/b/x", "z"))),
            job("/a/b/x", "/a/b/b/x", None),
        ];
        assert!(matches!(check(&jobs, true, None), Err(Failure::Usage(_))));
        let itself = [job("/a", "/a", Some(whole("/a", "x")))];
        assert!(matches!(check(&itself, true, None), Err(Failure::Usage(_))));
    }
}
