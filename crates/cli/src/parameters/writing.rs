//! Writing: each of these is one call, done whole or not at all.

use kagiban_aws::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Parameters, Tag};
use crate::failure::Failure;

/// What a new version of a parameter shall be.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Put<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: SecretString,
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allowed_pattern: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data_type: Option<&'a str>,
    /// A JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policies: Option<String>,
    /// Only for a parameter that is new.
    #[serde(skip_serializing_if = "<[Tag]>::is_empty")]
    pub(crate) tags: &'a [Tag],
    pub(crate) overwrite: bool,
}

/// The version that was written.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Written {
    pub(crate) version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tier: Option<String>,
}

impl Parameters {
    /// Adds a version, and the parameter if need be.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn put(&self, put: &Put<'_>) -> Result<Written, Failure> {
        self.client.call("PutParameter", put)
    }

    /// Deletes up to ten; returns which of them were not there.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn delete_some(&self, names: &[String]) -> Result<Vec<String>, Failure> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            #[serde(default)]
            invalid_parameters: Vec<String>,
        }
        let answer: Answer = self.call("DeleteParameters", &json!({"Names": names}))?;
        Ok(answer.invalid_parameters)
    }

    /// Deletes all of these; returns which of them were not there.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses; some may be deleted by then.
    pub(crate) fn delete(&self, names: &[String]) -> Result<Vec<String>, Failure> {
        let mut missing = Vec::new();
        for some in names.chunks(10) {
            missing.extend(self.delete_some(some)?);
        }
        Ok(missing)
    }

    /// Labels a version, by default the newest.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn label(
        &self,
        name: &str,
        version: Option<u64>,
        labels: &[String],
    ) -> Result<Value, Failure> {
        let mut body = json!({"Name": name, "Labels": labels});
        if let Some(version) = version {
            body["ParameterVersion"] = version.into();
        }
        self.call("LabelParameterVersion", &body)
    }

    /// Takes labels off a version.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn unlabel(&self, name: &str, version: u64, labels: &[String]) -> Result<Value, Failure> {
        let body = json!({"Name": name, "ParameterVersion": version, "Labels": labels});
        self.call("UnlabelParameterVersion", &body)
    }

    /// Gives a parameter these tags and takes the keys in `removed` off it.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn tag(&self, name: &str, tags: &[Tag], removed: &[String]) -> Result<(), Failure> {
        let resource = json!({"ResourceType": "Parameter", "ResourceId": name});
        if !tags.is_empty() {
            let mut body = resource.clone();
            body["Tags"] = json!(tags);
            self.call::<Value>("AddTagsToResource", &body)?;
        }
        if !removed.is_empty() {
            let mut body = resource;
            body["TagKeys"] = json!(removed);
            self.call::<Value>("RemoveTagsFromResource", &body)?;
        }
        Ok(())
    }
}
