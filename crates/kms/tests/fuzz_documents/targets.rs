//! What is run on arbitrary bytes, and what must hold of it. Compiled here and into the fuzzers.

use std::hint::black_box;

use kagiban_iam::Operation as _;
use kagiban_kms::envelope::{EncryptionContext, Message};
use kagiban_kms::operations::{Decrypt, PutKeyPolicy};
use kagiban_kms::wire::{DecryptRequest, PutKeyPolicyRequest};

/// Any key bytes will do: nobody seals under these.
const MATERIAL: [u8; 32] = [7; 32];

/// Reads a ciphertext and tries to open it; what was not sealed never opens.
pub(crate) fn ciphertext(bytes: &[u8]) {
    let request = DecryptRequest {
        ciphertext_blob: Some(bytes.to_owned()),
        ..Default::default()
    };
    black_box(Decrypt::parse(request).is_ok());
    let Ok(message) = Message::parse(bytes) else {
        return;
    };
    assert!(bytes.len() <= 6144, "the model's limit");
    black_box(message.address.key_id());
    assert!(message.open(&MATERIAL, &EncryptionContext::new()).is_err());
}

/// Reads a key policy as PutKeyPolicy does.
pub(crate) fn key_policy(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let request = PutKeyPolicyRequest {
        key_id: Some("1234abcd-12ab-34cd-56ef-1234567890ab".to_owned()),
        policy: Some(text.to_string()),
        ..Default::default()
    };
    if PutKeyPolicy::parse(request).is_ok() {
        assert!(text.len() <= 32_768, "KMS's limit");
    }
}
