//! Documents in memory.

use imbl::OrdMap;
use kagiban_iam::{ByName, Scope, Stored};
use kagiban_store::{Error, Event, Rev};

use crate::State;
use crate::records::{Document, DocumentVersion, VersionFacts};

/// One account's documents in one Region.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    by_name: ByName<Document>,
    /// By document and number.
    versions: OrdMap<(Box<str>, i64), Filed>,
}

/// A version whose content lies in the store.
#[derive(Clone, Debug)]
pub struct Filed {
    /// What is known of it.
    pub facts: VersionFacts,
    /// The revision that wrote it.
    pub revision: Rev,
}

impl Documents {
    /// A document by its name.
    pub fn get(&self, name: &str) -> Option<&Stored<Document>> {
        self.by_name.get(name)
    }

    /// How many documents there are.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// All documents, in the order of their names.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Stored<Document>)> {
        self.by_name.iter().map(|(name, document)| (&**name, document))
    }

    /// A version of a document.
    pub fn version(&self, name: &str, number: i64) -> Option<&Filed> {
        self.versions.get(&(name.into(), number))
    }

    /// All versions of a document, oldest first.
    pub fn versions<'d>(&'d self, name: &'d str) -> impl DoubleEndedIterator<Item = &'d Filed> {
        self.versions
            .range((name.into(), 0)..=(name.into(), i64::MAX))
            .map(|(_, version)| version)
    }
}

impl State {
    /// An account's documents in a Region; none before the first.
    pub fn documents(&self, scope: Scope) -> Option<&Documents> {
        self.documents.get(&scope)
    }

    /// Every account's documents in every Region.
    pub(crate) fn all_documents(&self) -> impl Iterator<Item = (Scope, &Documents)> {
        self.documents
            .iter()
            .map(|(scope, documents)| (*scope, documents))
    }

    pub(crate) fn apply_document(&mut self, scope: Scope, name: &str, event: &Event) -> Result<(), Error> {
        let documents = self.documents.entry(scope).or_default();
        kagiban_iam::apply(&mut documents.by_name, name.into(), event)
    }

    pub(crate) fn apply_document_version(
        &mut self,
        scope: Scope,
        [name, number]: [&str; 2],
        event: &Event,
    ) -> Result<(), Error> {
        let number = number.parse().map_err(|_| kagiban_iam::misplaced(event))?;
        let place = (name.into(), number);
        let documents = self.documents.entry(scope).or_default();
        match event.record::<DocumentVersion>()? {
            Some(version) => {
                let revision = event.mod_rev;
                let facts = version.facts;
                documents.versions.insert(place, Filed { facts, revision })
            }
            None => documents.versions.remove(&place),
        };
        Ok(())
    }
}
