//! A version that is about to be made.

use kagiban_aws::Timestamp;
use kagiban_iam::Scope;

use super::{Checked, Described, check, hash};
use crate::ParameterError;
use crate::records::{Document, DocumentVersion, VersionFacts};
use crate::wire::{AttachmentsSource, document_format};

/// How many documents an account may have in a Region.
pub(crate) const MAX_DOCUMENTS: usize = 500;
/// How many versions a document may have.
pub(crate) const MAX_VERSIONS: usize = 1000;

/// What a request says of a new version.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    content: String,
    format: String,
    pub(crate) version_name: Option<String>,
    display_name: Option<String>,
    target_type: Option<String>,
}

impl Draft {
    pub(crate) fn of(
        content: Option<String>,
        format: Option<String>,
        version_name: Option<String>,
        display_name: Option<String>,
        target_type: Option<String>,
    ) -> Draft {
        Draft {
            content: content.unwrap_or_default(),
            format: format.unwrap_or_else(|| document_format::JSON.to_owned()),
            version_name,
            display_name,
            target_type,
        }
    }

    /// Refuses what would not be kept.
    //
    // DIFFERS: AWS takes attachments, which lie in S3, and documents that require others.
    pub(crate) fn refuse_extras(
        requires: bool,
        attachments: Option<Vec<AttachmentsSource>>,
    ) -> Result<(), ParameterError> {
        if !requires && attachments.is_none_or(|all| all.is_empty()) {
            return Ok(());
        }
        let sentence = "Attachments and Requires are not supported here.";
        Err(ParameterError::Validation(sentence.to_owned()))
    }

    /// Holds the content against what a type of document asks for.
    ///
    /// # Errors
    ///
    /// `TooLong`, `InvalidContent`, `InvalidSchema`.
    pub(crate) fn check(&self, kind: &str) -> Result<Checked, ParameterError> {
        Ok(check::check(kind, &self.format, &self.content)?)
    }

    /// What tells contents apart.
    pub(crate) fn hash(&self) -> Box<str> {
        hash(&self.content)
    }

    pub(crate) fn version(&self, number: i64, checked: &Checked, now: Timestamp) -> DocumentVersion {
        let text = |text: &Option<String>| text.as_deref().map(Into::into);
        DocumentVersion {
            facts: VersionFacts {
                number,
                name: text(&self.version_name),
                created: now,
                format: self.format.as_str().into(),
                hash: self.hash(),
                schema: checked.schema.clone(),
                platforms: checked.platforms.clone(),
                display_name: text(&self.display_name),
                target_type: text(&self.target_type),
            },
            content: self.content.as_str().into(),
            rest: Default::default(),
        }
    }
}

impl Document {
    /// A version of it as answers tell of it.
    pub(crate) fn described<'d>(
        &'d self,
        name: &'d str,
        home: Scope,
        facts: &'d VersionFacts,
        latest: i64,
    ) -> Described<'d> {
        Described {
            name,
            owner: home.account.to_string(),
            kind: &self.kind,
            facts,
            default: self.default,
            latest,
            tags: &self.tags,
        }
    }
}
