use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use kagiban_aws::SecretString;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::{Zeroize, Zeroizing};

/// More than this is no passphrase but a wrong file.
const MAX_BYTES: u64 = 4096;

/// Fetches the seal's passphrase: from the file that `KAGIBAN_PASSPHRASE_FILE` names, else from
/// systemd's credential `kagiban-passphrase`, else by asking on the terminal.
///
/// # Errors
///
/// The file cannot be read or is empty, or there is no terminal to ask on.
pub fn fetch() -> Result<SecretString, PassphraseError> {
    let named = env::var_os("KAGIBAN_PASSPHRASE_FILE").map(PathBuf::from);
    let credential = || {
        let file = PathBuf::from(env::var_os("CREDENTIALS_DIRECTORY")?).join("kagiban-passphrase");
        file.is_file().then_some(file)
    };
    match named.or_else(credential) {
        Some(path) => from_file(&path),
        None => ask().map_err(PassphraseError::NoTerminal),
    }
}

/// A file's whole text but for the line break at its end.
fn from_file(path: &Path) -> Result<SecretString, PassphraseError> {
    let unreadable = |source| PassphraseError::File {
        path: path.to_owned(),
        source,
    };
    let mut text = Zeroizing::new(String::with_capacity(4096)); // no reallocation leaves a copy behind
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text))
        .map_err(unreadable)?;
    chomp(&mut text);
    match text.is_empty() {
        true => Err(PassphraseError::Empty {
            path: path.to_owned(),
        }),
        false => Ok(SecretString::from(std::mem::take(&mut *text))),
    }
}

fn chomp(text: &mut String) {
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
}

/// Asks on the terminal itself, whatever the standard streams are, and shows nothing typed.
fn ask() -> io::Result<SecretString> {
    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    terminal.write_all(b"Passphrase of the seal: ")?;
    let mut text = String::with_capacity(4096);
    let silence = Silence::on(&terminal)?;
    let read = BufReader::new(&terminal).take(MAX_BYTES).read_line(&mut text);
    drop(silence);
    terminal.write_all(b"\n")?;
    if let Err(error) = read {
        text.zeroize();
        return Err(error);
    }
    chomp(&mut text);
    Ok(SecretString::from(text))
}

/// A terminal that does not echo, until dropped.
struct Silence<'a> {
    terminal: &'a File,
    before: Termios,
}

impl Silence<'_> {
    fn on(terminal: &File) -> io::Result<Silence<'_>> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Silence { terminal, before })
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        // Nothing better to do if it fails than what a person does then: `stty echo`.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// Why there is no passphrase.
#[derive(Debug, thiserror::Error)]
pub enum PassphraseError {
    /// The file cannot be read.
    #[error("cannot read the passphrase from `{}`", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file has nothing in it.
    #[error("the passphrase file `{}` is empty", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// There is nobody to ask.
    #[error(
        "the seal needs its passphrase and there is no terminal to ask on; name a file in KAGIBAN_PASSPHRASE_FILE"
    )]
    NoTerminal(#[source] io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_its_text_without_the_last_line_break() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), " correct horse \n").unwrap();
        assert_eq!(from_file(file.path()).unwrap().expose(), " correct horse ");
        std::fs::write(file.path(), "\n").unwrap();
        assert!(matches!(
            from_file(file.path()),
            Err(PassphraseError::Empty { .. })
        ));
    }
}
