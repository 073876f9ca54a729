//! `kagiban param move`: copy all, make sure, and only then delete.

use std::process::ExitCode;

use super::delete::Consent;
use super::transfer::{Job, Route, Transfer, people};
use crate::endpoint::Target;
use crate::failure::{EXIT_CODES, Failure};
use crate::prompt;
use crate::style::Style;

/// Move a parameter, or all below a path, also to another account, Region or server
///
/// Everything is copied first. Then both ends are read again, and an original is deleted only if its copy is
/// the same. A run that was interrupted goes on when it is started again. Older versions and labels stay
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
        if !self.consent.dry_run {
            let count = transfer.jobs.len();
            let question = format!("Move {count} parameter(s), and delete the originals?");
            prompt::confirm(&question, self.consent.yes)?;
            transfer.copy(key)?;
            transfer.delete_originals(key)?;
        }
        self.route
            .format
            .print(&transfer.outcome(key, self.consent.dry_run), |outcome| {
                people(outcome, Style::of_output())
            })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// So many are made sure of and deleted at a time: AWS takes no more in one call.
const BATCH: usize = 10;

impl Transfer {
    /// Deletes each original whose copy is the same by now.
    ///
    /// AWS has no deletion on a condition, so a version that is written between the last look and the
    /// deletion, some milliseconds, would be lost.
    fn delete_originals(&self, key: Option<&str>) -> Result<(), Failure> {
        for batch in self.jobs.chunks(BATCH) {
            for job in batch {
                self.make_sure(job, key)?;
            }
            let names: Vec<String> = batch.iter().map(|job| job.source.metadata.name.clone()).collect();
            self.from.delete_some(&names)?;
        }
        Ok(())
    }

    fn make_sure(&self, job: &Job, key: Option<&str>) -> Result<(), Failure> {
        let name = &job.source.metadata.name;
        let kept = |why: &str| Err(Failure::Changed(format!("{name} {why}; it is still there")));
        let Some(copy) = self.to.whole(&job.to)? else {
            return kept("has no copy any more");
        };
        let Some(source) = self.from.whole(name)? else {
            return Ok(());
        };
        match () {
            // Two servers may have an account of the same number; one parameter must not be taken for two.
            () if copy.metadata.arn == source.metadata.arn => kept("cannot be told from its copy"),
            () if source.metadata.version != job.source.metadata.version => kept("has changed meanwhile"),
            () if !source.is_same_as(&copy, key) => kept("is not the same as its copy"),
            () => Ok(()),
        }
    }
}
