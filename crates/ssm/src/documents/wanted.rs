//! A version of a document that somebody wants to see, with its content.

use kagiban_iam::{Call, With};
use kagiban_store::Key;

use super::{Content, Described, DocumentRef, Found};
use crate::wire::document_format;
use crate::{ParameterError, View};

/// Which version of which document.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) document: DocumentRef,
    pub(crate) number: Option<String>,
    pub(crate) version_name: Option<String>,
}

/// A content as it was stored.
#[derive(Clone, Debug)]
pub(crate) struct Stored(pub(crate) Box<str>);

impl Wanted {
    /// What has to be read from the store for it.
    pub(crate) fn cold(&self, call: &Call<'_>, view: &View<'_>) -> Vec<Key> {
        let place = || match self.document.find(call, view)? {
            Found::Owned(_) => None,
            Found::Kept(kept) => {
                let version = kept.version(self.number.as_deref(), self.version_name.as_deref());
                Some(kept.place(version.ok()?))
            }
        };
        place().into_iter().collect()
    }

    /// The version and its content.
    ///
    /// # Errors
    ///
    /// `NoSuchDocument`, `NoSuchVersion`.
    pub(crate) fn read<'v>(
        &'v self,
        call: &Call<'_>,
        view: &View<'v>,
        with: &With<'_>,
    ) -> Result<(Described<'v>, Stored), ParameterError> {
        let found = self.document.found(call, view)?;
        let described = found.described(self.number.as_deref(), self.version_name.as_deref())?;
        let content = match found {
            Found::Owned(owned) => owned.content.into(),
            Found::Kept(kept) => kept.content(described.facts, with.cold)?.content,
        };
        Ok((described, Stored(content)))
    }
}

impl Stored {
    /// The content as a tree; nothing if it is a text of another kind.
    pub(crate) fn tree(&self, format: &str) -> Content {
        let read = match format {
            document_format::YAML => Content::from_yaml(&self.0),
            _ => Content::from_json(&self.0),
        };
        read.unwrap_or(Content::Null)
    }

    /// The content in another format than its own; in its own, or as `TEXT`, it is what was sent.
    pub(crate) fn converted(&self, from: &str, to: &str) -> String {
        match (from, to) {
            (document_format::YAML, document_format::JSON) => self.tree(from).to_pretty_json(),
            (document_format::JSON, document_format::YAML) => self.tree(from).to_yaml(),
            _ => self.0.to_string(),
        }
    }
}
