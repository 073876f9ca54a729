use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use kagiban_aws::SecretString;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::{Zeroize, Zeroizing};

/// More than this is no passphrase but a wrong file.
const MAX_BYTES: usize = 4096;

/// Argon2id makes each guess dear; fewer characters than these are found all the same.
const MIN_CHARACTERS: usize = 12;

/// Fetches the seal's passphrase: from the file that `KAGIBAN_PASSPHRASE_FILE` names, else from
/// systemd's credential `kagiban-passphrase`, else by asking on the terminal.
///
/// # Errors
///
/// The file cannot be read, is empty or may be read by others, or there is no terminal to ask on.
pub fn fetch() -> Result<SecretString, PassphraseError> {
    match Handed::over() {
        Some(handed) => handed.read(),
        None => ask("Passphrase of the seal: "),
    }
}

/// Fetches the passphrase that a new store will be sealed with, asking twice if it asks: nobody
/// could open a store that was sealed with a typing error.
///
/// # Errors
///
/// As for [`fetch`]; and the passphrase is too short, or the two that were typed differ.
pub fn choose() -> Result<SecretString, PassphraseError> {
    let chosen = match Handed::over() {
        Some(handed) => long_enough(handed.read()?)?,
        None => {
            let chosen = long_enough(ask("New passphrase for the seal: ")?)?;
            same(&chosen, &ask("The same once more: ")?)?;
            chosen
        }
    };
    Ok(chosen)
}

fn long_enough(passphrase: SecretString) -> Result<SecretString, PassphraseError> {
    match passphrase.expose().chars().count() {
        characters if characters < MIN_CHARACTERS => Err(PassphraseError::Short { characters }),
        _ => Ok(passphrase),
    }
}

fn same(one: &SecretString, other: &SecretString) -> Result<(), PassphraseError> {
    // One person typed both, so there is nobody to measure how long this takes.
    match one.expose() == other.expose() {
        true => Ok(()),
        false => Err(PassphraseError::Different),
    }
}

/// The file that the passphrase is handed over in.
enum Handed {
    /// One that the operator keeps.
    File(PathBuf),
    /// One that systemd made for this service, with modes of its own in a directory of its own.
    Credential(PathBuf),
}

impl Handed {
    fn over() -> Option<Handed> {
        let credentials = env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        if let Some(named) = env::var_os("KAGIBAN_PASSPHRASE_FILE").map(PathBuf::from) {
            let by_systemd = credentials.is_some_and(|directory| named.starts_with(directory));
            return Some(if by_systemd {
                Handed::Credential(named)
            } else {
                Handed::File(named)
            });
        }
        let file = credentials?.join("kagiban-passphrase");
        file.is_file().then_some(Handed::Credential(file))
    }

    fn read(&self) -> Result<SecretString, PassphraseError> {
        match self {
            Handed::Credential(path) => from_file(path, Others::MayRead),
            Handed::File(path) => from_file(path, Others::MustNotRead),
        }
    }
}

/// What a passphrase file's group and everybody else may do.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Others {
    MayRead,
    MustNotRead,
}

/// A file's whole text but for the line break at its end.
fn from_file(path: &Path, others: Others) -> Result<SecretString, PassphraseError> {
    let unreadable = |source| PassphraseError::File {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o7777;
    if others == Others::MustNotRead && mode & 0o077 != 0 {
        return Err(PassphraseError::Mode {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = Zeroizing::new(String::with_capacity(MAX_BYTES)); // no reallocation leaves a copy behind
    file.take(u64::try_from(MAX_BYTES).expect("a few thousand"))
        .read_to_string(&mut text)
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
fn ask(question: &str) -> Result<SecretString, PassphraseError> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
    terminal
        .and_then(|terminal| ask_on(&terminal, question))
        .map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => PassphraseError::Interrupted,
            _ => PassphraseError::NoTerminal(error),
        })
}

/// Asks, and shows nothing typed.
fn ask_on(mut terminal: &File, question: &str) -> io::Result<SecretString> {
    let silence = Silence::on(terminal)?;
    terminal.write_all(question.as_bytes())?;
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
    /// Others may read the file.
    #[error(
        "the passphrase file `{}` has mode {mode:04o}, so others may read it; run `chmod 600 {}`",
        .path.display(), .path.display()
    )]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A new passphrase is too easily guessed.
    #[error("the passphrase has {characters} characters; a new one needs at least {MIN_CHARACTERS}")]
    Short {
        /// Characters in it.
        characters: usize,
    },
    /// A new passphrase was typed in two ways.
    #[error("the two passphrases differ; nothing was made, so start again")]
    Different,
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
        let asked = ask_on(&terminal, "Passphrase of the seal: ").map(|text| text.expose().to_owned());
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
        let file = tempfile::NamedTempFile::new().unwrap(); // of mode 0600
        let read = || from_file(file.path(), Others::MustNotRead);
        std::fs::write(file.path(), " correct horse \n").unwrap();
        assert_eq!(read().unwrap().expose(), " correct horse ");
        std::fs::write(file.path(), "\n").unwrap();
        assert!(matches!(read(), Err(PassphraseError::Empty { .. })));
    }

    #[test]
    fn a_file_that_others_may_read_is_refused_unless_systemd_made_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "correct horse").unwrap();
        for mode in [0o640, 0o604] {
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            let refused = Handed::File(file.path().to_owned()).read().unwrap_err();
            assert!(refused.to_string().contains("chmod 600"), "{refused}");
            assert!(Handed::Credential(file.path().to_owned()).read().is_ok());
        }
    }

    #[test]
    fn a_new_passphrase_is_long_enough_and_typed_twice_alike() {
        let secret = |text: &str| SecretString::from(text.to_owned());
        assert!(matches!(
            long_enough(secret("ééééé éééé!")),
            Err(PassphraseError::Short { characters: 11 })
        ));
        assert!(long_enough(secret("correct hors")).is_ok());
        assert!(same(&secret("correct horse"), &secret("correct horse")).is_ok());
        assert!(matches!(
            same(&secret("correct horse"), &secret("correct hrose")),
            Err(PassphraseError::Different)
        ));
    }
}
