//! `kagiban param`: Parameter Store from the workstation.
//!
//! Whatever AWS has an operation for is done with it, so that these commands work against AWS as well;
//! what only Kagiban has says so when another endpoint does not know it.

mod compare;
mod copy;
mod delete;
mod deleted;
mod diff;
mod difference;
mod export;
mod forgotten;
mod get;
mod history;
mod import;
mod import_plan;
mod label;
mod list;
mod r#move;
mod purge;
mod rollback;
mod search;
mod set;
mod transfer;
mod undelete;
mod watch;

use std::process::ExitCode;

use crate::endpoint::Target;
use crate::failure::Failure;

/// Read, write, compare and move parameters
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Get(get::Arguments),
    Set(set::Arguments),
    List(list::Arguments),
    History(history::Arguments),
    Delete(delete::Arguments),
    Label(label::Arguments),
    Diff(diff::Arguments),
    Compare(compare::Arguments),
    Copy(copy::Arguments),
    Move(r#move::Arguments),
    Search(search::Arguments),
    Export(export::Arguments),
    Import(import::Arguments),
    Rollback(rollback::Arguments),
    Deleted(deleted::Arguments),
    Undelete(undelete::Arguments),
    Purge(purge::Arguments),
    Watch(watch::Arguments),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from its work.
    pub(crate) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        match self {
            Command::Get(arguments) => arguments.run(target),
            Command::Set(arguments) => arguments.run(target),
            Command::List(arguments) => arguments.run(target),
            Command::History(arguments) => arguments.run(target),
            Command::Delete(arguments) => arguments.run(target),
            Command::Label(arguments) => arguments.run(target),
            Command::Diff(arguments) => arguments.run(target),
            Command::Compare(arguments) => arguments.run(target),
            Command::Copy(arguments) => arguments.run(target),
            Command::Move(arguments) => arguments.run(target),
            Command::Search(arguments) => arguments.run(target),
            Command::Export(arguments) => arguments.run(target),
            Command::Import(arguments) => arguments.run(target),
            Command::Rollback(arguments) => arguments.run(target),
            Command::Deleted(arguments) => arguments.run(target),
            Command::Undelete(arguments) => arguments.run(target),
            Command::Purge(arguments) => arguments.run(target),
            Command::Watch(arguments) => arguments.run(target),
        }
    }
}
