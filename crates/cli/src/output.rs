//! Standard output: for a person on a terminal, for a program in a pipe.

use std::io::{self, IsTerminal as _, Write as _};

use kagiban_client::safe_json;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// How a command prints what it found.
#[derive(clap::Args)]
pub(crate) struct Format {
    /// Print JSON, as is always done when standard output is not a terminal
    #[arg(long, global = true)]
    json: bool,
}

impl Format {
    /// Whether a program reads along.
    pub(crate) fn is_json(&self) -> bool {
        self.json || !is_for_people()
    }

    /// Prints `value` for a program, or what `people` makes of it.
    ///
    /// # Errors
    ///
    /// If nobody takes it.
    pub(crate) fn print<T: Serialize>(
        &self,
        value: &T,
        people: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        match self.is_json() {
            true => print_json(value),
            false => print(&Zeroizing::new(people(value))),
        }
    }
}

/// Whether a person reads along.
pub(crate) fn is_for_people() -> bool {
    io::stdout().is_terminal()
}

/// Whether colours are wanted.
pub(crate) fn is_coloured() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    is_for_people() && !unwanted && !dumb
}

/// Writes everything and a line break.
///
/// # Errors
///
/// If nobody takes it.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    write(&[text, "\n"])
}

/// Writes just this.
///
/// # Errors
///
/// If nobody takes it.
pub(crate) fn print_bare(text: &str) -> Result<(), Failure> {
    write(&[text])
}

/// Writes a value as JSON, over several lines; what would steer a terminal is escaped.
///
/// # Errors
///
/// If nobody takes it.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
    print(&Zeroizing::new(safe_json(&Zeroizing::new(text))))
}

/// Writes a value as JSON on one line of its own.
///
/// # Errors
///
/// If nobody takes it.
pub(crate) fn print_json_line(value: &impl Serialize) -> Result<(), Failure> {
    let text = Zeroizing::new(serde_json::to_string(value).map_err(io::Error::from)?);
    print(&Zeroizing::new(safe_json(&text)))
}

/// Says something on standard error, which is no part of the answer.
pub(crate) fn remark(text: &str) {
    eprintln!("kagiban: {text}");
}

fn write(parts: &[&str]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    for part in parts {
        out.write_all(part.as_bytes())?;
    }
    Ok(out.flush()?)
}
