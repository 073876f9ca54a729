//! Standard output: for a person on a terminal, for a program in a pipe.

use std::io::{self, IsTerminal as _, Write as _};

use crate::failure::Failure;

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
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}
