//! Typing that is not shown, as the console does it.

use std::io;

use zeroize::Zeroizing;

use crate::platform::Typed;

/// Asks a question on the console and reads a line that is not shown.
///
/// # Errors
///
/// If there is none, or what was typed is no text.
pub(crate) fn ask(question: &str) -> io::Result<Typed> {
    match rpassword::prompt_password(question) {
        Ok(line) => Ok(Typed::Line(Zeroizing::new(line.into_bytes()))),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Typed::Nothing),
        Err(error) => Err(error),
    }
}
