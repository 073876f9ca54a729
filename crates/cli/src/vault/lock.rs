//! One process at a time where a person is asked: the others wait, and find what it has got.
//!
//! The lock is the file's, so that it ends with its holder, however that ends. While the holder asks a person,
//! a file beside it says so: who wants nothing of that person need not wait for them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::output;
use crate::place;
use crate::platform::terminal;

/// Held until it is dropped.
pub(crate) struct Lock {
    note: PathBuf,
    _file: File,
}

/// How to wait for a process that asks a person.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Patience {
    /// As long as it takes.
    Silent,
    /// As long as it takes, with a word to the person at this terminal about what is waited for.
    Telling,
    /// Not at all, since nobody is here to ask when it comes to nothing.
    Refusing,
    /// Not at all, nor long for anything else, since this process can go on by itself.
    Hurried,
}

/// The lock is another process's, which asks a person or takes long.
#[derive(Debug)]
pub(crate) struct Asking {
    process: Option<String>,
}

/// Where the locks of this process say that it asks.
static HELD: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(25);
/// When a person begins to wonder.
const MOMENT: Duration = Duration::from_secs(1);
/// How long another process may take whose work this one does not need.
const HURRY: Duration = Duration::from_secs(5);

/// Waits for the lock of this name. Where no lock can be kept (a disk that cannot be written), there is
/// none, since asking twice is better than not at all.
pub(crate) fn hold(name: &str) -> Option<Lock> {
    let directory = directory()?;
    let file = place::locked(&directory.join(format!("{name}.lock"))).ok()?;
    Some(Lock::of(file, note(&directory, name)))
}

/// The same, but waits for a process that asks a person only as this one has patience for.
///
/// # Errors
///
/// If it has none.
pub(crate) fn hold_with(name: &str, patience: Patience) -> Result<Option<Lock>, Asking> {
    if patience == Patience::Silent {
        return Ok(hold(name));
    }
    let Some(directory) = directory() else {
        return Ok(None);
    };
    let note = note(&directory, name);
    let Ok(file) = place::lockable(&directory.join(format!("{name}.lock"))) else {
        return Ok(None);
    };
    let since = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(Lock::of(file, note))),
            Err(fs::TryLockError::Error(_)) => return Ok(None),
            Err(fs::TryLockError::WouldBlock) => {}
        }
        let asking = Asking::of(&note);
        match (patience, asking) {
            (Patience::Refusing | Patience::Hurried, Some((asking, _))) => return Err(asking),
            (Patience::Hurried, None) if since.elapsed() > HURRY => return Err(Asking { process: None }),
            (Patience::Telling, Some((asking, is_here))) if since.elapsed() > MOMENT => {
                if !is_here {
                    output::remark(&format!("{}; this one waits for it", asking.said()));
                }
                return Ok(hold(name));
            }
            _ => sleep(PAUSE),
        }
    }
}

/// Says to all who wait for this process that it asks a person, until it is dropped.
pub(crate) struct Question(Vec<PathBuf>);

impl Question {
    /// Says it.
    pub(crate) fn open() -> Question {
        let notes = HELD.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = format!("{} {}", process::id(), terminal::name());
        for note in &notes {
            // Where it cannot be said, the others wait.
            let _ = fs::write(note, &text);
        }
        Question(notes)
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        for note in &self.0 {
            let _ = fs::remove_file(note);
        }
    }
}

impl Lock {
    fn of(file: File, note: PathBuf) -> Lock {
        // Of a process that was killed while it asked.
        let _ = fs::remove_file(&note);
        HELD.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(note.clone());
        Lock { note, _file: file }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|note| *note != self.note);
    }
}

impl Asking {
    /// Who asks, by its note, and whether on this process's own terminal.
    fn of(note: &Path) -> Option<(Asking, bool)> {
        let text = fs::read_to_string(note).ok()?;
        let (process, place) = text.split_once(' ').unwrap_or_default();
        let is_here = place == terminal::name();
        let process = Some(process.to_owned()).filter(|process| process.parse::<u32>().is_ok());
        Some((Asking { process }, is_here))
    }

    /// A word about it.
    pub(crate) fn said(&self) -> String {
        let process = self
            .process
            .as_ref()
            .map(|process| format!(" (process {process})"));
        format!("another `kagiban`{} is asking", process.unwrap_or_default())
    }
}

fn directory() -> Option<PathBuf> {
    let directory = place::runtime();
    place::make_private(&directory).ok()?;
    let metadata = fs::symlink_metadata(&directory).ok()?;
    place::is_ours(&directory, &metadata).ok()?;
    Some(directory)
}

fn note(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{name}.asks"))
}
