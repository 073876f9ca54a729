//! Changes of the config file: one section at a time, all at once or not at all.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::document::Document;
use super::files::{Files, read};
use crate::failure::Failure;
use crate::place;
use crate::platform::files::make_private;
use crate::vault::hold;

impl Files {
    /// Adds a profile to the config file, which is made if need be. Says nothing if it is there.
    ///
    /// # Errors
    ///
    /// If the file cannot be written; it is unchanged then.
    pub(crate) fn add_profile(&mut self, name: &str, settings: &[(&str, &str)]) -> Result<(), Failure> {
        self.change(|config| match headers(config, name).is_empty() {
            true => Ok(Some(config.with(&header(name)?, settings))),
            false => Ok(None),
        })
        .map(drop)
    }

    /// Whether the config file, which is the one that is changed, has a section for a profile.
    pub(crate) fn is_in_config(&self, name: &str) -> bool {
        !headers(&self.config, name).is_empty()
    }

    /// Refuses what [`Files::add_profile`] could not do, before somebody is asked for a key.
    ///
    /// # Errors
    ///
    /// If no profile can have this name, or the file is none that can be replaced.
    pub(crate) fn may_add(&self, name: &str) -> Result<(), Failure> {
        self.may_name(name)?;
        self.may_change()
    }

    /// Refuses a name that no profile can have.
    ///
    /// # Errors
    ///
    /// If it would read back as another one.
    pub(crate) fn may_name(&self, name: &str) -> Result<(), Failure> {
        header(name).map(drop)
    }

    /// Refuses a config file that cannot be replaced.
    ///
    /// # Errors
    ///
    /// If it is a device, a pipe or a directory, or a link that leads nowhere.
    pub(crate) fn may_change(&self) -> Result<(), Failure> {
        let Some(path) = &self.config_path else {
            return Ok(());
        };
        place::may_replace(path)
            .and_then(|()| behind_links(path))
            .map(drop)
            .map_err(|error| unchangeable(path, &error))
    }

    /// Takes a profile out of the config file; `false` if it was not there.
    ///
    /// # Errors
    ///
    /// If the file cannot be written; it is unchanged then.
    pub(crate) fn remove_profile(&mut self, name: &str) -> Result<bool, Failure> {
        self.change(|config| {
            let headers = headers(config, name);
            let without = |document: Document, header: &String| document.without(header);
            Ok((!headers.is_empty()).then(|| headers.iter().fold(config.clone(), without)))
        })
    }

    /// Changes the file as it is by now: somebody may have changed it since it was read, while a person
    /// thought about a question. `false` if there is nothing to change.
    fn change(
        &mut self,
        change: impl FnOnce(&Document) -> Result<Option<Document>, Failure>,
    ) -> Result<bool, Failure> {
        let _lock = hold("config");
        self.config = read(self.config_path.as_deref())?;
        let Some(changed) = change(&self.config)? else {
            return Ok(false);
        };
        let Some(path) = &self.config_path else {
            let text = "there is no home directory to keep a config file in; set HOME or AWS_CONFIG_FILE";
            return Err(Failure::Setting(text.to_owned()));
        };
        replace(path, self.config.text(), changed.text()).map_err(|error| unchangeable(path, &error))?;
        self.config = changed;
        Ok(true)
    }
}

/// The headers of a profile's sections.
fn headers(config: &Document, name: &str) -> Vec<String> {
    let sections = config.sections().iter();
    let named = sections.filter(|section| section.named("profile") == Some(name));
    named.map(|section| section.header.clone()).collect()
}

fn unchangeable(path: &Path, error: &io::Error) -> Failure {
    Failure::Setting(format!("{} cannot be changed: {error}", path.display()))
}

/// A header that reads back as this name.
fn header(name: &str) -> Result<String, Failure> {
    let header = match name {
        "default" => name.to_owned(),
        name if name.contains(char::is_whitespace) => format!("profile \"{name}\""),
        name => format!("profile {name}"),
    };
    let read = Document::parse(format!("[{header}]\n"));
    match read.sections() {
        [section] if section.named("profile") == Some(name) => Ok(header),
        _ => Err(Failure::Usage(format!(
            "`{}` cannot be a profile's name",
            name.escape_default()
        ))),
    }
}

/// Replaces a file by way of one beside it, keeping its mode; what was there before is kept once, as a
/// backup. A link stays a link.
fn replace(path: &Path, before: &str, after: &str) -> io::Result<()> {
    place::may_replace(path)?;
    let path = behind_links(path)?;
    let directory = path.parent().unwrap_or(Path::new("."));
    if !directory.exists() {
        make_private(directory)?;
    }
    let mode = fs::metadata(&path).map(|metadata| metadata.permissions()).ok();
    if mode.is_some() {
        put(&beside(&path, "kagiban-backup"), before, mode.clone())?;
    }
    put(&path, after, mode)
}

/// Where a file is, or will be: a link may lead to one that is not there yet, as those of dotfiles do.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        found => return found,
    }
    let mut target = path.to_owned();
    // None of them is in a circle: that would be another error.
    while let Ok(next) = fs::read_link(&target) {
        target.pop();
        target.push(next);
    }
    match target == path || target.parent().is_some_and(Path::is_dir) {
        true => Ok(target),
        false => Err(io::Error::other(format!(
            "it is a link to {}, whose directory is not there",
            target.display()
        ))),
    }
}

fn put(path: &Path, text: &str, mode: Option<fs::Permissions>) -> io::Result<()> {
    place::may_replace(path)?;
    let directory = path.parent().unwrap_or(Path::new("."));
    // Made for its owner alone.
    let mut file = tempfile::Builder::new()
        .prefix(".kagiban-")
        .tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    if let Some(mode) = mode {
        file.as_file().set_permissions(mode)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn files(path: &Path) -> Files {
        Files {
            config_path: Some(path.to_owned()),
            config: Document::parse(fs::read_to_string(path).unwrap_or_default()),
            ..Files::default()
        }
    }

    #[test]
    fn a_profile_comes_and_goes_and_the_rest_stays_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config");
        let before = "# mine\n[default]\nregion=x\n\n# about a\n[profile a]\nx=y\n";
        fs::write(&path, before).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();

        let mut files = files(&path);
        files.add_profile("a", &[]).unwrap();
        assert!(
            !home.path().join("config.kagiban-backup").exists(),
            "nothing was changed"
        );
        files.add_profile("new", &[("mfa_serial", "arn")]).unwrap();
        files.add_profile("with blank", &[]).unwrap();
        let added = "\n[profile new]\nmfa_serial=arn\n\n[profile \"with blank\"]\n";
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{before}{added}"));
        assert!(files.remove_profile("new").unwrap() && files.remove_profile("with blank").unwrap());
        assert!(!files.remove_profile("new").unwrap());
        assert!(fs::read_to_string(&path).unwrap().starts_with(before));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(
            fs::read_dir(home.path()).unwrap().count(),
            2,
            "the file and one backup"
        );
    }

    #[test]
    fn what_others_change_meanwhile_stays() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config");
        fs::write(&path, "[default]\n[profile a]\n").unwrap();
        let mut files = files(&path);
        // As if somebody used an editor while a question stood.
        fs::write(&path, "[default]\nregion=x\n[profile a]\n[profile b]\n").unwrap();
        assert!(files.remove_profile("a").unwrap());
        files.add_profile("b", &[("region", "y")]).unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "[default]\nregion=x\n[profile b]\n"
        );
        fs::write(&path, "[default]\n").unwrap();
        assert!(
            !files.remove_profile("b").unwrap(),
            "somebody else has removed it"
        );
    }

    #[test]
    fn of_many_who_change_it_at_a_time_none_is_lost() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config");
        fs::write(&path, "").unwrap();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let mut files = files(&path);
                scope.spawn(move || files.add_profile(&format!("p{number}"), &[]).unwrap());
            }
        });
        let count = fs::read_to_string(&path).unwrap().matches("[profile p").count();
        assert_eq!(count, 8);
    }

    #[test]
    fn the_first_profile_makes_file_and_directory_for_their_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(".aws/config");
        files(&path).add_profile("default", &[]).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "[default]\n");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&home.path().join(".aws"))), (0o600, 0o700));
    }

    #[test]
    fn what_is_no_file_stays_what_it_is() {
        let home = tempfile::tempdir().unwrap();
        let (pipe, link) = (home.path().join("pipe"), home.path().join("config"));
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        std::os::unix::fs::symlink(&pipe, &link).unwrap();
        for path in [&pipe, &link] {
            let mut files = Files {
                config_path: Some(path.clone()),
                ..Files::default()
            };
            assert!(files.may_add("a").is_err());
            let refused = files.add_profile("a", &[]).unwrap_err().to_string();
            assert!(refused.ends_with("it is no regular file"), "{refused}");
        }
        assert_eq!(
            fs::read_dir(home.path()).unwrap().count(),
            2,
            "and no backup is made of it"
        );
    }

    #[test]
    fn a_link_to_what_is_not_there_yet_is_followed() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config");
        let between = home.path().join("between");
        std::os::unix::fs::symlink("between", &path).unwrap();
        std::os::unix::fs::symlink("dotfiles/aws", &between).unwrap();
        let refused = files(&path).may_add("a").unwrap_err().to_string();
        assert!(
            refused.ends_with("dotfiles/aws, whose directory is not there"),
            "{refused}"
        );
        assert!(files(&path).add_profile("a", &[]).is_err());

        fs::create_dir(home.path().join("dotfiles")).unwrap();
        files(&path).may_add("a").unwrap();
        files(&path).add_profile("a", &[]).unwrap();
        assert!(path.is_symlink() && between.is_symlink());
        let written = fs::read_to_string(home.path().join("dotfiles/aws")).unwrap();
        assert_eq!(written, "[profile a]\n");
        fs::remove_file(&between).unwrap();
        std::os::unix::fs::symlink("config", &between).unwrap();
        assert!(files(&path).may_add("a").is_err(), "a circle leads nowhere");
    }

    #[test]
    fn a_name_that_would_read_back_as_another_is_refused() {
        for name in ["a]b", "", "a\nb", "\"", "a  b\"c"] {
            assert!(header(name).is_err(), "{name}");
        }
    }
}
