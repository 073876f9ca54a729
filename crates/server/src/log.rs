//! The operator's log: sentences with fields, on standard error.
//!
//! Requests are not logged here; that is the audit log's work. Nothing secret comes here by the
//! rule of the house that secrets have types without a text; the panic hook closes the gap that
//! is left.

use std::env;
use std::io::{self, IsTerminal};
use std::panic;

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people; coloured if standard error is a terminal and `NO_COLOR` is not set.
    #[default]
    Text,
    /// One JSON object per line, for machines.
    Json,
}

/// Starts logging for the whole process.
///
/// `filter` is a list like `info` or `warn,kagiban_server=debug`.
///
/// # Errors
///
/// The filter cannot be read.
pub fn start(format: Format, filter: &str) -> Result<(), InvalidFilter> {
    let understood = EnvFilter::try_new(filter).map_err(|_| InvalidFilter(filter.to_owned()))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(understood)
        .with_writer(io::stderr);
    // A second start, as in tests, keeps the first one's settings.
    let _ = match format {
        Format::Text => log.with_ansi(wants_colours()).with_target(false).try_init(),
        Format::Json => log.json().flatten_event(true).try_init(),
    };
    log_panics();
    Ok(())
}

/// The text says not what to log.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("--log-filter cannot be `{0}`; it is a list such as `info` or `warn,kagiban_server=debug`")]
pub struct InvalidFilter(String);

fn wants_colours() -> bool {
    io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A panic's message may quote what was being worked on (slicing a string wrongly quotes the
/// string), so only its place is logged.
fn log_panics() {
    panic::set_hook(Box::new(|panic| match panic.location() {
        Some(place) => tracing::error!(%place, "a thread panicked; this is a bug worth reporting"),
        None => tracing::error!("a thread panicked; this is a bug worth reporting"),
    }));
}
