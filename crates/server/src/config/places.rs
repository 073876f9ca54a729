use std::env;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};

/// Where files go on this platform when nobody says otherwise.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Whether the process runs as root, as a service does.
    pub root: bool,
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// `XDG_DATA_HOME`.
    pub data_home: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`.
    pub config_home: Option<PathBuf>,
}

impl Places {
    /// This process's places.
    pub fn of_this_process() -> Places {
        // The XDG specification: a relative path is to be ignored.
        let directory = |name| {
            env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        Places {
            root: rustix::process::geteuid().is_root(),
            home: directory("HOME"),
            data_home: directory("XDG_DATA_HOME"),
            config_home: directory("XDG_CONFIG_HOME"),
        }
    }

    /// The default data directory; `None` if there is no home to put it in.
    pub fn data(&self) -> Option<PathBuf> {
        if self.root {
            return Some("/var/lib/kagiban".into());
        }
        let share = || Some(self.home.as_ref()?.join(".local/share"));
        Some(self.data_home.clone().or_else(share)?.join("kagiban"))
    }

    /// The directory of configuration and of the seal's key.
    pub fn config(&self) -> Option<PathBuf> {
        if self.root {
            return Some("/etc/kagiban".into());
        }
        let dot_config = || Some(self.home.as_ref()?.join(".config"));
        Some(self.config_home.clone().or_else(dot_config)?.join("kagiban"))
    }

    /// The default key file of a data directory, which is never inside it: whoever gets a copy of
    /// the data must not get the key with it.
    ///
    /// The platform's own data directory has the plain name; any other has a hash of its path in
    /// it, so that two installations of one user do not share a key.
    pub fn seal_key(&self, data: &Path) -> Option<PathBuf> {
        let directory = self.config()?;
        let data = canonical(data);
        if self.root && self.data().is_some_and(|default| canonical(&default) == data) {
            return Some(directory.join("seal.key"));
        }
        let hash = digest(&SHA256, data.as_os_str().as_encoded_bytes());
        let short = u64::from_be_bytes(*hash.as_ref().first_chunk().expect("SHA-256 has 32 bytes"));
        Some(directory.join(format!("seal-{short:016x}.key")))
    }
}

/// The path without symbolic links and dots, as far as it exists: a first start makes the rest.
pub(super) fn canonical(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for ancestor in path.ancestors() {
        if let Ok(found) = ancestor.canonicalize() {
            let rest = path.strip_prefix(ancestor).expect("it is an ancestor");
            // Joining an empty rest would add a slash.
            return if rest.as_os_str().is_empty() {
                found
            } else {
                found.join(rest)
            };
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> Places {
        Places {
            home: Some("/home/ada".into()),
            ..Places::default()
        }
    }

    #[test]
    fn root_and_users_keep_their_data_in_their_own_places() {
        let root = Places {
            root: true,
            ..Places::default()
        };
        assert_eq!(root.data(), Some("/var/lib/kagiban".into()));
        assert_eq!(user().data(), Some("/home/ada/.local/share/kagiban".into()));
        let elsewhere = Places {
            data_home: Some("/data".into()),
            ..user()
        };
        assert_eq!(elsewhere.data(), Some("/data/kagiban".into()));
        assert_eq!(Places::default().data(), None);
    }

    #[test]
    fn two_data_directories_never_share_a_key_file() {
        let (one, two) = (
            user().seal_key(Path::new("/srv/one")),
            user().seal_key(Path::new("/srv/two")),
        );
        assert_ne!(one, two);
        assert!(one.unwrap().starts_with("/home/ada/.config/kagiban"));
    }

    #[test]
    fn the_key_file_stays_the_same_once_the_directory_exists() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        let before = user().seal_key(&data);
        std::fs::create_dir(&data).unwrap();
        assert_eq!(user().seal_key(&data), before);
        assert_eq!(user().seal_key(&data.join("../data/")), before);
    }
}
