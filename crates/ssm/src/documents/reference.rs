//! Which document a request names: one of the account's own, one of AWS's, or one that another account
//! shares.

use kagiban_aws::AccountId;
use kagiban_iam::{Call, Requirement, Scope, Stored};
use kagiban_session::document::SessionDocument;
use kagiban_store::{Entry, Key};

use super::owned::{self, OwnedDocument};
use super::{Content, DocumentError, Documents};
use crate::records::{Document, DocumentVersion, VersionFacts, keys};
use crate::wire::{document_format, document_type};

use crate::{ParameterError, View, access};

/// A document as a request names it.
#[derive(Clone, Debug)]
pub(crate) struct DocumentRef {
    /// As it was asked for.
    pub(crate) asked: String,
    /// The name alone.
    pub(crate) name: String,
    home: Home,
}

#[derive(Clone, Copy, Debug)]
enum Home {
    /// A bare name: the account's own, or AWS's.
    Bare,
    /// An ARN without an account.
    Aws,
    /// An ARN.
    Of(Scope),
}

/// A document that is there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found<'v> {
    /// AWS's own.
    Owned(&'static OwnedDocument),
    /// An account's.
    Kept(Kept<'v>),
}

/// An account's document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept<'v> {
    pub(crate) home: Scope,
    pub(crate) name: &'v str,
    pub(crate) document: &'v Stored<Document>,
    pub(crate) documents: &'v Documents,
    /// Which versions may be seen: none for all of them.
    only: Option<&'v str>,
}

impl DocumentRef {
    /// The account's preferences for sessions.
    pub(crate) const PREFERENCES: &'static str = "SSM-SessionManagerRunShell";

    /// Reads a name or an ARN.
    ///
    /// # Errors
    ///
    /// `NoSuchDocument` for what is neither.
    pub(crate) fn parse(asked: &str) -> Result<DocumentRef, DocumentError> {
        let unknown = || DocumentError::NoSuchDocument(asked.to_owned());
        let (name, home) = match asked.strip_prefix("arn:aws:ssm:") {
            Some(rest) => arn(rest).ok_or_else(unknown)?,
            None => (asked, Home::Bare),
        };
        match is_name(name) {
            true => Ok(DocumentRef {
                asked: asked.to_owned(),
                name: name.to_owned(),
                home,
            }),
            false => Err(unknown()),
        }
    }

    /// The document, if there is one that the caller's account may use.
    pub(crate) fn find<'v>(&'v self, call: &Call<'_>, view: &View<'v>) -> Option<Found<'v>> {
        let owned = || owned::get(&self.name).map(Found::Owned);
        match self.home {
            Home::Bare => self.kept(call.scope, call, view).or_else(owned),
            Home::Aws => owned(),
            Home::Of(home) => self.kept(home, call, view),
        }
    }

    /// The same as it must be.
    ///
    /// # Errors
    ///
    /// `NoSuchDocument`.
    pub(crate) fn found<'v>(&'v self, call: &Call<'_>, view: &View<'v>) -> Result<Found<'v>, DocumentError> {
        let unknown = || DocumentError::NoSuchDocument(self.asked.clone());
        self.find(call, view).ok_or_else(unknown)
    }

    /// A document that the caller's account owns, for operations that change it.
    ///
    /// # Errors
    ///
    /// `NoSuchDocument`.
    pub(crate) fn own<'v>(&'v self, call: &Call<'_>, view: &View<'v>) -> Result<Kept<'v>, DocumentError> {
        match self.found(call, view)? {
            Found::Kept(kept) if kept.home == call.scope => Ok(kept),
            Found::Kept(_) | Found::Owned(_) => Err(DocumentError::NoSuchDocument(self.asked.clone())),
        }
    }

    fn kept<'v>(&'v self, home: Scope, call: &Call<'_>, view: &View<'v>) -> Option<Found<'v>> {
        if home.region != call.scope.region {
            return None;
        }
        let documents = view.ssm.documents(home)?;
        let document = documents.get(&self.name)?;
        let only = match home.account == call.scope.account {
            true => None,
            false => Some(shared_with(document, call.scope.account)?),
        };
        Some(Found::Kept(Kept {
            home,
            name: &self.name,
            document,
            documents,
            only,
        }))
    }

    /// What the caller must be allowed to do `action` to it, or to what might be one.
    pub(crate) fn requirement(&self, action: &'static str, call: &Call<'_>, view: &View<'_>) -> Requirement {
        let Scope { account, region } = call.scope;
        let found = self.find(call, view);
        let of = match (found, self.home) {
            (Some(Found::Owned(_)), _) | (None, Home::Aws) => String::new(),
            (Some(Found::Kept(kept)), _) => kept.home.account.to_string(),
            (None, Home::Of(home)) => home.account.to_string(),
            (None, Home::Bare) => account.to_string(),
        };
        // What is shared is the owner's leave already; the caller's own policies do the rest. What is not
        // there, or not shared, is left to the account that the ARN names.
        let owner = match (found, self.home) {
            (None, Home::Of(home)) => home.account,
            _ => account,
        };
        let arn = format!("arn:aws:ssm:{region}:{of}:document/{}", self.name);
        let requirement = Requirement::on(action, arn, owner);
        match found {
            Some(Found::Kept(kept)) => access::tagged(requirement, &kept.document.tags)
                .when("ssm:documenttype", &*kept.document.kind),
            Some(Found::Owned(_)) => requirement.when("ssm:documenttype", document_type::SESSION),
            None => requirement,
        }
    }
}

/// `<region>:<account>:document/<name>`
fn arn(rest: &str) -> Option<(&str, Home)> {
    let mut parts = rest.splitn(3, ':');
    let (region, account) = (parts.next()?, parts.next()?);
    let name = parts.next()?.strip_prefix("document/")?;
    let home = match account {
        "" => Home::Aws,
        account => Home::Of(Scope {
            account: account.parse().ok()?,
            region: region.parse().ok()?,
        }),
    };
    Some((name, home))
}

/// Whether a document may be called so.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (3..=128).contains(&name.len()) && name.bytes().all(plain)
}

/// Which versions an account may use.
fn shared_with(document: &Document, account: AccountId) -> Option<&str> {
    let account = account.to_string();
    let mut shares = document.shares.iter();
    let share = shares.find(|share| *share.account == *account || &*share.account == "all")?;
    Some(&share.version)
}

impl<'v> Kept<'v> {
    /// The number of the newest version.
    pub(crate) fn latest(&self) -> i64 {
        let newest = self.documents.versions(self.name).next_back();
        newest.map_or(self.document.last, |version| version.facts.number)
    }

    /// The version that a request names by number, `$LATEST` or `$DEFAULT`, by name, or not at all.
    ///
    /// # Errors
    ///
    /// `NoSuchVersion`, also if number and name do not belong together.
    pub(crate) fn version(
        &self,
        number: Option<&str>,
        name: Option<&str>,
    ) -> Result<&'v VersionFacts, DocumentError> {
        let named = |facts: &&VersionFacts| name.is_none_or(|name| facts.name.as_deref() == Some(name));
        let number = match (number, name) {
            (Some("$LATEST"), _) => self.latest(),
            (None, Some(name)) => self.numbered(name).ok_or(DocumentError::NoSuchVersion)?,
            (None | Some("" | "$DEFAULT"), _) => self.document.default,
            (Some(number), _) => number.parse().map_err(|_| DocumentError::NoSuchVersion)?,
        };
        let version = self
            .documents
            .version(self.name, number)
            .map(|version| &version.facts);
        let version = version.filter(named).filter(|facts| self.may_see(facts.number));
        version.ok_or(DocumentError::NoSuchVersion)
    }

    fn numbered(&self, name: &str) -> Option<i64> {
        let mut versions = self.documents.versions(self.name);
        let named = versions.find(|version| version.facts.name.as_deref() == Some(name));
        named.map(|version| version.facts.number)
    }

    pub(crate) fn may_see(&self, number: i64) -> bool {
        match self.only {
            None | Some("$ALL") => true,
            Some("$LATEST") => number == self.latest(),
            Some(_) => number == self.document.default,
        }
    }

    /// Where a version's content lies.
    pub(crate) fn place(&self, facts: &VersionFacts) -> Key {
        keys::document_version(self.home, self.name, facts.number)
    }

    /// A version's content, which has been read from the store.
    ///
    /// # Errors
    ///
    /// `Internal` if it has not.
    pub(crate) fn content(
        &self,
        facts: &VersionFacts,
        cold: &[Entry],
    ) -> Result<DocumentVersion, ParameterError> {
        let place = self.place(facts);
        let entry = cold.iter().find(|entry| entry.key == place);
        let entry = entry.ok_or(ParameterError::Internal)?;
        entry.record().map_err(|_| ParameterError::Internal)
    }

    /// The document that starts sessions, in its default version.
    ///
    /// # Errors
    ///
    /// `NotSession`; `InvalidContent` if it was once accepted and is not any more.
    pub(crate) fn session(&self, cold: &[Entry]) -> Result<SessionDocument, ParameterError> {
        if &*self.document.kind != document_type::SESSION {
            let kind = self.document.kind.to_string();
            return Err(DocumentError::NotSession(self.name.to_owned(), kind).into());
        }
        let facts = self.version(None, None)?;
        let version = self.content(facts, cold)?;
        let json = match &*facts.format {
            document_format::YAML => Content::from_yaml(&version.content)?.to_json(),
            _ => version.content.to_string(),
        };
        Ok(SessionDocument::parse(&json).map_err(DocumentError::from)?)
    }
}
