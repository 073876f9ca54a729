//! The other side of an import, for tests: wraps key material as its owner does.

use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded as _};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey,
};
use kagiban_iam::Entropy;

/// Wraps under a public key with AWS's algorithm of this name.
pub(crate) fn wrap(algorithm: &str, public: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let Some(hash) = algorithm.strip_prefix("RSA_AES_KEY_WRAP_") else {
        return oaep(algorithm, public, plaintext);
    };
    let aes = Entropy::system().bytes::<32>();
    let under_rsa = oaep(&format!("RSAES_OAEP_{hash}"), public, &aes);
    [under_rsa, key_wrap(&aes, plaintext)].concat()
}

pub(crate) fn oaep(algorithm: &str, public: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let padding = match algorithm {
        "RSAES_OAEP_SHA_1" => &OAEP_SHA1_MGF1SHA1,
        "RSAES_OAEP_SHA_256" => &OAEP_SHA256_MGF1SHA256,
        other => panic!("nobody wraps with {other}"),
    };
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(public).unwrap()).unwrap();
    let mut ciphertext = vec![0; key.ciphertext_size()];
    key.encrypt(padding, plaintext, &mut ciphertext, None).unwrap();
    ciphertext
}

pub(crate) fn key_wrap(aes: &[u8; 32], plaintext: &[u8]) -> Vec<u8> {
    let mut wrapped = vec![0; plaintext.len() + 15];
    let key = AesKek::new(&AES_256, aes).unwrap();
    key.wrap_with_padding(plaintext, &mut wrapped).unwrap().to_vec()
}
