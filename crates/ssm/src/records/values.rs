//! Values of parameters, each as its type keeps it.

use kagiban_aws::SecretString;
use serde::{Deserialize, Serialize};

use crate::wire::parameter_type;

/// The three types of parameter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ParameterType {
    /// Any text.
    String,
    /// Items with commas between them.
    StringList,
    /// Text encrypted under a KMS key.
    SecureString,
}

impl ParameterType {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            ParameterType::String => parameter_type::STRING,
            ParameterType::StringList => parameter_type::STRING_LIST,
            ParameterType::SecureString => parameter_type::SECURE_STRING,
        }
    }

    /// Reads a word that the wire has already held against the set.
    pub fn parse(word: &str) -> ParameterType {
        match word {
            parameter_type::STRING_LIST => ParameterType::StringList,
            parameter_type::SECURE_STRING => ParameterType::SecureString,
            _ => ParameterType::String,
        }
    }
}

/// A version's value, as its type keeps it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum Value {
    /// Plain text.
    String(SecretString),
    /// Plain text with commas between the items.
    StringList(SecretString),
    /// What only KMS can open.
    SecureString(Secured),
}

/// A value that KMS has encrypted.
#[derive(Clone, Deserialize, Serialize)]
pub struct Secured {
    /// The key, as the caller named it.
    pub key: Box<str>,
    /// A KMS ciphertext in the standard tier, an envelope in the advanced one.
    #[serde(with = "kagiban_store::base64_bytes")]
    pub blob: Box<[u8]>,
}

impl std::fmt::Debug for Secured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secured({}, …)", self.key)
    }
}

impl Value {
    /// The type of parameter that has such a value.
    pub fn kind(&self) -> ParameterType {
        match self {
            Value::String(_) => ParameterType::String,
            Value::StringList(_) => ParameterType::StringList,
            Value::SecureString(_) => ParameterType::SecureString,
        }
    }

    /// The key of a SecureString, as the caller named it.
    pub fn key(&self) -> Option<&str> {
        match self {
            Value::String(_) | Value::StringList(_) => None,
            Value::SecureString(secured) => Some(&secured.key),
        }
    }
}
