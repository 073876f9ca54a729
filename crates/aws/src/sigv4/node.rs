//! Signatures of managed nodes: SigV4's string to sign, signed with the node's own RSA key.
//!
//! A node that has lost its credentials, or has none yet, still has the key that it registered. With
//! it it asks for credentials: the `Authorization` header looks like SigV4's, but the credential names
//! the node, and the signature is RSASSA-PSS (SHA-256, MGF1 with SHA-256, a salt of 32 bytes) in base64.

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PSS_2048_8192_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::SignatureError;

/// Base64 of the signature of the longest key that is verified, 8192 bits.
const MAX_TEXT: usize = 1368;

/// Reads a signature; none if the text cannot be one.
pub(super) fn signature(text: &str) -> Option<Vec<u8>> {
    (text.len() <= MAX_TEXT).then(|| STANDARD.decode(text).ok())?
}

/// Verifies a signature with the DER of a SubjectPublicKeyInfo.
pub(super) fn verify(public_key: &[u8], signed: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    let key =
        ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, public_key).map_err(|_| SignatureError::Mismatch)?;
    key.verify_sig(signed, signature)
        .map_err(|_| SignatureError::Mismatch)
}

/// Whether bytes are the DER of an RSA SubjectPublicKeyInfo that a node's signatures can be verified with.
pub fn is_public_key(der: &[u8]) -> bool {
    ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, der).is_ok()
}
