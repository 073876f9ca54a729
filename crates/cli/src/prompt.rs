//! Questions to the person at the terminal, and only to one.

use std::env;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::process::Command;

use kagiban_aws::SecretString;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::platform::{Typed, hidden, terminal};
use crate::vault::{Lock, Question, hold};

/// The longest line, in bytes, that is read with what is typed in sight.
const MAX_LINE: u64 = 4096;

/// Whether somebody can answer: questions go to standard error, answers come from standard input.
pub(crate) fn has_person() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks before something that is hard to undo; `yes` is consent given beforehand.
///
/// # Errors
///
/// `Declined`, if the answer is not yes; `Unconfirmed`, if there is nobody to ask.
pub(crate) fn confirm(question: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !has_person() {
        return Err(Failure::Unconfirmed(format!(
            "{question} Nobody is here to say yes."
        )));
    }
    eprint!("{question} [y/N] ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().take(100).read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::Declined),
    }
}

/// The terminal in one's own hands: of all processes there that want to ask, one does, and sees and leaves the
/// terminal as it was. Whoever waits looks again then, since the answer may be known.
pub(crate) struct Turn {
    _lock: Option<Lock>,
    _question: Option<Question>,
}

/// What tells a program that it runs in the turn of whoever has started it.
const OURS: &str = "KAGIBAN_TURN";

impl Turn {
    /// Waits for it.
    pub(crate) fn take() -> Turn {
        let question = Question::open();
        terminal::come_forward();
        Turn::wait(Some(question))
    }

    /// Waits for it on behalf of a program that may ask something itself, or have this program ask: that
    /// one waits for nobody then. It may also run in the background, where it asks nothing.
    pub(crate) fn take_for(program: &mut Command) -> Turn {
        program.env(OURS, terminal::name());
        Turn::wait(None)
    }

    fn wait(question: Option<Question>) -> Turn {
        let name = terminal::name();
        let is_ours = env::var_os(OURS).is_some_and(|ours| ours == *name);
        Turn {
            _lock: if is_ours { None } else { hold(&name) },
            _question: question,
        }
    }

    /// Asks, and shows what is typed.
    ///
    /// # Errors
    ///
    /// If there is no terminal, or no answer.
    pub(crate) fn line(&self, question: &str) -> Result<String, Failure> {
        let (typed, mut shown) = terminal::person().map_err(|_| nobody(question))?;
        shown.write_all(question.as_bytes())?;
        let mut answer = String::new();
        io::BufReader::new(typed).take(MAX_LINE).read_line(&mut answer)?;
        if answer.len() as u64 == MAX_LINE && !answer.ends_with('\n') {
            return Err(Failure::Usage("what was typed is too long".to_owned()));
        }
        if answer.is_empty() {
            shown.write_all(b"\n")?;
            return Err(unanswered(question));
        }
        Ok(answer.trim().to_owned())
    }

    /// Asks, and does not show what is typed.
    ///
    /// # Errors
    ///
    /// If there is no terminal, or no answer.
    #[expect(clippy::unused_self, reason = "who asks has the turn")]
    pub(crate) fn secret(&self, question: &str) -> Result<SecretString, Failure> {
        if !has_terminal() {
            return Err(nobody(question));
        }
        let text = match hidden::ask(question)? {
            Typed::Line(text) => text,
            Typed::Nothing => return Err(unanswered(question)),
            Typed::Interrupted => return Err(Failure::Declined),
            Typed::TooLong => return Err(Failure::Usage("what was typed is too long".to_owned())),
        };
        let text = std::str::from_utf8(&text);
        let text = text.map_err(|_| Failure::Usage("what was typed is not UTF-8 text".to_owned()))?;
        Ok(text.to_owned().into())
    }
}

/// Whether the terminal itself can be asked, whatever standard input and output are: a credential
/// helper's are pipes, and its person is there all the same.
pub(crate) fn has_terminal() -> bool {
    terminal::person().is_ok()
}

/// Asks on the terminal itself, and shows what is typed.
///
/// # Errors
///
/// If there is none.
pub(crate) fn line_on_terminal(question: &str) -> Result<String, Failure> {
    match has_terminal() {
        true => Turn::take().line(question),
        false => Err(nobody(question)),
    }
}

/// Asks on the terminal itself for what is not shown while it is typed.
///
/// # Errors
///
/// If there is none.
pub(crate) fn secret_on_terminal(question: &str) -> Result<SecretString, Failure> {
    match has_terminal() {
        true => Turn::take().secret(question),
        false => Err(nobody(question)),
    }
}

/// Says something on the terminal itself, wherever standard output and error go.
///
/// # Errors
///
/// If there is none.
pub(crate) fn tell_on_terminal(text: &str) -> Result<(), Failure> {
    let (_, mut shown) = terminal::person().map_err(|_| nobody(text))?;
    Ok(shown.write_all(format!("{text}\n").as_bytes())?)
}

/// The last line is the question; what there is to choose from stands above it.
fn unanswered(question: &str) -> Failure {
    let asked = question.rsplit('\n').next().unwrap_or_default();
    let asked = asked.trim_end_matches([':', ' ']);
    Failure::Human(format!("nothing was answered to: {asked}"))
}

fn nobody(question: &str) -> Failure {
    Failure::Human(format!(
        "there is no terminal to ask on: {}",
        question.trim_end_matches([':', ' '])
    ))
}

/// Everything on standard input, up to `limit` bytes.
///
/// # Errors
///
/// If it is longer or no text.
pub(crate) fn standard_input(limit: usize) -> Result<Zeroizing<String>, Failure> {
    read(io::stdin().lock(), "standard input", limit)
}

/// Everything in a file, up to `limit` bytes.
///
/// # Errors
///
/// If it cannot be read, is longer or no text.
pub(crate) fn file(path: &str, limit: usize) -> Result<Zeroizing<String>, Failure> {
    let file = std::fs::File::open(path)
        .map_err(|error| Failure::Usage(format!("{path} cannot be read: {error}")))?;
    read(file, path, limit)
}

fn read(from: impl io::Read, name: &str, limit: usize) -> Result<Zeroizing<String>, Failure> {
    let unusable = |why: &str| Failure::Usage(format!("{name} {why}"));
    // Room for all of it, so that no copy is left by growing.
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit + 1));
    let most = u64::try_from(limit + 1).unwrap_or(u64::MAX);
    from.take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| unusable(&format!("cannot be read: {error}")))?;
    if bytes.len() > limit {
        return Err(unusable(&format!("is longer than {limit} bytes")));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| unusable("is not UTF-8 text"))?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_or_no_text_is_refused_without_being_shown() {
        assert_eq!(read(&b"abc"[..], "x", 3).unwrap().as_str(), "abc");
        let refused = read(&b"abcd"[..], "x", 3).unwrap_err().to_string();
        assert_eq!(refused, "x is longer than 3 bytes");
        let refused = read(&b"\xffab"[..], "x", 3).unwrap_err().to_string();
        assert_eq!(refused, "x is not UTF-8 text");
    }
}
