//! `kagiban param move`: copy all, make sure, and only then delete.

use std::process::ExitCode;

use super::delete::Consent;
use super::transfer::{Job, Route, Transfer, people};
use crate::endpoint::Target;
use crate::failure::{EXIT_CODES, Failure};
use crate::parameters::Metadata;
use crate::prompt;
use crate::style::Style;

/// Move a parameter, or all below a path, also to another account, Region or server
///
/// Everything is copied first. Then both ends of each are read again, and an original is deleted only if its
/// copy is the same and it has not changed; what has is left, and the exit code is 4. A run that was interrupted goes on when it is started again. Older versions and labels stay
/// behind, and go with the original.
#[derive(clap::Args)]
#[command(visible_alias = "mv", after_long_help = long_help())]
pub(crate) struct Arguments {
    #[command(flatten)]
    route: Route,
    #[command(flatten)]
    consent: Consent,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
Examples:
  kagiban param move /prod/db/url /prod/database/url
  kagiban param move --recursive /app /shop --dry-run
  kagiban param move --recursive /app /shop --yes"
    )
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let transfer = self.route.look(target)?;
        let key = self.route.key_id.as_deref();
        let mut kept = Vec::new();
        if !self.consent.dry_run {
            let count = transfer.jobs.len();
            let originals = transfer.jobs.iter().map(|job| job.source.metadata.name.clone());
            let forgotten = self.consent.forgets(target, &originals.collect::<Vec<_>>());
            let question = format!("Move {count} parameter(s), and delete the originals?{forgotten}");
            prompt::confirm(&question, self.consent.yes)?;
            transfer.copy(key)?;
            kept = transfer.delete_originals(key)?;
        }
        self.route
            .format
            .print(&transfer.outcome(key, self.consent.dry_run), |outcome| {
                people(outcome, Style::of_output())
            })?;
        ended(&kept)
    }
}

/// What becomes of an original.
enum Fate {
    Delete,
    /// Somebody else has deleted it.
    Gone,
    /// It stays, and this is why.
    Stay(&'static str),
}

impl Transfer {
    /// Deletes each original whose copy is the same by now; returns which have to stay, and why.
    ///
    /// They are looked at and deleted one by one: AWS has no deletion on a condition, so a version that is
    /// written between the last look and the deletion, the time of one call, would be lost.
    fn delete_originals(&self, key: Option<&str>) -> Result<Vec<String>, Failure> {
        let mut kept = Vec::new();
        for job in &self.jobs {
            let name = &job.source.metadata.name;
            match self.fate(job, key)? {
                Fate::Delete => drop(self.from.delete_some(std::slice::from_ref(name))?),
                Fate::Gone => {}
                Fate::Stay(why) => kept.push(format!("{name} {why}")),
            }
        }
        Ok(kept)
    }

    fn fate(&self, job: &Job, key: Option<&str>) -> Result<Fate, Failure> {
        let Metadata { name, version, .. } = &job.source.metadata;
        let Some(copy) = self.to.whole(&job.to)? else {
            return Ok(Fate::Stay("has no copy any more"));
        };
        let Some(source) = self.from.whole(name)? else {
            return Ok(Fate::Gone);
        };
        Ok(match () {
            // Two servers may have an account of the same number; one parameter must not be taken for two.
            () if copy.metadata.arn == source.metadata.arn => Fate::Stay("cannot be told from its copy"),
            () if source.metadata.version != *version => Fate::Stay("has changed meanwhile"),
            () if !source.is_same_as(&copy, key) => Fate::Stay("is not the same as its copy"),
            () => match self.from.version(name)? {
                None => Fate::Gone,
                Some(last) if last != *version => Fate::Stay("has changed meanwhile"),
                Some(_) => Fate::Delete,
            },
        })
    }
}

/// Fails for those that stay: they were copied, and are not moved.
fn ended(kept: &[String]) -> Result<ExitCode, Failure> {
    match kept {
        [] => Ok(ExitCode::SUCCESS),
        kept => {
            let text = format!("still there beside what was copied: {}", kept.join(", "));
            let advice = "run it again with --overwrite, which copies what is there now";
            Err(Failure::Advised(Box::new(Failure::Changed(text)), advice.into()))
        }
    }
}
