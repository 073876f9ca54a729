//! Which store: the one that is named, else the first that works here, with the reason said.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use clap_complete::{ArgValueCandidates, CompletionCandidate};
use kagiban_aws::SecretString;

use super::Store;
use super::file::FileStore;
use crate::failure::Failure;
use crate::place;

/// The variables that open the file store, the first of them first.
const PASSPHRASES: [&str; 2] = ["KAGIBAN_FILE_PASSPHRASE", "AWS_VAULT_FILE_PASSPHRASE"];

/// Takes from a command what opens the store with all keys. Only a program that may be this one again, asked
/// for credentials or a code, has use for it.
pub(crate) fn withhold(command: &mut Command) {
    for name in PASSPHRASES {
        command.env_remove(name);
    }
}

/// A kind of store, by aws-vault's names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Backend {
    File,
    Keyctl,
    SecretService,
    Keychain,
    Wincred,
}

/// What flags and environment say about stores.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// A kind by name.
    pub(crate) backend: Option<String>,
    pub(crate) file_dir: Option<PathBuf>,
    /// The collection of the desktop's keyring, by name.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only Linux has collections")
    )]
    pub(crate) collection: Option<String>,
    /// Whether somebody may be asked for a passphrase.
    pub(crate) may_ask: bool,
    /// For how many seconds a passphrase that somebody has typed is remembered.
    pub(crate) remember: Option<u32>,
    /// Whether somebody can see a dialog, and may be shown one.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux shows one"))]
    pub(crate) may_prompt: bool,
}

/// A kind, and why it is that one.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) backend: Backend,
    pub(crate) reason: String,
}

impl Backend {
    pub(crate) const ALL: [Backend; 5] = [
        Backend::File,
        Backend::Keyctl,
        Backend::SecretService,
        Backend::Keychain,
        Backend::Wincred,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Backend::File => "file",
            Backend::Keyctl => "keyctl",
            Backend::SecretService => "secret-service",
            Backend::Keychain => "keychain",
            Backend::Wincred => "wincred",
        }
    }

    /// Completes their names.
    pub(crate) fn names() -> ArgValueCandidates {
        ArgValueCandidates::new(|| {
            Self::ALL
                .map(|backend| CompletionCandidate::new(backend.name()))
                .into()
        })
    }

    /// # Errors
    ///
    /// If there is no such store here; the message lists those that there are.
    pub(crate) fn named(name: &str) -> Result<Backend, Failure> {
        let found = Self::ALL.into_iter().find(|backend| backend.name() == name);
        found.ok_or_else(|| {
            let here = Self::names_here();
            Failure::Usage(format!("there is no store `{name}` here; there are: {here}"))
        })
    }

    /// Names of those that this system may have.
    pub(crate) fn names_here() -> String {
        let here = Self::ALL.into_iter().filter(|backend| backend.is_here());
        here.map(Backend::name).collect::<Vec<_>>().join(", ")
    }

    fn is_here(self) -> bool {
        match self {
            Backend::File => true,
            Backend::Keyctl | Backend::SecretService => cfg!(target_os = "linux"),
            Backend::Keychain => cfg!(target_os = "macos"),
            Backend::Wincred => cfg!(windows),
        }
    }
}

/// Chooses the store for keys: the one that is named, else the file if it has keys already, so that a
/// desktop that comes or goes hides no keys, else the desktop's keyring or Windows' own, else the file.
///
/// # Errors
///
/// If the one that is named is not there.
pub(crate) fn choose(settings: &Settings) -> Result<Choice, Failure> {
    if let Some(name) = &settings.backend {
        return Ok(Choice {
            backend: Backend::named(name)?,
            reason: "it is named by --backend or AWS_VAULT_BACKEND".to_owned(),
        });
    }
    let of_file = |reason: &str| Choice {
        backend: Backend::File,
        reason: reason.to_owned(),
    };
    match file(settings).map(|file| file.has_keys()) {
        Ok(Ok(true)) => {
            return Ok(of_file(
                "keys are in it already; `kagiban store migrate` moves them elsewhere",
            ));
        }
        // Whoever uses it is told why it cannot be read.
        Ok(Err(_)) => return Ok(of_file("it is there, and cannot be read")),
        Ok(Ok(false)) | Err(_) => {}
    }
    Ok(match own(settings) {
        Ok((backend, reason)) => Choice {
            backend,
            reason: reason.to_owned(),
        },
        Err(why) => Choice {
            backend: Backend::File,
            reason: format!("it works everywhere and lasts, and {why}"),
        },
    })
}

/// Opens a store.
///
/// # Errors
///
/// If it cannot be used here.
pub(crate) fn open(backend: Backend, settings: &Settings) -> Result<Box<dyn Store>, Failure> {
    match backend {
        Backend::File => Ok(Box::new(file(settings)?)),
        Backend::Keyctl => kernel(settings)
            .map_err(|why| Failure::Setting(format!("the kernel's keyring cannot be used here: {why}"))),
        Backend::SecretService => desktop(settings)
            .map_err(|why| Failure::Setting(format!("the desktop's keyring cannot be used here: {why}"))),
        Backend::Keychain => keychain(),
        Backend::Wincred => wincred(),
    }
}

/// The store for sessions: the kernel's keyring, or in words why it is the store for keys instead.
///
/// # Errors
///
/// If not even that can be used.
pub(crate) fn for_sessions(keys: Backend, settings: &Settings) -> Result<(Box<dyn Store>, String), Failure> {
    match kernel(settings) {
        Ok(store) => Ok((
            store,
            "they are at hand without a passphrase, and gone with the power".to_owned(),
        )),
        Err(why) => Ok((
            open(keys, settings)?,
            format!("the kernel's keyring cannot be used here: {why}"),
        )),
    }
}

/// The file store, whether or not it is the one that is chosen.
///
/// # Errors
///
/// If the user has no home, and no directory is named.
pub(crate) fn file(settings: &Settings) -> Result<FileStore, Failure> {
    let directory = match &settings.file_dir {
        Some(directory) => directory.clone(),
        None => place::data()?,
    };
    let given = PASSPHRASES
        .iter()
        .find_map(|name| env::var(name).ok())
        .map(SecretString::from);
    let store = FileStore::new(directory, given, settings.may_ask);
    Ok(match settings.remember {
        Some(seconds) => store.remembering(seconds),
        None => store,
    })
}

#[cfg(target_os = "linux")]
fn kernel(settings: &Settings) -> Result<Box<dyn Store>, String> {
    // Homes are kept apart: who sets another one means other keys.
    let home = settings
        .file_dir
        .clone()
        .or_else(|| place::data().ok())
        .unwrap_or_default();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, home.as_os_str().as_encoded_bytes());
    let space: String = digest.as_ref()[..6]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Box::new(super::kernel::KernelStore::open(&space)?))
}

#[cfg(not(target_os = "linux"))]
fn kernel(_: &Settings) -> Result<Box<dyn Store>, String> {
    Err("this system's kernel has none".to_owned())
}

/// The store that the system itself has for keys, and why that; in words, why it cannot be used.
#[cfg(target_os = "linux")]
fn own(settings: &Settings) -> Result<(Backend, &'static str), String> {
    super::desktop::DesktopStore::probe(settings.collection.as_deref(), settings.may_prompt)
        .map_err(|why| format!("the desktop's keyring cannot be used here: {why}"))?;
    Ok((
        Backend::SecretService,
        "the desktop keeps it under the login's password",
    ))
}

#[cfg(windows)]
fn own(_: &Settings) -> Result<(Backend, &'static str), String> {
    super::wincred::WincredStore::probe()
        .map_err(|why| format!("Windows' Credential Manager cannot be used here: {why}"))?;
    Ok((Backend::Wincred, "Windows keeps it under the login's password"))
}

#[cfg(not(any(target_os = "linux", windows)))]
fn own(_: &Settings) -> Result<(Backend, &'static str), String> {
    Err("this program tries no keyring of this system unless it is named".to_owned())
}

#[cfg(target_os = "linux")]
fn desktop(settings: &Settings) -> Result<Box<dyn Store>, String> {
    let store = super::desktop::DesktopStore::open(settings.collection.clone(), settings.may_prompt)?;
    Ok(Box::new(store))
}

#[cfg(not(target_os = "linux"))]
fn desktop(_: &Settings) -> Result<Box<dyn Store>, String> {
    Err("this program knows none on this system".to_owned())
}

#[cfg(target_os = "macos")]
fn keychain() -> Result<Box<dyn Store>, Failure> {
    Ok(Box::new(super::keychain::KeychainStore))
}

#[cfg(not(target_os = "macos"))]
fn keychain() -> Result<Box<dyn Store>, Failure> {
    Err(Failure::Setting(
        "the keychain is macOS's, and this is none".to_owned(),
    ))
}

#[cfg(windows)]
fn wincred() -> Result<Box<dyn Store>, Failure> {
    let store = super::wincred::WincredStore::open();
    let store = store
        .map_err(|why| Failure::Setting(format!("Windows' Credential Manager cannot be used: {why}")))?;
    Ok(Box::new(store))
}

#[cfg(not(windows))]
fn wincred() -> Result<Box<dyn Store>, Failure> {
    Err(Failure::Setting(
        "the Credential Manager is Windows', and this is none".to_owned(),
    ))
}
