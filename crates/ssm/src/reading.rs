//! From a version to what clients get of it.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kagiban_aws::SecretString;
use kagiban_iam::{Call, Scope, Stored, With};
use kagiban_store::{Entry, Key};

use crate::records::{HistoricVersion, Parameter, ParameterType, Value, Version, keys};
use crate::reference::{ParameterRef, Selector};
use crate::references::{self, Resolving};
use crate::secure::Vault;
use crate::{ParameterError, ParameterName, View, policies, wire};

const SECRETS: &str = "/aws/reference/secretsmanager/";

/// One request's reading of parameters.
pub(crate) struct Reader<'a> {
    pub(crate) call: &'a Call<'a>,
    pub(crate) view: &'a View<'a>,
    pub(crate) with: &'a With<'a>,
    /// Whether SecureStrings are opened.
    pub(crate) decrypt: bool,
    /// The account and Region of what is read: the caller's own, but for shared parameters.
    pub(crate) home: Scope,
}

/// What an answer calls a parameter.
pub(crate) struct Printed {
    pub(crate) name: String,
    /// With its colon.
    pub(crate) selector: Option<String>,
}

/// Where the version that a reference means lies, if it is an old one.
pub(crate) fn cold(reference: &ParameterRef, call: &Call<'_>, view: &View<'_>) -> Option<Key> {
    let home = reference.home(call.scope)?;
    let parameter = view.readable(home, &reference.name, call.facts.now)?;
    let number = reference.version_of(parameter).ok()?;
    let old = number != parameter.current.number;
    old.then(|| keys::version(home, &reference.name, parameter.life, number))
}

/// The same, if it is another account's that shares it.
pub(crate) fn cold_of_shared(reference: &ParameterRef, call: &Call<'_>, view: &View<'_>) -> Option<Key> {
    reference.foreign(call.scope)?;
    cold(reference, call, view)
}

/// A version: the newest from memory, an older one from the records read so far, if it is among them.
///
/// # Errors
///
/// `Internal` if the record cannot be read.
pub(crate) fn version<'p>(
    parameter: &'p Parameter,
    number: i64,
    scope: Scope,
    cold: &[Entry],
) -> Result<Option<Cow<'p, Version>>, ParameterError> {
    if number == parameter.current.number {
        return Ok(Some(Cow::Borrowed(&parameter.current)));
    }
    let name = ParameterName::stored(&parameter.name);
    let key = keys::version(scope, &name, parameter.life, number);
    let entry = cold.iter().find(|entry| entry.key == key);
    let old: Option<HistoricVersion> = entry
        .map(Entry::record)
        .transpose()
        .map_err(|_| ParameterError::Internal)?;
    Ok(old.map(|old| Cow::Owned(old.version)))
}

/// What a reference means to read.
pub(crate) fn root<'v>(
    reference: &ParameterRef,
    call: &Call<'_>,
    view: &View<'v>,
) -> Option<(&'v Parameter, i64)> {
    if !reference.is_in(call.scope) {
        return None;
    }
    let parameter = view.readable(call.scope, &reference.name, call.facts.now)?;
    let number = reference.version_of(parameter).ok()?;
    Some((parameter, number))
}

impl<'a> Reader<'a> {
    /// What a reference means.
    ///
    /// # Errors
    ///
    /// `NotFound`, `NoSuchVersion`, `NoSuchLabel`, and KMS's refusals.
    pub(crate) fn find(&self, reference: &ParameterRef) -> Result<wire::Parameter, ParameterError> {
        let (reader, parameter) = self.held(reference).ok_or_else(|| self.absent(reference))?;
        let number = reference.version_of(parameter)?;
        let version = reader.version(parameter, number)?;
        let printed = Printed {
            name: match reference.foreign(self.call.scope) {
                Some(arn) => arn.to_string(), // UNSURE: that a shared parameter is called by its ARN
                None => reference.printed_name(parameter),
            },
            selector: reference.selector.as_ref().map(Selector::printed),
        };
        reader.parameter(printed, &reference.name, &version)
    }

    /// The parameter that a reference names, and how it is read where it is.
    pub(crate) fn held(&self, reference: &ParameterRef) -> Option<(Reader<'a>, &'a Stored<Parameter>)> {
        let home = reference.home(self.call.scope)?;
        let parameter = self.view.readable(home, &reference.name, self.call.facts.now)?;
        Some((Reader { home, ..*self }, parameter))
    }

    /// Why there is nothing of this name. Secrets are read through a parameter's name on AWS; there
    /// is no Secrets Manager here, so every secret is an unknown one.
    fn absent(&self, reference: &ParameterRef) -> ParameterError {
        let asked = reference.asked.clone();
        if !reference.name.canonical().starts_with(SECRETS) {
            return ParameterError::NotFound(asked);
        }
        if self.decrypt {
            ParameterError::NoSuchSecret(asked)
        } else {
            ParameterError::Validation(
                "WithDecryption flag must be True for retrieving a Secret Manager secret.".to_owned(),
            )
        }
    }

    /// A version: the newest from memory, an older one from the records read for the request.
    ///
    /// # Errors
    ///
    /// `NoSuchVersion` if the version has gone since.
    pub(crate) fn version<'p>(
        &self,
        parameter: &'p Parameter,
        number: i64,
    ) -> Result<Cow<'p, Version>, ParameterError> {
        let found = version(parameter, number, self.home, self.with.cold)?;
        found.ok_or_else(|| ParameterError::NoSuchVersion {
            name: parameter.name.to_string(),
            version: number.to_string(),
        })
    }

    /// A version as Get… answers it.
    ///
    /// # Errors
    ///
    /// KMS's refusals.
    pub(crate) fn parameter(
        &self,
        Printed { name, selector }: Printed,
        of: &ParameterName,
        version: &Version,
    ) -> Result<wire::Parameter, ParameterError> {
        Ok(wire::Parameter {
            name: Some(name),
            r#type: Some(version.value.kind().as_str().to_owned()),
            value: Some(self.resolved(of, version)?),
            version: Some(version.number),
            selector,
            source_result: None,
            last_modified_date: Some(version.modified),
            arn: Some(of.arn(self.home).into()),
            data_type: Some(version.data_type().to_owned()),
        })
    }

    /// A version as GetParameterHistory answers it.
    ///
    /// # Errors
    ///
    /// KMS's refusals.
    pub(crate) fn history(
        &self,
        parameter: &Parameter,
        version: &Version,
    ) -> Result<wire::ParameterHistory, ParameterError> {
        let labels = parameter.labels_of(version.number).map(str::to_owned).collect();
        Ok(wire::ParameterHistory {
            name: Some(parameter.name.to_string()),
            r#type: Some(version.value.kind().as_str().to_owned()),
            key_id: version.value.key().map(str::to_owned),
            last_modified_date: Some(version.modified),
            last_modified_user: modified_by(version),
            description: version.description.as_deref().map(str::to_owned),
            value: Some(self.value(&ParameterName::stored(&parameter.name), version)?),
            allowed_pattern: version.allowed_pattern().map(str::to_owned),
            version: Some(version.number),
            labels: Some(labels),
            tier: Some(version.tier.as_str().to_owned()),
            policies: Some(policies::wire(version.policies())),
            data_type: Some(version.data_type().to_owned()),
        })
    }

    /// The value, its references resolved if the account has chosen so; those of a secret only once it
    /// is open.
    fn resolved(&self, of: &ParameterName, version: &Version) -> Result<SecretString, ParameterError> {
        let value = self.value(of, version)?;
        let open = self.decrypt || version.value.kind() != ParameterType::SecureString;
        // What another account shares is read as it is: its references are to that account's parameters.
        let own = self.home == self.call.scope;
        if !own || version.references().is_empty() || !open || !references::is_chosen(self.call, self.view) {
            return Ok(value);
        }
        Resolving::new(self).value(of, version, &value)
    }

    /// The value: without decryption, a SecureString's ciphertext in base64.
    ///
    /// # Errors
    ///
    /// KMS's refusals.
    pub(crate) fn value(
        &self,
        of: &ParameterName,
        version: &Version,
    ) -> Result<SecretString, ParameterError> {
        match &version.value {
            Value::String(text) | Value::StringList(text) => Ok(text.clone()),
            Value::SecureString(secured) if !self.decrypt => Ok(STANDARD.encode(&secured.blob).into()),
            Value::SecureString(secured) => {
                let arn = of.arn(self.home);
                let vault = Vault {
                    arn,
                    call: self.call,
                    view: self.view,
                    with: self.with,
                };
                vault.open(secured, version.tier)
            }
        }
    }
}

/// Who wrote a version; of public ones nobody knows.
fn modified_by(version: &Version) -> Option<String> {
    Some(version.modified_by.to_string()).filter(|arn| !arn.is_empty())
}

/// A parameter as DescribeParameters answers it: everything but the value.
pub(crate) fn metadata(parameter: &Parameter, scope: Scope) -> wire::ParameterMetadata {
    let version = &parameter.current;
    wire::ParameterMetadata {
        name: Some(parameter.name.to_string()),
        arn: Some(ParameterName::stored(&parameter.name).arn(scope).into()),
        r#type: Some(version.value.kind().as_str().to_owned()),
        key_id: version.value.key().map(str::to_owned),
        last_modified_date: Some(version.modified),
        last_modified_user: modified_by(version),
        description: version.description.as_deref().map(str::to_owned),
        allowed_pattern: version.allowed_pattern().map(str::to_owned),
        version: Some(version.number),
        tier: Some(version.tier.as_str().to_owned()),
        policies: Some(policies::wire(version.policies())),
        data_type: Some(version.data_type().to_owned()),
    }
}
