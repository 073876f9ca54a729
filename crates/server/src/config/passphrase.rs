use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use kagiban_aws::SecretString;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::{Zeroize, Zeroizing};

/// More than this is no passphrase but a wrong file.
const MAX_BYTES: usize = 4096;

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
        None => ask().map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => PassphraseError::Interrupted,
            _ => PassphraseError::NoTerminal(error),
        }),
    }
}

/// A file's whole text but for the line break at its end.
fn from_file(path: &Path) -> Result<SecretString, PassphraseError> {
    let unreadable = |source| PassphraseError::File {
        path: path.to_owned(),
        source,
    };
    let mut text = Zeroizing::new(String::with_capacity(MAX_BYTES)); // no reallocation leaves a copy behind
    File::open(path)
        .and_then(|file| {
            file.take(u64::try_from(MAX_BYTES).expect("a few thousand"))
                .read_to_string(&mut text)
        })
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

/// Asks on the terminal itself, whatever the standard streams are.
fn ask() -> io::Result<SecretString> {
    ask_on(&OpenOptions::new().read(true).write(true).open("/dev/tty")?)
}

/// Asks, and shows nothing typed.
fn ask_on(mut terminal: &File) -> io::Result<SecretString> {
    let silence = Silence::on(terminal)?;
    terminal.write_all(b"Passphrase of the seal: ")?;
    let typed = read_typed(terminal);
    drop(silence);
    terminal.write_all(b"\n")?;
    let text = String::from_utf8(std::mem::take(&mut *typed?)).map_err(|not_text| {
        not_text.into_bytes().zeroize();
        io::Error::from(io::ErrorKind::InvalidData)
    })?;
    Ok(SecretString::from(text))
}

/// Reads up to the line's end and does what a terminal would do on the way there.
///
/// # Errors
///
/// `Interrupted` for Ctrl-C, which therefore ends the program in order and with the echo back on.
fn read_typed(mut terminal: &File) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut typed = Zeroizing::new(Vec::with_capacity(MAX_BYTES));
    let mut byte = Zeroizing::new([0]);
    while terminal.read(&mut *byte)? > 0 {
        match byte[0] {
            b'\r' | b'\n' | END_OF_INPUT => break,
            INTERRUPT | QUIT => return Err(io::Error::new(io::ErrorKind::Interrupted, "interrupted")),
            BACKSPACE | DELETE => erase_character(&mut typed),
            ERASE_LINE => typed.clear(),
            typing if typed.len() < MAX_BYTES => typed.push(typing),
            _ => {} // no passphrase is that long
        }
    }
    Ok(typed)
}

const INTERRUPT: u8 = 0x03; // Ctrl-C
const END_OF_INPUT: u8 = 0x04; // Ctrl-D
const BACKSPACE: u8 = 0x08;
const ERASE_LINE: u8 = 0x15; // Ctrl-U
const QUIT: u8 = 0x1c; // Ctrl-\
const DELETE: u8 = 0x7f;

fn erase_character(typed: &mut Vec<u8>) {
    let is_inner = |byte: u8| byte & 0b1100_0000 == 0b1000_0000;
    while typed.pop().is_some_and(is_inner) {}
}

/// A terminal that neither echoes nor edits nor sends signals, until dropped.
struct Silence<'a> {
    terminal: &'a File,
    before: Termios,
}

impl Silence<'_> {
    fn on(terminal: &File) -> io::Result<Silence<'_>> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        let dropped = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        silent.local_modes.remove(dropped);
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
    /// Who was asked typed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// There is nobody to ask.
    #[error(
        "the seal needs its passphrase and there is no terminal to ask on; name a file in KAGIBAN_PASSPHRASE_FILE"
    )]
    NoTerminal(#[source] io::Error),
}

#[cfg(test)]
mod tests {
    use rustix::fs::OFlags;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    use super::*;

    /// Types on a terminal of its own; returns what was asked and whether it echoes afterwards.
    fn type_in(typed: &[u8]) -> (io::Result<String>, bool) {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let terminal = File::from(rustix::fs::open(name, flags, rustix::fs::Mode::empty()).unwrap());
        let mut keyboard = File::from(keyboard);
        let mut screen = keyboard.try_clone().unwrap();
        let typed = typed.to_vec();
        let typing = std::thread::spawn(move || {
            let mut shown = [0; 24];
            screen.read_exact(&mut shown).unwrap(); // changing the terminal's modes drops what came before
            assert_eq!(&shown, b"Passphrase of the seal: ");
            keyboard.write_all(&typed).unwrap();
            (keyboard, screen)
        });
        let asked = ask_on(&terminal).map(|text| text.expose().to_owned());
        let _open = typing.join().unwrap();
        let modes = tcgetattr(&terminal).unwrap().local_modes;
        (
            asked,
            modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG),
        )
    }

    #[test]
    fn what_is_typed_and_mended_is_the_passphrase() {
        let (asked, echoes) = type_in("wrong\x15corréé\x7f\x7fect horse\rrest".as_bytes());
        assert_eq!((asked.unwrap().as_str(), echoes), ("correct horse", true));
    }

    #[test]
    fn an_interrupt_at_the_prompt_leaves_a_terminal_that_echoes() {
        let (asked, echoes) = type_in(b"corr\x03");
        assert_eq!(asked.unwrap_err().kind(), io::ErrorKind::Interrupted);
        assert!(echoes);
    }

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
