//! Parameters with everything about them that another place can have too.

use std::collections::BTreeMap;

use kagiban_aws::SecretString;

use super::{Metadata, Parameter, Parameters, Put, Tag};
use crate::failure::Failure;

/// A parameter's newest version, what is known of it, and its tags.
#[derive(Clone, Debug)]
pub(crate) struct Whole {
    pub(crate) metadata: Metadata,
    pub(crate) value: SecretString,
    pub(crate) tags: Vec<Tag>,
}

/// How often a parameter that keeps changing is read again.
const ATTEMPTS: usize = 5;

impl Whole {
    /// The key that a copy shall have: `chosen`, if it is encrypted at all.
    pub(crate) fn key<'a>(&'a self, chosen: Option<&'a str>) -> Option<&'a str> {
        let own = self.metadata.key_id.as_deref().filter(|_| self.is_secure());
        own.map(|own| chosen.unwrap_or(own))
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.metadata.kind == "SecureString"
    }

    /// Whether `other` has all that this has, but for its name, its version and who wrote it.
    pub(crate) fn is_same_as(&self, other: &Whole, key: Option<&str>) -> bool {
        let (a, b) = (&self.metadata, &other.metadata);
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        self.value == other.value
            && self.tags == other.tags
            && a.kind == b.kind
            && a.tier == b.tier
            && a.data_type == b.data_type
            && a.policies == b.policies
            && text(&a.description) == text(&b.description)
            && text(&a.allowed_pattern) == text(&b.allowed_pattern)
            && self.key(key) == other.key(None)
    }

    /// What makes `name` the same as this; an overwritten one keeps what is not said.
    fn put<'a>(&'a self, name: &'a str, there: Option<&Whole>, key: Option<&'a str>) -> Put<'a> {
        let metadata = &self.metadata;
        let said = |mine: &'a Option<String>, theirs: Option<&Option<String>>| {
            let theirs = theirs.is_some_and(Option::is_some);
            mine.as_deref().or(theirs.then_some(""))
        };
        let there_of = there.map(|there| &there.metadata);
        Put {
            name,
            value: self.value.clone(),
            kind: Some(&metadata.kind),
            key_id: self.key(key),
            tier: metadata.tier.as_deref(),
            description: said(&metadata.description, there_of.map(|there| &there.description)),
            allowed_pattern: said(
                &metadata.allowed_pattern,
                there_of.map(|there| &there.allowed_pattern),
            ),
            data_type: metadata.data_type.as_deref(),
            policies: self.policies(there),
            tags: if there.is_some() { &[] } else { &self.tags },
            overwrite: there.is_some(),
        }
    }

    /// All policies in one JSON text; AWS takes a list of nothing for their end.
    fn policies(&self, there: Option<&Whole>) -> Option<String> {
        let texts = self.metadata.policies.iter();
        let texts: Vec<&str> = texts.map(|policy| policy.policy_text.as_str()).collect();
        match there.is_some_and(|there| !there.metadata.policies.is_empty()) {
            true if texts.is_empty() => Some("[{}]".to_owned()),
            _ if texts.is_empty() => None,
            _ => Some(format!("[{}]", texts.join(","))),
        }
    }
}

impl Parameters {
    /// Reads one; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn whole(&self, name: &str) -> Result<Option<Whole>, Failure> {
        let metadata = match self.described(name) {
            Ok(metadata) => metadata,
            Err(Failure::Missing(_)) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let current = self.current(metadata)?;
        current
            .map(|(metadata, value)| self.with_tags(metadata, value))
            .transpose()
    }

    /// The newest version of what was described, described again if it has changed since; `None` if it is
    /// not there any more.
    pub(super) fn current(
        &self,
        mut metadata: Metadata,
    ) -> Result<Option<(Metadata, SecretString)>, Failure> {
        for _ in 0..ATTEMPTS {
            if let Some(value) = self.newest(&metadata)? {
                return Ok(Some((metadata, value)));
            }
            metadata = match self.described(&metadata.name) {
                Ok(metadata) => metadata,
                Err(Failure::Missing(_)) => return Ok(None),
                Err(failure) => return Err(failure),
            };
        }
        Err(Failure::Changed(format!(
            "{} keeps changing while it is read",
            metadata.name
        )))
    }

    /// The value of the version that is described; `None` if it is not the newest any more.
    fn newest(&self, metadata: &Metadata) -> Result<Option<SecretString>, Failure> {
        if self.references.are_in_history() {
            return self.in_history(metadata);
        }
        let found = self.find(&metadata.name)?;
        let newest = found.filter(|parameter| parameter.version == metadata.version);
        Ok(newest.map(|parameter| parameter.value))
    }

    /// The newest version's number; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn version(&self, name: &str) -> Result<Option<u64>, Failure> {
        // A value whose references lead nowhere is not read, but described.
        let version = match self.references.are_in_history() {
            true => self.described(name).map(|metadata| metadata.version),
            false => self.get(name, false).map(|parameter| parameter.version),
        };
        match version {
            Ok(version) => Ok(Some(version)),
            Err(Failure::Missing(_)) => Ok(None),
            Err(failure) if failure.has_code("ParameterNotFound") => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    fn in_history(&self, metadata: &Metadata) -> Result<Option<SecretString>, Failure> {
        let versions = match self.history(&metadata.name, true) {
            Ok(versions) => versions.into_iter(),
            Err(failure) if failure.has_code("ParameterNotFound") => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let mut newest = versions.filter(|version| version.metadata.version == metadata.version);
        Ok(newest.next().and_then(|version| version.value))
    }

    /// Reads everything below a path at any depth, by name.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn whole_below(&self, path: &str) -> Result<Vec<Whole>, Failure> {
        let described = self.described_below(path)?;
        let values = match self.references.are_in_history() {
            true => Vec::new(),
            false => self.below(path, true)?,
        };
        let mut values: BTreeMap<String, Parameter> = values
            .into_iter()
            .map(|parameter| (parameter.name.clone(), parameter))
            .collect();
        let mut all = Vec::new();
        for metadata in described {
            match values.remove(&metadata.name) {
                Some(parameter) if metadata.version == parameter.version => {
                    all.push(self.with_tags(metadata, parameter.value)?);
                }
                _ => {
                    let current = self.current(metadata)?;
                    let whole = current.map(|(metadata, value)| self.with_tags(metadata, value));
                    all.extend(whole.transpose()?);
                }
            }
        }
        Ok(all)
    }

    /// Makes `name` the same as `source`, in place of what is `there`.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn put_whole(
        &self,
        source: &Whole,
        name: &str,
        there: Option<&Whole>,
        key: Option<&str>,
    ) -> Result<(), Failure> {
        self.put(&source.put(name, there, key))?;
        let Some(there) = there else {
            return Ok(());
        };
        let mut removed: Vec<String> = there.tags.iter().map(|tag| tag.key.clone()).collect();
        removed.retain(|key| source.tags.iter().all(|tag| tag.key != *key));
        let mut added = source.tags.clone();
        added.retain(|tag| !there.tags.contains(tag));
        self.tag(name, &added, &removed)
    }

    fn with_tags(&self, metadata: Metadata, value: SecretString) -> Result<Whole, Failure> {
        let mut tags = self.tags(&metadata.name)?;
        // Those that AWS sets itself, for instance for a stack, nobody else can.
        tags.retain(|tag| !tag.key.starts_with("aws:"));
        Ok(Whole {
            metadata,
            value,
            tags,
        })
    }
}
