//! A seal by 32 random bytes in a file.
//!
//! The file must not lie beside the data: whoever copies the data directory (a backup,
//! a stolen disk, a volume snapshot) would have both lock and key, and the sealing would
//! protect nothing. Put it on another volume, a mounted secret or a removable medium,
//! and keep a copy: without it the data is lost.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::key::Key256;
use super::{Seal, SealError};

const BLOB_VERSION: u8 = 1;
const AAD: &[u8] = b"kagiban seal keyfile";
/// Permission bits of group and others.
const OTHERS: u32 = 0o077;

/// Seals by the bytes of a file, which is made when a store is first sealed with it.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// A seal by the file at `path`, which need not be there before the first start.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn failed(&self, source: io::Error) -> SealError {
        SealError::KeyFile {
            path: self.path.clone(),
            source,
        }
    }

    fn read(&self) -> Result<Key256, SealError> {
        let mut file = File::open(&self.path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => SealError::KeyFileMissing(self.path.clone()),
            _ => self.failed(error),
        })?;
        let metadata = file.metadata().map_err(|error| self.failed(error))?;
        let (path, mode, bytes) = (self.path.clone(), metadata.mode() & 0o7777, metadata.len());
        if mode & OTHERS != 0 {
            return Err(SealError::KeyFileMode { path, mode });
        }
        if bytes != 32 {
            return Err(SealError::KeyFileSize { path, bytes });
        }
        let mut key = Zeroizing::new([0; 32]);
        file.read_exact(&mut key[..])
            .map_err(|error| self.failed(error))?;
        Ok(Key256::from_bytes(key))
    }

    /// Makes the file whole or not at all: a crash must not leave a short one behind.
    fn create(&self) -> io::Result<()> {
        let dir = self.path.parent().filter(|dir| !dir.as_os_str().is_empty());
        let dir = dir.unwrap_or(Path::new("."));
        // On a fresh machine nobody has made `~/.config/kagiban` yet.
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let mut draft = self.path.clone().into_os_string();
        draft.push(".new");
        let _ = std::fs::remove_file(&draft);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(Key256::random().expose())?;
        file.sync_all()?;
        // A link, unlike a rename, refuses to replace a key that appeared meanwhile.
        std::fs::hard_link(&draft, &self.path)?;
        std::fs::remove_file(&draft)?;
        File::open(dir)?.sync_all()?;
        // The directory's own entry, in case it was just made.
        dir.parent()
            .filter(|up| !up.as_os_str().is_empty())
            .map_or(Ok(()), |up| File::open(up)?.sync_all())
    }
}

impl Seal for KeyFile {
    fn name(&self) -> &'static str {
        "keyfile"
    }

    fn wrap(&self, root: &[u8; 32]) -> Result<Vec<u8>, SealError> {
        let key = match self.read() {
            Err(SealError::KeyFileMissing(_)) => {
                self.create().map_err(|error| self.failed(error))?;
                self.read()?
            }
            found => found?,
        };
        let mut blob = vec![BLOB_VERSION];
        key.aead().seal(AAD, root, &mut blob);
        Ok(blob)
    }

    fn unwrap(&self, blob: &[u8]) -> Result<Zeroizing<[u8; 32]>, SealError> {
        let key = self.read()?;
        let Some((&BLOB_VERSION, sealed)) = blob.split_first() else {
            return Err(SealError::Damaged("its key file part has an unknown form"));
        };
        let root = key
            .aead()
            .open(AAD, sealed, 0)
            .ok_or(SealError::WrongKey("key file"))?;
        let mut bytes = Zeroizing::new([0; 32]);
        if root.len() != bytes.len() {
            return Err(SealError::Damaged("the root key has a wrong size"));
        }
        bytes.copy_from_slice(&root);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_file_is_made_once_for_the_owner_only_and_opens_what_it_sealed() {
        let dir = tempfile::tempdir().unwrap();
        let seal = KeyFile::new(dir.path().join("seal.key"));
        let blob = seal.wrap(&[7; 32]).unwrap();
        assert_eq!(std::fs::metadata(&seal.path).unwrap().mode() & 0o7777, 0o600);
        assert_eq!(*seal.unwrap(&blob).unwrap(), [7; 32]);

        seal.wrap(&[8; 32]).unwrap();
        assert_eq!(*seal.unwrap(&blob).unwrap(), [7; 32], "the file stayed");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn directories_that_nobody_has_made_yet_are_made_for_the_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let seal = KeyFile::new(dir.path().join("config/kagiban/seal.key"));
        let blob = seal.wrap(&[7; 32]).unwrap();
        assert_eq!(*seal.unwrap(&blob).unwrap(), [7; 32]);
        let made = std::fs::metadata(dir.path().join("config/kagiban")).unwrap();
        assert_eq!(made.mode() & 0o777, 0o700);
    }

    #[test]
    fn a_missing_or_readable_or_foreign_file_is_refused_and_none_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let seal = KeyFile::new(dir.path().join("seal.key"));
        let blob = seal.wrap(&[7; 32]).unwrap();

        std::fs::set_permissions(&seal.path, Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            seal.unwrap(&blob),
            Err(SealError::KeyFileMode { mode: 0o640, .. })
        ));

        std::fs::remove_file(&seal.path).unwrap();
        assert!(matches!(seal.unwrap(&blob), Err(SealError::KeyFileMissing(_))));
        assert!(!seal.path.exists());

        seal.create().unwrap();
        assert!(matches!(seal.unwrap(&blob), Err(SealError::WrongKey(_))));
    }
}
