//! The Secret Service's operations, as far as a store needs them.

use std::time::Duration;

use zeroize::Zeroizing;

use super::bus::{Bus, BusError, Target};
use super::exchange::{ALGORITHM, Half, SessionKey};
use super::value::Value;

const SERVICE: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";

/// For somebody to find the dialog and the password.
const FOR_A_PERSON: Duration = Duration::from_secs(180);

/// What all items of this program have among their attributes, besides their name.
const OWNER: (&str, &str) = ("application", "kagiban");
const NAME: &str = "kagiban:name";

/// A collection of items.
#[derive(Clone, Debug)]
pub(super) struct Collection {
    path: String,
    label: String,
}

/// The keyring, and the key of this connection to it.
pub(super) struct Service {
    bus: Bus,
    /// How long a call may take; a keyring answers at once, or hangs.
    patience: Duration,
    session: Option<(String, SessionKey)>,
}

impl Collection {
    /// What people see of it.
    pub(super) fn label(&self) -> &str {
        &self.label
    }
}

impl Service {
    /// Connects; `may_start` says whether a service that does not run yet is started.
    ///
    /// # Errors
    ///
    /// If there is no bus, or no keyring on it.
    pub(super) fn connect(may_start: bool, patience: Duration) -> Result<Service, BusError> {
        let mut bus = Bus::connect(patience)?;
        let missing = match bus.has_service(SERVICE, patience)? {
            (true, _) => None,
            (false, true) if may_start => None,
            (false, true) => Some("the desktop's keyring does not run, and is not started without a display"),
            (false, false) => Some("the session bus knows no keyring (org.freedesktop.secrets)"),
        };
        match missing {
            Some(why) => Err(BusError::Unreachable(why.to_owned())),
            None => Ok(Service {
                bus,
                patience,
                session: None,
            }),
        }
    }

    /// The collection whose label or path has this name.
    pub(super) fn named(&mut self, name: &str) -> Result<Option<Collection>, BusError> {
        let paths = self.property(ROOT, "Service", "Collections")?.elements();
        for path in paths.unwrap_or_default().into_iter().filter_map(Value::text) {
            let collection = self.collection(path)?;
            if collection.label == name || collection.path.rsplit('/').next() == Some(name) {
                return Ok(Some(collection));
            }
        }
        Ok(None)
    }

    /// The collection that the desktop keeps things in when none is named.
    pub(super) fn default(&mut self) -> Result<Option<Collection>, BusError> {
        let alias = [Value::Text("default".to_owned())];
        match self.answer(ROOT, "Service", "ReadAlias", &alias)?.text() {
            Some(path) if path != "/" => self.collection(path).map(Some),
            _ => Ok(None),
        }
    }

    fn collection(&mut self, path: String) -> Result<Collection, BusError> {
        let label = self.property(&path, "Collection", "Label")?.text();
        Ok(Collection {
            path,
            label: label.unwrap_or_default(),
        })
    }

    /// Makes a collection, which asks for its password in a dialog.
    pub(super) fn make_collection(&mut self, name: &str) -> Result<Collection, BusError> {
        let label = Value::Text(name.to_owned());
        let body = [
            Value::properties([("org.freedesktop.Secret.Collection.Label", label)]),
            Value::Text(String::new()),
        ];
        let [made, prompt] = self.pair(ROOT, "Service", "CreateCollection", &body)?;
        let made = match self.prompted(&prompt)? {
            Some(Some(Value::Path(path) | Value::Text(path))) => path,
            Some(_) => made,
            None => {
                return Err(BusError::Unreachable(
                    "nothing was entered in its dialog".to_owned(),
                ));
            }
        };
        self.collection(made)
    }

    /// Whether nothing can be read of it.
    pub(super) fn is_locked(&mut self, collection: &Collection) -> Result<bool, BusError> {
        Ok(self.property(&collection.path, "Collection", "Locked")? == Value::Bool(true))
    }

    /// Unlocks it, which asks for its password in a dialog; `false` if nobody has entered it.
    pub(super) fn unlock(&mut self, collection: &Collection) -> Result<bool, BusError> {
        let body = [Value::paths(&[&collection.path])];
        let mut answer = self.call(ROOT, "Service", "Unlock", &body)?;
        let prompt = answer.pop().and_then(Value::text).ok_or(BusError::Malformed)?;
        Ok(self.prompted(&prompt)?.is_some() && !self.is_locked(collection)?)
    }

    /// The names of this program's items.
    pub(super) fn names(&mut self, collection: &Collection) -> Result<Vec<String>, BusError> {
        let mut names = Vec::new();
        for item in self.search(collection, &[OWNER])? {
            names.extend(self.attribute(&item, NAME)?);
        }
        names.sort();
        Ok(names)
    }

    /// What an attribute says of all items that have it.
    pub(super) fn attributes(
        &mut self,
        collection: &Collection,
        name: &str,
    ) -> Result<Vec<String>, BusError> {
        let items = self.property(&collection.path, "Collection", "Items")?.elements();
        let mut found = Vec::new();
        for item in items.unwrap_or_default().into_iter().filter_map(Value::text) {
            found.extend(self.attribute(&item, name)?);
        }
        Ok(found)
    }

    fn attribute(&mut self, item: &str, name: &str) -> Result<Option<String>, BusError> {
        let attributes = self.property(item, "Item", "Attributes")?.elements();
        let mut attributes = attributes.unwrap_or_default().into_iter();
        Ok(attributes.find_map(|attribute| value_of(attribute, name)))
    }

    /// The first item of which an attribute says this.
    pub(super) fn having(
        &mut self,
        collection: &Collection,
        attribute: (&str, &str),
    ) -> Result<Option<String>, BusError> {
        Ok(self.search(collection, &[attribute])?.into_iter().next())
    }

    /// The item of a name.
    pub(super) fn find(&mut self, collection: &Collection, name: &str) -> Result<Option<String>, BusError> {
        Ok(self
            .search(collection, &[OWNER, (NAME, name)])?
            .into_iter()
            .next())
    }

    fn search(
        &mut self,
        collection: &Collection,
        attributes: &[(&str, &str)],
    ) -> Result<Vec<String>, BusError> {
        let body = [Value::names(attributes)];
        let found = self.answer(&collection.path, "Collection", "SearchItems", &body)?;
        let items = found.elements().ok_or(BusError::Malformed)?;
        Ok(items.into_iter().filter_map(Value::text).collect())
    }

    /// What an item holds.
    pub(super) fn secret(&mut self, item: &str) -> Result<Zeroizing<Vec<u8>>, BusError> {
        let (session, _) = self.session()?;
        let body = [Value::Path(session.clone())];
        let answer = self.answer(item, "Item", "GetSecret", &body)?;
        let members = answer.elements().unwrap_or_default();
        let [_, vector, sealed, _] = <[Value; 4]>::try_from(members).map_err(|_| BusError::Malformed)?;
        let (Some(vector), Some(sealed)) = (vector.bytes(), sealed.bytes()) else {
            return Err(BusError::Malformed);
        };
        let (_, key) = self.session()?;
        key.open(&vector, &sealed).ok_or(BusError::Malformed)
    }

    /// Adds an item, or replaces the one of this name.
    pub(super) fn put(&mut self, collection: &Collection, name: &str, secret: &[u8]) -> Result<(), BusError> {
        let (session, key) = self.session()?;
        let (vector, sealed) = key.seal(secret);
        let secret = Value::Struct(vec![
            Value::Path(session.clone()),
            Value::Bytes(vector),
            Value::Bytes(sealed),
            Value::Text("application/json".to_owned()),
        ]);
        let attributes = Value::names(&[OWNER, (NAME, name)]);
        let properties = Value::properties([
            (
                "org.freedesktop.Secret.Item.Label",
                Value::Text(format!("kagiban: {name}")),
            ),
            ("org.freedesktop.Secret.Item.Attributes", attributes),
        ]);
        let body = [properties, secret, Value::Bool(true)];
        let [_, prompt] = self.pair(&collection.path, "Collection", "CreateItem", &body)?;
        self.finished(&prompt)
    }

    /// Takes an item away.
    pub(super) fn delete(&mut self, item: &str) -> Result<(), BusError> {
        let prompt = self.answer(item, "Item", "Delete", &[])?.text();
        self.finished(&prompt.ok_or(BusError::Malformed)?)
    }

    fn finished(&mut self, prompt: &str) -> Result<(), BusError> {
        match self.prompted(prompt)? {
            Some(_) => Ok(()),
            None => Err(BusError::Unreachable(
                "it wanted a confirmation and got none".to_owned(),
            )),
        }
    }

    /// Shows a dialog if one is wanted, and returns what came of it; `None` if it was dismissed.
    fn prompted(&mut self, prompt: &str) -> Result<Option<Option<Value>>, BusError> {
        if prompt == "/" {
            return Ok(Some(None));
        }
        self.bus.subscribe(prompt, self.patience)?;
        self.call(prompt, "Prompt", "Prompt", &[Value::Text(String::new())])?;
        let mut completed = self.bus.signal(prompt, "Completed", FOR_A_PERSON)?;
        let result = completed.pop().map(Value::inner);
        Ok((completed.first() == Some(&Value::Bool(false))).then_some(result))
    }

    fn session(&mut self) -> Result<&(String, SessionKey), BusError> {
        if self.session.is_none() {
            let half = Half::new();
            let public = Value::Variant(Box::new(Value::Bytes(half.public())));
            let body = [Value::Text(ALGORITHM.to_owned()), public];
            let answer = self.call(ROOT, "Service", "OpenSession", &body)?;
            let [theirs, path] = <[Value; 2]>::try_from(answer).map_err(|_| BusError::Malformed)?;
            let key = theirs.inner().bytes().and_then(|theirs| half.agree(&theirs));
            self.session = path.text().zip(key);
        }
        self.session.as_ref().ok_or(BusError::Malformed)
    }

    fn property(&mut self, path: &str, interface: &str, name: &str) -> Result<Value, BusError> {
        let body = [Value::Text(full(interface)), Value::Text(name.to_owned())];
        let target = Target {
            service: SERVICE,
            path,
            interface: "org.freedesktop.DBus.Properties",
        };
        let answer = self.bus.call(target, "Get", &body, self.patience)?;
        answer
            .into_iter()
            .next()
            .map(Value::inner)
            .ok_or(BusError::Malformed)
    }

    /// A call that has one value for an answer.
    fn answer(
        &mut self,
        path: &str,
        interface: &str,
        member: &str,
        body: &[Value],
    ) -> Result<Value, BusError> {
        let answer = self.call(path, interface, member, body)?;
        answer.into_iter().next().ok_or(BusError::Malformed)
    }

    /// A call that has two objects for an answer, the second of which is a dialog or none.
    fn pair(
        &mut self,
        path: &str,
        interface: &str,
        member: &str,
        body: &[Value],
    ) -> Result<[String; 2], BusError> {
        let answer = self.call(path, interface, member, body)?;
        let paths: Option<Vec<String>> = answer.into_iter().map(Value::text).collect();
        paths
            .and_then(|paths| paths.try_into().ok())
            .ok_or(BusError::Malformed)
    }

    fn call(
        &mut self,
        path: &str,
        interface: &str,
        member: &str,
        body: &[Value],
    ) -> Result<Vec<Value>, BusError> {
        let interface = full(interface);
        let target = Target {
            service: SERVICE,
            path,
            interface: &interface,
        };
        self.bus.call(target, member, body, self.patience)
    }
}

fn full(interface: &str) -> String {
    format!("org.freedesktop.Secret.{interface}")
}

/// What an attribute says, if it is the one of this name.
fn value_of(attribute: Value, name: &str) -> Option<String> {
    let Value::Entry(entry) = attribute else {
        return None;
    };
    let (key, value) = *entry;
    (key.text()? == name).then(|| value.text())?
}
