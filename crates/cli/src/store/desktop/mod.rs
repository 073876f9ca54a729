//! The desktop's keyring, by the Secret Service API: GNOME's, KDE's and KeePassXC's alike.
//!
//! Items lie in one collection: aws-vault's if it is there, else the desktop's own, which the login
//! unlocks. A locked one is unlocked where a dialog can be shown, and nowhere else is it waited for. In
//! aws-vault's own collection, or one that is named, its keys are found as well.
//!
//! Source: Secret Service API, version 0.2.

mod bus;
mod exchange;
mod foreign;
mod service;
mod value;

use std::cell::RefCell;
use std::time::Duration;

use kagiban_aws::{SecretBytes, Timestamp};

use self::bus::BusError;
use self::service::{Collection, Service};
use super::Store;
use crate::failure::Failure;

/// The collection that aws-vault makes.
const OF_AWS_VAULT: &str = "awsvault";

/// For a keyring that has to be started.
const PATIENCE: Duration = Duration::from_secs(10);

/// For one that nobody has asked for.
const SHORT: Duration = Duration::from_secs(2);

/// A collection of the desktop's keyring.
pub(crate) struct DesktopStore {
    service: RefCell<Service>,
    /// The name of the collection, if one is asked for.
    named: Option<String>,
    /// Whether somebody can see a dialog.
    may_prompt: bool,
    /// Once it is open.
    found: RefCell<Option<Collection>>,
}

impl DesktopStore {
    /// Connects to the keyring, which starts it if need be.
    ///
    /// # Errors
    ///
    /// In words, if there is none.
    pub(crate) fn open(named: Option<String>, may_prompt: bool) -> Result<DesktopStore, String> {
        let service = Service::connect(true, PATIENCE).map_err(|error| error.to_string())?;
        Ok(DesktopStore {
            service: RefCell::new(service),
            named,
            may_prompt,
            found: RefCell::new(None),
        })
    }

    /// Whether keys could be kept here; nothing is unlocked or shown for that, and nothing is started
    /// where nobody could see its dialogs.
    ///
    /// # Errors
    ///
    /// In words, why not.
    pub(crate) fn probe(named: Option<&str>, may_prompt: bool) -> Result<(), String> {
        let mut service = Service::connect(may_prompt, SHORT).map_err(|error| error.to_string())?;
        match find(&mut service, named).map_err(|error| error.to_string())? {
            Some(_) => Ok(()),
            None if named.is_some() && may_prompt => Ok(()),
            None => Err("the desktop's keyring has no collection to keep keys in".to_owned()),
        }
    }

    /// The collection, unlocked.
    fn collection(&self) -> Result<Collection, Failure> {
        if let Some(found) = &*self.found.borrow() {
            return Ok(found.clone());
        }
        let mut service = self.service.borrow_mut();
        let found = find(&mut service, self.named.as_deref()).map_err(|error| failure(&error))?;
        let collection = match (found, &self.named) {
            (Some(found), _) => found,
            (None, Some(name)) => self.make(&mut service, name)?,
            (None, None) => {
                return Err(Failure::Setting(
                    "the desktop's keyring has no default collection; name one by --secret-service-collection".to_owned(),
                ));
            }
        };
        self.unlock(&mut service, &collection)?;
        self.found.replace(Some(collection.clone()));
        Ok(collection)
    }

    fn make(&self, service: &mut Service, name: &str) -> Result<Collection, Failure> {
        if !self.may_prompt {
            return Err(Failure::Human(format!(
                "the desktop's keyring has no collection `{name}`, and making one takes a dialog; run this at the desktop"
            )));
        }
        service.make_collection(name).map_err(|error| failure(&error))
    }

    fn unlock(&self, service: &mut Service, collection: &Collection) -> Result<(), Failure> {
        if !service.is_locked(collection).map_err(|error| failure(&error))? {
            return Ok(());
        }
        let opened = match self.may_prompt {
            true => service.unlock(collection).map_err(|error| failure(&error))?,
            false => false,
        };
        match opened {
            true => Ok(()),
            false => Err(Failure::Human(format!(
                "{} is locked; unlock it at the desktop and run this again, or use another store by --backend file",
                self.describe()
            ))),
        }
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&mut Service, &Collection) -> Result<T, BusError>,
    ) -> Result<T, Failure> {
        let collection = self.collection()?;
        work(&mut self.service.borrow_mut(), &collection).map_err(|error| failure(&error))
    }
}

impl Store for DesktopStore {
    fn describe(&self) -> String {
        match self
            .found
            .borrow()
            .as_ref()
            .map(Collection::label)
            .or(self.named.as_deref())
        {
            Some(label) => format!("the desktop's keyring, collection `{label}`"),
            None => "the desktop's keyring".to_owned(),
        }
    }

    fn names(&self) -> Result<Vec<String>, Failure> {
        let mut names = self.with(|service, collection| {
            let mut names = service.names(collection)?;
            if self.may_have_foreign(collection) {
                let foreign = service.attributes(collection, foreign::ATTRIBUTE)?;
                names.extend(foreign.iter().filter_map(|attribute| foreign::name(attribute)));
            }
            Ok(names)
        })?;
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn get(&self, name: &str) -> Result<Option<SecretBytes>, Failure> {
        let found = self.with(|service, collection| match service.find(collection, name)? {
            Some(item) => service.secret(&item).map(Some),
            None => Ok(None),
        })?;
        match found {
            Some(text) => Ok(Some(text.to_vec().into())),
            None => self.foreign(name),
        }
    }

    fn put(&self, name: &str, value: &SecretBytes, _: Option<Timestamp>) -> Result<(), Failure> {
        self.with(|service, collection| service.put(collection, name, value.expose()))
    }

    fn remove(&self, name: &str) -> Result<bool, Failure> {
        if self.foreign(name)?.is_some() {
            let profile = foreign::attribute(name).unwrap_or(name);
            // Ours removed, aws-vault's would be used.
            return Err(Failure::Setting(format!(
                "aws-vault keeps a key for profile `{profile}` as well, which is its own; remove that by `aws-vault remove {profile}` first"
            )));
        }
        self.with(|service, collection| match service.find(collection, name)? {
            Some(item) => service.delete(&item).map(|()| true),
            None => Ok(false),
        })
    }
}

impl DesktopStore {
    /// Whether keys of aws-vault may lie there; elsewhere, none of the items is its own.
    fn may_have_foreign(&self, collection: &Collection) -> bool {
        self.named.is_some() || collection.label() == OF_AWS_VAULT
    }

    /// A key that aws-vault has put there.
    fn foreign(&self, name: &str) -> Result<Option<SecretBytes>, Failure> {
        let Some(attribute) = foreign::attribute(name) else {
            return Ok(None);
        };
        let found = self.with(|service, collection| {
            let is_there = self.may_have_foreign(collection);
            let item = match is_there {
                true => service.having(collection, (foreign::ATTRIBUTE, attribute))?,
                false => None,
            };
            item.map(|item| service.secret(&item)).transpose()
        })?;
        let unreadable = || Failure::Setting(format!("what aws-vault keeps for `{attribute}` is no key"));
        found
            .map(|item| foreign::opened(&item).ok_or_else(unreadable))
            .transpose()
    }
}

/// The collection of this name, or the one to take when none is named.
fn find(service: &mut Service, named: Option<&str>) -> Result<Option<Collection>, BusError> {
    match service.named(named.unwrap_or(OF_AWS_VAULT))? {
        None if named.is_none() => service.default(),
        found => Ok(found),
    }
}

fn failure(error: &BusError) -> Failure {
    Failure::Setting(format!("the desktop's keyring cannot be used: {error}"))
}
