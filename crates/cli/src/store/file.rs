//! All items in one file under a passphrase, replaced as a whole under a lock.
//!
//! Names lie beside it in clear, so that a listing asks for no passphrase. They are a copy: what counts
//! is in the sealed file.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use kagiban_aws::{SecretBytes, SecretString, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Store;
use super::sealed::{Key, OpenError};
use super::unlocked::Unlocked;
use crate::failure::Failure;
use crate::output;
use crate::place;
use crate::prompt::{self, Turn};

/// Nobody keeps that many keys.
const MAX_BYTES: u64 = 16 << 20;

/// A directory with the file in it.
pub(crate) struct FileStore {
    directory: PathBuf,
    /// From the environment; even an empty one is one.
    given: Option<SecretString>,
    /// Whether somebody may be asked.
    may_ask: bool,
    /// What opened the file last.
    known: RefCell<Option<SecretString>>,
    /// What that came to.
    key: RefCell<Option<Key>>,
    /// Whether the process that may remember the passphrase is of no more use: it gave one already, or a
    /// person has to type it.
    has_recalled: Cell<bool>,
    /// For how many seconds that is to remember a passphrase that somebody types.
    remember: Option<u32>,
}

/// What may open the file.
struct Passphrase {
    text: SecretString,
    is_typed: bool,
}

#[derive(Default, Deserialize, Serialize)]
struct Content {
    items: BTreeMap<String, Item>,
}

#[derive(Deserialize, Serialize)]
struct Item {
    value: SecretString,
    /// Seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
}

impl FileStore {
    pub(crate) fn new(directory: PathBuf, given: Option<SecretString>, may_ask: bool) -> FileStore {
        FileStore {
            directory,
            given,
            may_ask,
            known: RefCell::new(None),
            key: RefCell::new(None),
            has_recalled: Cell::new(false),
            remember: None,
        }
    }

    /// The same, with what somebody types remembered for so many seconds.
    pub(crate) fn remembering(self, seconds: u32) -> FileStore {
        FileStore {
            remember: Some(seconds),
            ..self
        }
    }

    /// Asks for the passphrase and lets it be remembered for so many seconds.
    ///
    /// # Errors
    ///
    /// If nothing is kept here, it is the wrong one, or it cannot be remembered.
    pub(crate) fn unlock_for(&self, seconds: u32) -> Result<(), Failure> {
        if !self.exists()? {
            return Err(Failure::Missing(format!(
                "nothing is kept in {} yet",
                self.path().display()
            )));
        }
        // It is the person who says that it goes on, not the process that holds it.
        self.has_recalled.set(true);
        self.read()?;
        match &*self.known.borrow() {
            Some(passphrase) => self.remember(passphrase, seconds),
            None => Ok(()),
        }
    }

    fn remember(&self, passphrase: &SecretString, seconds: u32) -> Result<(), Failure> {
        let unlocked = self.unlocked();
        unlocked.forget();
        unlocked.remember(passphrase, seconds)
    }

    /// The process that may remember the passphrase.
    pub(crate) fn unlocked(&self) -> Unlocked {
        let directory = std::path::absolute(&self.directory);
        Unlocked::of(directory.as_ref().unwrap_or(&self.directory))
    }

    /// A passphrase that is remembered, once.
    fn recalled(&self) -> Option<SecretString> {
        let may_know = !self.has_recalled.get() && self.exists().unwrap_or_default();
        let passphrase = may_know.then(|| self.unlocked().passphrase())??;
        self.has_recalled.set(true);
        Some(passphrase)
    }

    /// Whether anything has been kept here.
    ///
    /// # Errors
    ///
    /// If this user may not look: the keys are somebody's, and not none.
    fn exists(&self) -> Result<bool, Failure> {
        use io::ErrorKind::{NotADirectory, NotFound};

        match fs::metadata(self.path()) {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(false),
            Err(error) => Err(self.unusable(&error)),
        }
    }

    /// Whether keys are kept here, as far as that can be told without the passphrase.
    ///
    /// # Errors
    ///
    /// If this user may not look.
    pub(crate) fn has_keys(&self) -> Result<bool, Failure> {
        let listed = self.listed();
        let is_lasting = |name: &String| !name.starts_with("session/");
        Ok(self.exists()? && listed.is_none_or(|names| names.iter().any(is_lasting)))
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.join("vault.age")
    }

    fn unusable(&self, error: &io::Error) -> Failure {
        place::unusable(&self.directory, error)
    }

    fn read(&self) -> Result<Content, Failure> {
        let path = self.path();
        let sealed = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.key.replace(None);
                return Ok(Content::default());
            }
            Err(error) => return Err(self.unusable(&error)),
            Ok(metadata) if !metadata.is_file() => return Err(damaged(&path, "it is no regular file")),
            Ok(metadata) if metadata.len() > MAX_BYTES => {
                return Err(damaged(&path, "it is longer than anything this program writes"));
            }
            Ok(metadata) => {
                place::is_ours(&path, &metadata)?;
                fs::read(&path).map_err(|error| self.unusable(&error))?
            }
        };
        let text = self.unlock(&sealed)?;
        serde_json::from_slice(&text).map_err(|_| damaged(&path, "what it holds is none of this program's"))
    }

    fn unlock(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let is_known = self.key.borrow().as_ref().is_some_and(|key| key.fits(sealed));
        if !is_known {
            self.key.replace(Some(self.key_of(sealed)?));
        }
        let key = self.key.borrow();
        let key = key.as_ref().expect("it was found or kept above");
        key.open(sealed)
            .map_err(|error| damaged(&self.path(), &error.to_string()))
    }

    /// Three tries for somebody who types, one for a variable.
    fn key_of(&self, sealed: &[u8]) -> Result<Key, Failure> {
        let path = self.path();
        let question = format!("Passphrase of {}: ", path.display());
        // Until it is remembered, so that whoever waits need not ask.
        let mut turn = None;
        for left in (0..3).rev() {
            let passphrase = self.passphrase(&question, &mut turn)?;
            match Key::of(sealed, &passphrase.text) {
                Ok(key) => {
                    self.typed(&passphrase);
                    self.known.replace(Some(passphrase.text));
                    return Ok(key);
                }
                Err(OpenError::Damaged) => return Err(damaged(&path, &OpenError::Damaged.to_string())),
                Err(OpenError::Passphrase) if self.given.is_some() => break,
                Err(OpenError::Passphrase) => {
                    self.known.replace(None);
                    if passphrase.is_typed && left > 0 {
                        prompt::tell_on_terminal("that is not it")?;
                    }
                }
            }
        }
        let text = format!("{} cannot be opened: {}", path.display(), OpenError::Passphrase);
        Err(Failure::Setting(text))
    }

    fn passphrase(&self, question: &str, turn: &mut Option<Turn>) -> Result<Passphrase, Failure> {
        let at_hand = |text| Passphrase {
            text,
            is_typed: false,
        };
        let known = self.known.borrow().as_ref().or(self.given.as_ref()).cloned();
        if let Some(text) = known.or_else(|| self.recalled()) {
            return Ok(at_hand(text));
        }
        if !self.may_ask {
            return Err(Failure::Human(format!(
                "{} is under a passphrase; set KAGIBAN_FILE_PASSPHRASE, run `kagiban store unlock` on a terminal before, or run this on one",
                self.path().display()
            )));
        }
        let is_first = turn.is_none();
        let turn = turn.get_or_insert_with(Turn::take);
        if let Some(text) = is_first.then(|| self.recalled()).flatten() {
            return Ok(at_hand(text));
        }
        let text = turn.secret(question)?;
        Ok(Passphrase { text, is_typed: true })
    }

    /// Lets the right passphrase be remembered, where that is wanted of those that are typed.
    fn typed(&self, passphrase: &Passphrase) {
        if let (Some(seconds), true) = (self.remember, passphrase.is_typed)
            && let Err(failure) = self.remember(&passphrase.text, seconds)
        {
            output::remark(&failure.to_string());
        }
    }

    /// A passphrase for a file that is not there yet, which is typed twice.
    fn new_passphrase(&self) -> Result<SecretString, Failure> {
        let path = self.path();
        let question = format!("New passphrase for {}: ", path.display());
        let mut turn = None;
        let passphrase = self.passphrase(&question, &mut turn)?.text;
        if self.given.is_none() && self.known.borrow().is_none() {
            let turn = turn.get_or_insert_with(Turn::take);
            if turn.secret("The same again: ")? != passphrase {
                return Err(Failure::Usage(
                    "the two passphrases differ; nothing was stored".to_owned(),
                ));
            }
            self.known.replace(Some(passphrase.clone()));
        }
        Ok(passphrase)
    }

    /// Changes the content while no other process does; `false` from `change` means there is nothing to write.
    fn change(&self, change: impl FnOnce(&mut Content) -> bool) -> Result<bool, Failure> {
        place::make_private(&self.directory).map_err(|error| self.unusable(&error))?;
        let _lock = self.lock().map_err(|error| self.unusable(&error))?;
        for path in [self.path(), self.names_path()] {
            place::may_replace(&path).map_err(|error| damaged(&path, &error.to_string()))?;
        }
        let mut content = self.read()?;
        let now = Timestamp::from(std::time::SystemTime::now()).seconds();
        content
            .items
            .retain(|_, item| item.expires.is_none_or(|expires| expires > now));
        if !change(&mut content) {
            return Ok(false);
        }
        let text = Zeroizing::new(serde_json::to_vec(&content).map_err(io::Error::from)?);
        let names: Vec<&String> = content.items.keys().collect();
        let names = serde_json::to_vec(&names).map_err(io::Error::from)?;
        self.replace(&self.path(), &self.seal(&text)?)
            .and_then(|()| self.replace(&self.names_path(), &names))
            .map_err(|error| self.unusable(&error))?;
        Ok(true)
    }

    /// Under the file's own key; under a new one if there is no file, or one that is easier to guess.
    fn seal(&self, text: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut key = self.key.borrow_mut();
        if key.as_ref().is_none_or(Key::is_weak) {
            *key = Some(Key::new(&self.new_passphrase()?));
        }
        Ok(key.as_ref().expect("it was kept above").seal(text))
    }

    /// The names, as far as they can be had without the passphrase.
    fn listed(&self) -> Option<Vec<String>> {
        let path = self.names_path();
        place::may_replace(&path).ok()?;
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    fn names_path(&self) -> PathBuf {
        self.directory.join("vault.names")
    }

    fn lock(&self) -> io::Result<File> {
        let path = self.directory.join("vault.lock");
        place::locked(&path)
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        place::may_replace(path)?;
        let mut file = tempfile::Builder::new()
            .prefix(".vault-")
            .tempfile_in(&self.directory)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        // The name is as durable as the content, where a directory can be flushed.
        File::open(&self.directory)
            .and_then(|directory| directory.sync_all())
            .ok();
        Ok(())
    }
}

impl Store for FileStore {
    fn describe(&self) -> String {
        format!("the file {}", self.path().display())
    }

    fn names(&self) -> Result<Vec<String>, Failure> {
        if !self.exists()? {
            return Ok(Vec::new());
        }
        match self.listed() {
            Some(names) => Ok(names),
            None => Ok(self.read()?.items.into_keys().collect()),
        }
    }

    fn get(&self, name: &str) -> Result<Option<SecretBytes>, Failure> {
        let mut content = self.read()?;
        let item = content.items.remove(name);
        Ok(item.map(|item| item.value.expose().as_bytes().to_vec().into()))
    }

    fn put(&self, name: &str, value: &SecretBytes, expires: Option<Timestamp>) -> Result<(), Failure> {
        let value = std::str::from_utf8(value.expose())
            .expect("items are JSON texts")
            .to_owned();
        let item = Item {
            value: value.into(),
            expires: expires.map(Timestamp::seconds),
        };
        self.change(|content| {
            content.items.insert(name.to_owned(), item);
            true
        })?;
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<bool, Failure> {
        if !self.exists()? {
            return Ok(false);
        }
        self.change(|content| content.items.remove(name).is_some())
    }
}

fn damaged(path: &Path, why: &str) -> Failure {
    Failure::Setting(format!("{} cannot be used: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(directory: &Path, passphrase: &str) -> FileStore {
        FileStore::new(directory.to_owned(), Some(passphrase.to_owned().into()), false)
    }

    fn value(text: &str) -> SecretBytes {
        text.as_bytes().to_vec().into()
    }

    #[test]
    fn items_are_kept_sealed_and_listed_without_the_passphrase() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("deep/kagiban");
        let ours = store(&directory, "hunter2");
        assert_eq!(ours.names().unwrap(), [""; 0]);
        assert!(!ours.remove("a").unwrap(), "and nothing was made for that");
        ours.put("b", &value("\"second\""), None).unwrap();
        ours.put("a", &value("\"canary\""), None).unwrap();
        ours.put("old", &value("\"x\""), Some(Timestamp::from_seconds(1)))
            .unwrap();
        assert_eq!(ours.get("a").unwrap(), Some(value("\"canary\"")));

        let other = store(&directory, "wrong");
        assert_eq!(other.names().unwrap(), ["a", "b", "old"]);
        assert!(
            other
                .get("a")
                .unwrap_err()
                .to_string()
                .contains("the passphrase is wrong")
        );
        assert!(
            other.put("c", &value("1"), None).is_err(),
            "nobody else adds to it"
        );

        assert!(ours.remove("a").unwrap() && !ours.remove("a").unwrap());
        assert_eq!(ours.names().unwrap(), ["b"], "what has expired went as well");
        for entry in fs::read_dir(&directory).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(6).any(|window| window == b"second"));
        }
    }

    #[test]
    fn without_a_passphrase_and_without_a_person_the_way_out_is_said() {
        let home = tempfile::tempdir().unwrap();
        let nobody = FileStore::new(home.path().to_owned(), None, false);
        let refused = nobody.put("a", &value("1"), None).unwrap_err().to_string();
        assert!(refused.contains("KAGIBAN_FILE_PASSPHRASE"), "{refused}");
        assert!(!nobody.exists().unwrap());
    }
}
