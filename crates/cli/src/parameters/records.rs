//! What Parameter Store answers, as far as commands look at it; unknown members are passed over.

use kagiban_aws::SecretString;
use serde::{Deserialize, Serialize};

use super::Moment;

/// A parameter as it is read.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Parameter {
    pub(crate) name: String,
    #[serde(rename = "Type")]
    pub(crate) kind: String,
    pub(crate) value: SecretString,
    pub(crate) version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) selector: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_modified_date: Option<Moment>,
    #[serde(rename = "ARN", default, skip_serializing_if = "Option::is_none")]
    pub(crate) arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) data_type: Option<String>,
}

/// What is known of a parameter besides its value.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Metadata {
    pub(crate) name: String,
    #[serde(rename = "Type")]
    pub(crate) kind: String,
    pub(crate) version: u64,
    #[serde(rename = "ARN", default, skip_serializing_if = "Option::is_none")]
    pub(crate) arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) allowed_pattern: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) data_type: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) policies: Vec<Policy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_modified_date: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_modified_user: Option<String>,
}

/// A rule about a parameter's own end.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Policy {
    pub(crate) policy_text: String,
    /// Such as `Expiration`; it stands in the text as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) policy_type: Option<String>,
    /// Whether it has done its work, such as `Pending`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) policy_status: Option<String>,
}

impl PartialEq for Policy {
    /// How far a policy has come is not what it is.
    fn eq(&self, other: &Policy) -> bool {
        self.policy_text == other.policy_text
    }
}

/// A version of a parameter, from its history.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Version {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<SecretString>,
    #[serde(default)]
    pub(crate) labels: Vec<String>,
    #[serde(flatten)]
    pub(crate) metadata: Metadata,
}

/// A tag.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: String,
}

impl std::str::FromStr for Tag {
    type Err = String;

    fn from_str(text: &str) -> Result<Tag, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Tag {
                key: key.to_owned(),
                value: value.to_owned(),
            }),
            _ => Err("write KEY=VALUE, such as team=payments".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_told_with_how_far_they_have_come_which_is_not_compared() {
        let policy = |status: &str| -> Policy {
            let text =
                format!(r#"{{"PolicyText":"{{}}","PolicyType":"Expiration","PolicyStatus":"{status}"}}"#);
            serde_json::from_str(&text).unwrap()
        };
        let pending = policy("Pending");
        let told = serde_json::to_value(&pending).unwrap();
        assert_eq!(
            (&told["PolicyType"], &told["PolicyStatus"]),
            (&"Expiration".into(), &"Pending".into())
        );
        assert_eq!(pending, policy("Finished"));
    }
}
