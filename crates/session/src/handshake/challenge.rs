use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::InvalidHandshake;

/// 64 random bytes, encrypted: the agent sends them under its own key, the client returns them under its.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EncryptionChallenge {
    /// Nonce, ciphertext and tag.
    #[serde(with = "crate::base64_bytes")]
    pub challenge: Vec<u8>,
}

impl EncryptionChallenge {
    /// Reads a payload.
    ///
    /// # Errors
    ///
    /// If it is no such JSON, or too long.
    pub fn parse(payload: &[u8]) -> Result<EncryptionChallenge, InvalidHandshake> {
        super::parse(payload)
    }

    /// Writes the payload.
    pub fn to_bytes(&self) -> Bytes {
        super::to_bytes(self)
    }
}
