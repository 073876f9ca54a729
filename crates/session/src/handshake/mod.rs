//! The handshake: the agent says which session this is and asks for a key if it is to be encrypted, the
//! client answers, the agent says that it is done.
//!
//! It is also where our own two ends recognise each other, through [`Extensions`]: a key beside the
//! others, which AWS's peers ignore. A new kind of action would not do: the plugin reports an error for
//! those, and the agent then cancels the session.

mod challenge;
mod extensions;
mod version;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use challenge::EncryptionChallenge;
pub use extensions::{Extensions, FastMode};
pub use version::Version;

/// Longer ones are not read.
const MAX_BYTES: usize = 256 << 10;

/// JSON that is no handshake.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the handshake cannot be read")]
pub struct InvalidHandshake;

/// The types of session.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum SessionType {
    /// A shell on a terminal.
    #[serde(rename = "Standard_Stream")]
    StandardStream,
    /// A command on a terminal.
    InteractiveCommands,
    /// A command without a terminal.
    NonInteractiveCommands,
    /// A port of the node, or one that the node can reach.
    Port,
}

/// Agent to client: what this session is and needs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HandshakeRequest {
    /// Four integers with dots.
    pub agent_version: String,
    /// What the client is to do, in this order.
    pub requested_client_actions: Vec<RequestedAction>,
    /// What the agent offers to a client of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// What the client is to do.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RequestedAction {
    /// `SessionType`, `KMSEncryption`, or one that is not known here.
    pub action_type: String,
    /// Depends on it.
    #[serde(default)]
    pub action_parameters: Value,
}

/// Parameters of the action `SessionType`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SessionTypeParameters {
    /// Which.
    pub session_type: SessionType,
    /// The document's properties for a port; null for the others.
    #[serde(default)]
    pub properties: Value,
}

/// Parameters of the action `KMSEncryption`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct KmsParameters {
    /// The key's id or ARN.
    #[serde(rename = "KMSKeyId")]
    pub key_id: String,
    /// 16 random bytes in Base64.
    #[serde(rename = "Challenge", default)]
    pub challenge: String,
}

const SESSION_TYPE: &str = "SessionType";
const KMS_ENCRYPTION: &str = "KMSEncryption";

impl HandshakeRequest {
    /// The request of an agent; `kms` if the session is to be encrypted.
    pub fn new(
        session: &SessionTypeParameters,
        kms: Option<&KmsParameters>,
        extensions: Option<Extensions>,
    ) -> HandshakeRequest {
        let session = RequestedAction::new(SESSION_TYPE, session);
        let kms = kms.map(|kms| RequestedAction::new(KMS_ENCRYPTION, kms));
        HandshakeRequest {
            agent_version: Version::AGENT.to_string(),
            requested_client_actions: [session].into_iter().chain(kms).collect(),
            extensions,
        }
    }
}

impl RequestedAction {
    fn new(action_type: &str, parameters: &impl Serialize) -> RequestedAction {
        let parameters = serde_json::to_value(parameters);
        RequestedAction {
            action_type: action_type.to_owned(),
            action_parameters: parameters.expect("text and JSON values can be written"),
        }
    }

    /// What it asks for.
    ///
    /// # Errors
    ///
    /// If it is a known action whose parameters cannot be read, such as a session type that does not exist.
    pub fn read(&self) -> Result<Action, InvalidHandshake> {
        match self.action_type.as_str() {
            SESSION_TYPE => Ok(Action::SessionType(from_value(&self.action_parameters)?)),
            KMS_ENCRYPTION => Ok(Action::KmsEncryption(from_value(&self.action_parameters)?)),
            _ => Ok(Action::Unknown),
        }
    }
}

/// An action that was understood, or not.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action {
    /// This is the session.
    SessionType(SessionTypeParameters),
    /// Encrypt it.
    KmsEncryption(KmsParameters),
    /// Something newer.
    Unknown,
}

/// Client to agent: what was done.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HandshakeResponse {
    /// Numbers with dots.
    #[serde(default)]
    pub client_version: String,
    /// One for each that was requested.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub processed_client_actions: Vec<ProcessedAction>,
    /// What went wrong, or null.
    #[serde(default)]
    pub errors: Option<Vec<String>>,
    /// What the client accepts of the agent's offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// What became of a requested action.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProcessedAction {
    /// As requested.
    pub action_type: String,
    /// 1 done, 2 failed, 3 not supported; anything but 1 makes the agent give up.
    #[serde(default)]
    pub action_status: i64,
    /// Depends on the action; null for most.
    #[serde(default)]
    pub action_result: Value,
    /// Why not.
    #[serde(default)]
    pub error: String,
}

/// Result of the action `KMSEncryption`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct KmsResult {
    /// The data key, encrypted by KMS.
    #[serde(rename = "KMSCipherTextKey", with = "crate::base64_bytes")]
    pub ciphertext: Vec<u8>,
    /// Not used by any peer we know.
    #[serde(rename = "KMSCipherTextHash", default)]
    pub hash: Value,
    /// Whether the request's challenge is part of the key's encryption context.
    #[serde(
        rename = "ChallengeAcknowledgement",
        default,
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub challenge_acknowledgement: bool,
}

impl ProcessedAction {
    /// It is done.
    pub fn done(action: &RequestedAction, result: Value) -> ProcessedAction {
        ProcessedAction {
            action_type: action.action_type.clone(),
            action_status: 1,
            action_result: result,
            error: String::new(),
        }
    }

    /// It could not be done.
    pub fn failed(action: &RequestedAction, error: String) -> ProcessedAction {
        ProcessedAction {
            action_type: action.action_type.clone(),
            action_status: 2,
            action_result: Value::Null,
            error,
        }
    }

    /// It is something newer.
    pub fn unsupported(action: &RequestedAction) -> ProcessedAction {
        let error = format!("Unsupported action {}", action.action_type);
        ProcessedAction {
            action_status: 3,
            ..ProcessedAction::failed(action, error)
        }
    }
}

impl HandshakeResponse {
    /// The response of a client.
    pub fn new(processed: Vec<ProcessedAction>, extensions: Option<Extensions>) -> HandshakeResponse {
        let errors = processed.iter().filter(|action| action.action_status != 1);
        let errors: Vec<String> = errors.map(|action| action.error.clone()).collect();
        HandshakeResponse {
            client_version: Version::CLIENT.to_string(),
            processed_client_actions: processed,
            errors: Some(errors).filter(|errors| !errors.is_empty()),
            extensions,
        }
    }

    /// What went wrong at the client, in a sentence; `None` if all was done.
    pub fn failure(&self) -> Option<String> {
        let refused = self
            .processed_client_actions
            .iter()
            .filter(|action| action.action_status != 1);
        let refused: Vec<&str> = refused.map(|action| action.error.as_str()).collect();
        (!refused.is_empty()).then(|| refused.join("; "))
    }

    /// The data key that the client has had made; `None` if there is none.
    ///
    /// # Errors
    ///
    /// If there is one that cannot be read.
    pub fn kms(&self) -> Result<Option<KmsResult>, InvalidHandshake> {
        let mut actions = self.processed_client_actions.iter();
        let found = actions.find(|action| action.action_type == KMS_ENCRYPTION);
        found.map(|action| from_value(&action.action_result)).transpose()
    }
}

/// Agent to client: done, the session begins.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HandshakeComplete {
    /// Nanoseconds.
    #[serde(default)]
    pub handshake_time_to_complete: i64,
    /// For the person; often empty.
    #[serde(default)]
    pub customer_message: String,
}

macro_rules! payloads {
    ($($name:ident),*) => {$(
        impl $name {
            /// Reads a payload.
            ///
            /// # Errors
            ///
            /// If it is no such JSON, or too long.
            pub fn parse(payload: &[u8]) -> Result<$name, InvalidHandshake> {
                parse(payload)
            }

            /// Writes the payload.
            pub fn to_bytes(&self) -> Bytes {
                to_bytes(self)
            }
        }
    )*};
}

payloads!(HandshakeRequest, HandshakeResponse, HandshakeComplete);

fn parse<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<T, InvalidHandshake> {
    if payload.len() > MAX_BYTES {
        return Err(InvalidHandshake);
    }
    serde_json::from_slice(payload).map_err(|_| InvalidHandshake)
}

fn to_bytes(payload: &impl Serialize) -> Bytes {
    serde_json::to_vec(payload)
        .expect("text, numbers and JSON values can be written")
        .into()
}

fn from_value<T: for<'a> Deserialize<'a>>(value: &Value) -> Result<T, InvalidHandshake> {
    T::deserialize(value).map_err(|_| InvalidHandshake)
}

fn null_is_empty<'a, D: serde::Deserializer<'a>, T: Deserialize<'a>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

#[cfg(test)]
mod tests;
