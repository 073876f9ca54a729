//! `kagiban param copy`: parameters elsewhere too.

use std::process::ExitCode;

use super::transfer::{Route, people};
use crate::endpoint::Target;
use crate::failure::{EXIT_CODES, Failure};
use crate::style::Style;

/// Copy a parameter, or all below a path, also to another account, Region or server
///
/// The newest version is copied, with type, tier, description, key, allowed pattern, data type, policies and
/// tags. What is the same already is left alone; what is something else is refused without --overwrite.
#[derive(clap::Args)]
#[command(visible_alias = "cp", after_long_help = long_help())]
pub(crate) struct Arguments {
    #[command(flatten)]
    route: Route,
    /// Only show what would be done
    #[arg(long)]
    dry_run: bool,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
Examples:
  kagiban param copy /prod/db/url /staging/db/url
  kagiban param copy --recursive /prod /prod --to-profile disaster-recovery --dry-run
  kagiban param copy --recursive /app /app --to-endpoint-url https://kagiban.example --key-id alias/app"
    )
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let transfer = self.route.look(target)?;
        let key = self.route.key_id.as_deref();
        if !self.dry_run {
            transfer.copy(key)?;
        }
        self.route
            .format
            .print(&transfer.outcome(key, self.dry_run), |outcome| {
                people(outcome, Style::of_output())
            })?;
        Ok(ExitCode::SUCCESS)
    }
}
