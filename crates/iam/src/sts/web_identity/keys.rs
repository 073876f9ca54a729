//! An issuer's public keys, as JSON Web Keys (RFC 7517): those that can verify RS256 and ES256.

use std::sync::Arc;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How a token is signed. There are no others: `none` and those with a shared secret are not names here.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub(super) enum Algorithm {
    #[serde(rename = "RS256")]
    Rs256,
    #[serde(rename = "ES256")]
    Es256,
}

/// The keys of one issuer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeySet(Vec<Key>);

#[derive(Clone, Debug, Eq, PartialEq)]
struct Key {
    id: Option<String>,
    material: Material,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Material {
    /// Modulus and exponent, big-endian.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// A point of P-256, uncompressed.
    P256([u8; 65]),
}

/// Why a text is no set of keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidKeySet {
    /// Too large, or too many keys.
    #[error(
        "a key set has at most {} bytes and {} keys",
        KeySet::MAX_BYTES,
        KeySet::MAX_KEYS
    )]
    TooLarge,
    /// Not a JSON object with `keys`.
    #[error("a key set is a JSON object with a list named `keys`")]
    NotJson,
    /// A key that should never have left its owner.
    #[error("the key set holds a private key; publish the public one alone")]
    Private,
    /// Nothing that can verify a token.
    #[error("the key set has no key for RS256 (2048 bits or more) or ES256")]
    Useless,
}

impl KeySet {
    /// Bytes of the largest set that is read.
    pub const MAX_BYTES: usize = 64 << 10;
    /// Keys of the largest set that is read.
    pub const MAX_KEYS: usize = 100;

    /// Reads a set; keys for other purposes than RS256 and ES256 are left out.
    ///
    /// # Errors
    ///
    /// If it is too large, is no set, holds a private key or none that is of use.
    pub fn parse(text: &[u8]) -> Result<KeySet, InvalidKeySet> {
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidKeySet::TooLarge);
        }
        let written: WrittenSet = serde_json::from_slice(text).map_err(|_| InvalidKeySet::NotJson)?;
        if written.keys.len() > Self::MAX_KEYS {
            return Err(InvalidKeySet::TooLarge);
        }
        if written.keys.iter().any(WrittenKey::is_secret) {
            return Err(InvalidKeySet::Private);
        }
        let keys: Vec<Key> = written.keys.into_iter().filter_map(WrittenKey::read).collect();
        match keys.is_empty() {
            true => Err(InvalidKeySet::Useless),
            false => Ok(KeySet(keys)),
        }
    }

    /// Whether there is a key that a token of this header can be verified with.
    pub(super) fn knows(&self, id: Option<&str>, algorithm: Algorithm) -> bool {
        self.fitting(id, algorithm).next().is_some()
    }

    /// Whether one of the fitting keys made this signature.
    ///
    /// A token that names no key is verified only if there is no choice.
    pub(super) fn verify(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let mut fitting = self.fitting(id, algorithm);
        match (id, fitting.next(), fitting.next()) {
            (None, Some(_), Some(_)) => false,
            (_, first, second) => first
                .into_iter()
                .chain(second)
                .chain(fitting)
                .any(|key| key.material.verify(message, signature)),
        }
    }

    fn fitting(&self, id: Option<&str>, algorithm: Algorithm) -> impl Iterator<Item = &Key> {
        self.0.iter().filter(move |key| {
            key.material.algorithm() == algorithm && (id.is_none() || key.id.as_deref() == id)
        })
    }
}

impl Material {
    fn algorithm(&self) -> Algorithm {
        match self {
            Material::Rsa { .. } => Algorithm::Rs256,
            Material::P256(_) => Algorithm::Es256,
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            // The library refuses moduli below 2048 bits and exponents that are even or huge.
            Material::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            // RFC 7518, 3.4: r and s one after the other, 32 bytes each.
            Material::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
        };
        verified.is_ok()
    }
}

#[derive(Deserialize)]
struct WrittenSet {
    keys: Vec<WrittenKey>,
}

/// One key as it is written; everything may be missing.
#[derive(Deserialize)]
struct WrittenKey {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    /// An RSA or EC key's private part.
    d: Option<IgnoredAny>,
    /// A shared secret.
    k: Option<IgnoredAny>,
}

impl WrittenKey {
    fn is_secret(&self) -> bool {
        self.d.is_some() || self.k.is_some()
    }

    /// The key, if it is one for signatures of ours.
    fn read(self) -> Option<Key> {
        let is_for = |algorithm: &str| self.alg.as_deref().is_none_or(|alg| alg == algorithm);
        if self.purpose.as_deref().is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let material = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) if is_for("RS256") => {
                let (n, e) = (bytes(self.n.as_deref())?, bytes(self.e.as_deref())?);
                is_long_enough(&n).then_some(Material::Rsa { n, e })?
            }
            ("EC", Some("P-256")) if is_for("ES256") => {
                Material::P256(point(&bytes(self.x.as_deref())?, &bytes(self.y.as_deref())?)?)
            }
            _ => return None,
        };
        Some(Key {
            id: self.kid,
            material,
        })
    }
}

fn bytes(text: Option<&str>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD
        .decode(text?)
        .ok()
        .filter(|bytes| !bytes.is_empty())
}

/// 2048 bits, whatever zeros stand before them.
fn is_long_enough(modulus: &[u8]) -> bool {
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let bits = modulus.get(zeros).map_or(0, |first| 8 - first.leading_zeros());
    (modulus.len() - zeros).saturating_sub(1) * 8 + bits as usize >= 2048
}

fn point(x: &[u8], y: &[u8]) -> Option<[u8; 65]> {
    let mut point = [4; 65];
    (x.len() == 32 && y.len() == 32).then(|| {
        point[1..33].copy_from_slice(x);
        point[33..].copy_from_slice(y);
        point
    })
}

/// A set inside a record: text on disk, read once.
#[derive(Clone, Debug)]
pub struct InlineKeys {
    text: String,
    /// None if it can no longer be read, such as a newer server's: then nothing is verified.
    keys: Option<Arc<KeySet>>,
}

impl InlineKeys {
    /// Takes what an operator wrote.
    ///
    /// # Errors
    ///
    /// As [`KeySet::parse`].
    pub fn parse(text: String) -> Result<InlineKeys, InvalidKeySet> {
        let keys = Some(Arc::new(KeySet::parse(text.as_bytes())?));
        Ok(InlineKeys { text, keys })
    }

    /// The text as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The keys, if they can be read.
    pub(super) fn keys(&self) -> Option<&KeySet> {
        self.keys.as_deref()
    }
}

impl Serialize for InlineKeys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for InlineKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let keys = KeySet::parse(text.as_bytes()).ok().map(Arc::new);
        Ok(InlineKeys { text, keys })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(keys: &str) -> Result<KeySet, InvalidKeySet> {
        KeySet::parse(format!(r#"{{"keys":[{keys}]}}"#).as_bytes())
    }

    fn rsa(bytes: usize, rest: &str) -> String {
        let n = URL_SAFE_NO_PAD.encode(vec![0xff; bytes]);
        format!(r#"{{"kty":"RSA","kid":"1","n":"{n}","e":"AQAB"{rest}}}"#)
    }

    #[test]
    fn keys_of_2048_bits_are_taken_and_shorter_ones_are_not() {
        assert!(parse(&rsa(256, "")).unwrap().knows(Some("1"), Algorithm::Rs256));
        assert_eq!(parse(&rsa(255, "")), Err(InvalidKeySet::Useless));
        assert!(!is_long_enough(&[[0; 8].as_slice(), &[0xff; 255]].concat()));
        assert!(!is_long_enough(&[[0x7f].as_slice(), &[0xff; 255]].concat()));
        assert!(is_long_enough(&[0x80; 256]));
        assert!(!is_long_enough(&[]));
    }

    #[test]
    fn keys_for_other_purposes_are_left_out() {
        for rest in [r#","use":"enc""#, r#","alg":"RS512""#, r#","alg":"PS256""#] {
            assert_eq!(parse(&rsa(256, rest)), Err(InvalidKeySet::Useless), "{rest}");
        }
        assert!(parse(&rsa(256, r#","use":"sig","alg":"RS256""#)).is_ok());
        assert_eq!(
            parse(r#"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#),
            Err(InvalidKeySet::Useless)
        );
    }

    #[test]
    fn a_private_key_is_refused_wherever_it_stands() {
        for secret in [r#","d":"AA""#, r#","k":"AA""#] {
            let keys = format!("{},{}", rsa(256, ""), rsa(256, secret));
            assert_eq!(parse(&keys), Err(InvalidKeySet::Private));
        }
    }

    #[test]
    fn a_hundred_keys_and_64_kib_are_the_limit() {
        let ec = r#"{"kty":"EC","crv":"P-256","x":"x","y":"y"}"#;
        let keys = |count: usize| {
            [vec![ec.to_owned(); count - 1], vec![rsa(256, "")]]
                .concat()
                .join(",")
        };
        assert!(parse(&keys(100)).is_ok());
        assert_eq!(parse(&keys(101)), Err(InvalidKeySet::TooLarge));
        assert_eq!(
            KeySet::parse(&[b' '; KeySet::MAX_BYTES + 1]),
            Err(InvalidKeySet::TooLarge)
        );
    }

    #[test]
    fn without_a_key_id_there_must_be_no_choice() {
        let two = parse(&[rsa(256, ""), rsa(257, "")].join(",")).unwrap();
        assert!(two.knows(None, Algorithm::Rs256));
        assert!(!two.verify(None, Algorithm::Rs256, b"", b""));
        assert!(!two.knows(Some("2"), Algorithm::Rs256));
        assert!(!two.knows(Some("1"), Algorithm::Es256));
    }

    #[test]
    fn nesting_that_never_ends_is_no_key_set() {
        let deep = format!(r#"{{"keys":[],"x":{}"#, "[".repeat(60_000));
        assert_eq!(KeySet::parse(deep.as_bytes()), Err(InvalidKeySet::NotJson));
    }

    #[test]
    fn keys_in_a_record_read_back() {
        let text = format!(r#"{{"keys":[{}]}}"#, rsa(256, ""));
        let keys = InlineKeys::parse(text.clone()).unwrap();
        let again: InlineKeys = serde_json::from_str(&serde_json::to_string(&keys).unwrap()).unwrap();
        assert_eq!((again.text(), again.keys()), (text.as_str(), keys.keys()));
        let unread: InlineKeys = serde_json::from_str("\"newer\"").unwrap();
        assert!(unread.keys().is_none());
    }

    /// The signatures of RFC 7515, appendices A.2 and A.3, over the same claims.
    mod rfc_7515 {
        use super::*;
        use crate::sts::web_identity::token::Token;

        const CLAIMS: &str =
            "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        const RSA: &str = r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#;
        const RSA_SIGNED: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
        const EC: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
        const EC_SIGNED: &str =
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

        fn verifies(header: &str, signed: &str, keys: &str) -> bool {
            let text = format!("{}.{CLAIMS}.{signed}", URL_SAFE_NO_PAD.encode(header));
            let token = Token::parse(&text).unwrap();
            assert_eq!(token.claims.iss.as_deref(), Some("joe"));
            let keys = parse(keys).unwrap();
            keys.verify(None, token.header.alg, token.message, &token.signature)
        }

        #[test]
        fn the_rs256_signature_of_appendix_a_2_verifies() {
            assert!(verifies(r#"{"alg":"RS256"}"#, RSA_SIGNED, RSA));
            assert!(!verifies(r#"{"alg":"RS256" }"#, RSA_SIGNED, RSA));
            assert!(!verifies(r#"{"alg":"RS256"}"#, EC_SIGNED, RSA));
        }

        #[test]
        fn the_es256_signature_of_appendix_a_3_verifies() {
            assert!(verifies(r#"{"alg":"ES256"}"#, EC_SIGNED, EC));
            assert!(!verifies(r#"{"alg":"ES256" }"#, EC_SIGNED, EC));
            assert!(!verifies(r#"{"alg":"ES256"}"#, RSA_SIGNED, EC));
        }

        #[test]
        fn a_key_of_the_other_kind_is_never_tried() {
            assert!(!verifies(r#"{"alg":"ES256"}"#, RSA_SIGNED, RSA));
            assert!(!verifies(r#"{"alg":"RS256"}"#, EC_SIGNED, EC));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = KeySet::parse(&bytes);
        }
    }
}
