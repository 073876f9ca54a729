//! What can be said about the seal's key file before it is read.

use std::path::Path;

use super::places::canonical;
use super::{Config, Places, Seal};

impl Config {
    /// Whether there is no store in the data directory yet, so that the next start makes it.
    pub fn is_first_start(&self) -> bool {
        !self.data.join("store.redb").exists()
    }

    /// Whether the key file lies inside the data directory, so that a copy of the data has the key.
    pub fn key_lies_in_data(&self) -> bool {
        match &self.seal {
            Seal::KeyFile(key) => canonical(key).starts_with(canonical(&self.data)),
            Seal::Passphrase => false,
        }
    }

    /// What to try when the store is there and its key file is not; `None` if the file was named by
    /// hand, because then its name depends on nothing.
    pub fn missing_key_advice(&self, places: &Places) -> Option<String> {
        let Seal::KeyFile(key) = &self.seal else {
            return None;
        };
        let is_default = places.seal_key(&self.data).as_deref() == Some(key);
        (is_default && !key.exists() && !self.is_first_start()).then(|| advice(key, &self.data))
    }
}

fn advice(key: &Path, data: &Path) -> String {
    let directory = key.parent().unwrap_or(Path::new("/"));
    format!(
        "the default name of the key file depends on the data directory's path and on who runs the server; if `{}` \
         was moved or restored from elsewhere, its key still has its old name, most likely in `{}`: name it with \
         `--seal keyfile:OLDPATH`",
        data.display(),
        directory.display()
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::Settings;

    fn config(home: &Path, seal: Option<Seal>) -> (Config, Places) {
        let places = Places {
            home: Some(home.to_owned()),
            ..Places::default()
        };
        let settings = Settings {
            data: Some(home.join("data")),
            seal,
            ..Settings::default()
        };
        (Config::resolve(settings, &places).unwrap(), places)
    }

    #[test]
    fn a_moved_store_s_missing_key_is_explained_by_its_default_name() {
        let home = tempfile::tempdir().unwrap();
        let (moved, places) = config(home.path(), None);
        assert_eq!(moved.missing_key_advice(&places), None, "a first start makes it");
        fs::create_dir(home.path().join("data")).unwrap();
        fs::write(home.path().join("data/store.redb"), "").unwrap();
        let advice = moved.missing_key_advice(&places).unwrap();
        assert!(advice.contains("--seal keyfile:OLDPATH"), "{advice}");
        let named = Seal::KeyFile(home.path().join("key"));
        let (named, places) = config(home.path(), Some(named));
        assert_eq!(named.missing_key_advice(&places), None);
    }

    #[test]
    fn a_key_inside_the_data_is_found_by_whatever_path() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("data")).unwrap();
        let lies = |path: &str| {
            let key = Seal::KeyFile(home.path().join(path));
            config(home.path(), Some(key)).0.key_lies_in_data()
        };
        assert!(lies("data/seal.key") && lies("data/../data/keys/seal.key"));
        assert!(!lies("seal.key") && !lies("data.key"));
    }
}
