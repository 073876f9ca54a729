//! Documents as answers tell of them.

use std::sync::LazyLock;

use aws_lc_rs::digest;
use kagiban_aws::Timestamp;
use kagiban_iam::hex;
use kagiban_iam::records::Tag;

use super::check::EVERYWHERE;
use super::reference::Kept;
use super::{Content, DocumentError, Found, OwnedDocument};
use crate::records::VersionFacts;
use crate::tags;
use crate::wire::{self, document_format, document_hash_type, document_status, document_type};

/// One version of a document with all that answers tell of it but its content.
#[derive(Clone, Debug)]
pub(crate) struct Described<'d> {
    pub(crate) name: &'d str,
    pub(crate) owner: String,
    pub(crate) kind: &'d str,
    pub(crate) facts: &'d VersionFacts,
    pub(crate) default: i64,
    pub(crate) latest: i64,
    pub(crate) tags: &'d [Tag],
}

/// Whose AWS's own documents are.
pub(crate) const AMAZON: &str = "Amazon";

/// Lower-case hexadecimal SHA-256 of a content.
pub(crate) fn hash(content: &str) -> Box<str> {
    hex(digest::digest(&digest::SHA256, content.as_bytes()).as_ref()).into()
}

// UNSURE: when AWS made its documents is not known to us.
const AWS_CREATED: Timestamp = Timestamp::from_seconds(1_530_403_200);

static OWNED_FACTS: LazyLock<Vec<VersionFacts>> = LazyLock::new(|| {
    let facts = |owned: &OwnedDocument| VersionFacts {
        number: 1,
        name: None,
        created: AWS_CREATED,
        format: document_format::JSON.into(),
        hash: hash(owned.content),
        schema: Some("1.0".into()),
        platforms: EVERYWHERE.map(Into::into).into(),
        display_name: None,
        target_type: None,
    };
    super::owned::all().iter().map(facts).collect()
});

impl OwnedDocument {
    /// The only version of it.
    pub(crate) fn facts(&self) -> &'static VersionFacts {
        let place = super::owned::all()
            .iter()
            .position(|owned| owned.name == self.name);
        &OWNED_FACTS[place.expect("it is one of them")]
    }
}

impl<'v> Found<'v> {
    /// A version as a request names it.
    ///
    /// # Errors
    ///
    /// `NoSuchVersion`.
    pub(crate) fn described(
        &self,
        number: Option<&str>,
        name: Option<&str>,
    ) -> Result<Described<'v>, DocumentError> {
        match self {
            Found::Owned(owned) => match (number, name) {
                (None | Some("" | "1" | "$DEFAULT" | "$LATEST"), None) => Ok(Described::owned(owned)),
                _ => Err(DocumentError::NoSuchVersion),
            },
            Found::Kept(kept) => Ok(kept.described(kept.version(number, name)?)),
        }
    }
}

impl<'v> Kept<'v> {
    pub(crate) fn described(&self, facts: &'v VersionFacts) -> Described<'v> {
        Described {
            name: self.name,
            owner: self.home.account.to_string(),
            kind: &self.document.kind,
            facts,
            default: self.document.default,
            latest: self.latest(),
            tags: &self.document.tags,
        }
    }
}

fn text(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

impl<'d> Described<'d> {
    pub(crate) fn owned(owned: &'static OwnedDocument) -> Described<'d> {
        Described {
            name: owned.name,
            owner: AMAZON.to_owned(),
            kind: document_type::SESSION,
            facts: owned.facts(),
            default: 1,
            latest: 1,
            tags: &[],
        }
    }

    fn platforms(&self) -> Option<Vec<String>> {
        Some(self.facts.platforms.iter().map(ToString::to_string).collect())
    }

    /// All of it, with what the content says.
    pub(crate) fn description(&self, content: &Content) -> wire::DocumentDescription {
        let facts = self.facts;
        wire::DocumentDescription {
            hash: Some(facts.hash.to_string()),
            hash_type: Some(document_hash_type::SHA256.to_owned()),
            name: Some(self.name.to_owned()),
            display_name: text(facts.display_name.as_deref()),
            version_name: text(facts.name.as_deref()),
            owner: Some(self.owner.clone()),
            created_date: Some(facts.created),
            status: Some(document_status::ACTIVE.to_owned()),
            document_version: Some(facts.number.to_string()),
            description: text(content.get("description").and_then(Content::text)),
            parameters: Some(parameters(content)).filter(|all| !all.is_empty()),
            platform_types: self.platforms(),
            document_type: Some(self.kind.to_owned()),
            schema_version: text(facts.schema.as_deref()),
            latest_version: Some(self.latest.to_string()),
            default_version: Some(self.default.to_string()),
            document_format: Some(facts.format.to_string()),
            target_type: text(facts.target_type.as_deref()),
            tags: Some(tags::wire(self.tags)),
            ..Default::default()
        }
    }

    /// As lists show it, under the name by which the reader can ask for it.
    pub(crate) fn identifier(&self, called: String) -> wire::DocumentIdentifier {
        let facts = self.facts;
        wire::DocumentIdentifier {
            name: Some(called),
            created_date: Some(facts.created),
            display_name: text(facts.display_name.as_deref()),
            owner: Some(self.owner.clone()),
            version_name: text(facts.name.as_deref()),
            platform_types: self.platforms(),
            document_version: Some(facts.number.to_string()),
            document_type: Some(self.kind.to_owned()),
            schema_version: text(facts.schema.as_deref()),
            document_format: Some(facts.format.to_string()),
            target_type: text(facts.target_type.as_deref()),
            tags: Some(tags::wire(self.tags)),
            ..Default::default()
        }
    }
}

fn parameters(content: &Content) -> Vec<wire::DocumentParameter> {
    let parameters = content.get("parameters").into_iter().flat_map(Content::members);
    parameters
        .map(|(name, parameter)| wire::DocumentParameter {
            name: Some(name.to_owned()),
            r#type: text(parameter.get("type").and_then(Content::text)),
            description: text(parameter.get("description").and_then(Content::text)),
            default_value: parameter.get("default").map(|default| match default {
                Content::Text(text) => text.clone(),
                other => other.to_json(),
            }),
        })
        .collect()
}
