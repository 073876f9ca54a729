//! What a read leads to: old versions to fetch, and parameters to ask permissions on.
//!
//! A request has ten parameters at most, and each leads to a hundred references, so nothing here is more
//! than a thousand.

use std::collections::HashSet;

use kagiban_iam::{Call, Requirement};
use kagiban_store::{Entry, Key};

use super::{MAX_DEPTH, MAX_REFERENCES, READ, is_chosen, parse};
use crate::reading;
use crate::records::{Parameter, ParameterType, keys};
use crate::{ParameterName, View, access};

/// What a read leads to.
#[derive(Default)]
pub(crate) struct Reach {
    /// Where the old versions lie that it needs.
    pub(crate) cold: Vec<Key>,
    /// The parameters that references lead to, those that refer before what only they refer to: so
    /// that nobody is refused for something that they could not have known of.
    names: Vec<ParameterName>,
    /// What is in the two already.
    noted: (HashSet<Key>, HashSet<Box<str>>),
}

impl Reach {
    /// Follows the references of versions, if the account has them resolved, as far as memory and the
    /// records read so far tell. Those of secrets count only if secrets are decrypted.
    ///
    /// What is beyond the bounds of a value is left: resolving it is refused in any case.
    pub(crate) fn of<'v>(
        roots: impl IntoIterator<Item = (&'v Parameter, i64)>,
        decrypt: bool,
        call: &Call<'_>,
        view: &View<'v>,
        cold: &[Entry],
    ) -> Reach {
        let follow = is_chosen(call, view);
        let mut reach = Reach::default();
        for root in roots {
            let mut walk = Walk {
                decrypt,
                call,
                view,
                cold,
                texts: HashSet::new(),
                versions: HashSet::new(),
                reach: &mut reach,
            };
            match follow {
                true => walk.from(root),
                false => walk.fetch(root),
            }
        }
        reach
    }

    /// The records that are needed, if any of them has not been read.
    pub(crate) fn lacking(self, cold: &[Entry]) -> Vec<Key> {
        let read: HashSet<&Key> = cold.iter().map(|entry| &entry.key).collect();
        match self.cold.iter().all(|key| read.contains(key)) {
            true => Vec::new(),
            false => self.cold,
        }
    }

    /// What the reader must be allowed, as far as the records read so far tell: the rest is asked for on
    /// the way. What is named here, the audit names.
    pub(crate) fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Vec<Requirement> {
        let on = |name| access::on(READ, name, call, view);
        self.names.iter().map(on).collect()
    }
}

impl View<'_> {
    /// The parameters that reading one leads to by references, each once: as far as newest versions tell,
    /// and with its secrets decrypted. None for other actions, and where references are not resolved.
    pub fn of_references(&self, action: &str, name: &ParameterName, call: &Call<'_>) -> Vec<ParameterName> {
        const READS: [&str; 3] = [READ, "ssm:GetParameters", "ssm:GetParametersByPath"];
        let reads = READS.iter().any(|read| read.eq_ignore_ascii_case(action));
        if !reads || !is_chosen(call, self) {
            return Vec::new();
        }
        let parameter = self.readable(call.scope, name, call.facts.now);
        let root = parameter.map(|parameter| (&**parameter, parameter.current.number));
        Reach::of(root, true, call, self, &[]).names
    }
}

/// The way from one parameter that is asked for.
struct Walk<'w, 'c, 'v> {
    decrypt: bool,
    call: &'w Call<'c>,
    view: &'w View<'v>,
    cold: &'w [Entry],
    /// The references met.
    texts: HashSet<Box<str>>,
    /// The versions met.
    versions: HashSet<(&'v str, i64)>,
    reach: &'w mut Reach,
}

impl<'v> Walk<'_, '_, 'v> {
    /// Level by level, so that each version is met as near to the root as it is.
    fn from(&mut self, root: (&'v Parameter, i64)) {
        let mut level = vec![root];
        for depth in 0..=MAX_DEPTH {
            let mut next = Vec::new();
            for version in level {
                if !self.versions.insert((&version.0.name, version.1)) {
                    continue;
                }
                self.fetch(version);
                if depth < MAX_DEPTH && !self.follow(version, &mut next) {
                    return;
                }
            }
            level = next;
        }
    }

    /// Notes where a version lies, if it is an old one.
    fn fetch(&mut self, (parameter, number): (&Parameter, i64)) {
        if number == parameter.current.number {
            return;
        }
        let name = ParameterName::stored(&parameter.name);
        let key = keys::version(self.call.scope, &name, parameter.life, number);
        if self.reach.noted.0.insert(key.clone()) {
            self.reach.cold.push(key);
        }
    }

    /// Notes what a version refers to; whether that is not too much.
    fn follow(
        &mut self,
        (parameter, number): (&'v Parameter, i64),
        next: &mut Vec<(&'v Parameter, i64)>,
    ) -> bool {
        let Ok(Some(version)) = reading::version(parameter, number, self.call.scope, self.cold) else {
            return true;
        };
        if version.value.kind() == ParameterType::SecureString && !self.decrypt {
            return true;
        }
        for text in version.references() {
            if self.texts.contains(text) {
                continue;
            }
            if self.texts.len() == MAX_REFERENCES {
                return false;
            }
            self.texts.insert(text.clone());
            next.extend(self.target(text));
        }
        true
    }

    /// Notes what a reference names, be there a parameter or not: who may not read it is told nothing.
    fn target(&mut self, text: &str) -> Option<(&'v Parameter, i64)> {
        let reference = parse(text)?;
        let target = reading::root(&reference, self.call, self.view);
        if self.reach.noted.1.insert(reference.name.canonical().into()) {
            self.reach.names.push(reference.name);
        }
        target
    }
}
