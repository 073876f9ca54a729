//! The four ways to name a key.

use std::str::FromStr;

use kagiban_aws::Arn;

use crate::KmsError;

/// A key as a caller names it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyRef {
    /// A UUID; looked up in the caller's account and Region.
    Id(String),
    /// A key's ARN.
    KeyArn(Arn),
    /// `alias/…`; looked up in the caller's account and Region.
    Alias(String),
    /// An alias's ARN.
    AliasArn(Arn),
}

impl FromStr for KeyRef {
    type Err = KmsError;

    fn from_str(text: &str) -> Result<KeyRef, KmsError> {
        let invalid = || KmsError::InvalidKeyId(text.to_owned());
        if text.starts_with("arn:") {
            let arn: Arn = text.parse().map_err(|_| invalid())?;
            if (arn.partition(), arn.service()) != ("aws", "kms") {
                return Err(invalid());
            }
            return match arn.resource().split_once('/') {
                Some(("key", id)) if is_key_id(id) => Ok(KeyRef::KeyArn(arn)),
                Some(("alias", name)) if !name.is_empty() => Ok(KeyRef::AliasArn(arn)),
                _ => Err(invalid()),
            };
        }
        if text.starts_with("alias/") {
            return Ok(KeyRef::Alias(text.to_owned()));
        }
        if is_key_id(text) {
            Ok(KeyRef::Id(text.to_owned()))
        } else {
            Err(invalid())
        }
    }
}

impl KeyRef {
    /// Reads the name of a key to be managed, which is no alias: an alias may mean another key tomorrow.
    ///
    /// # Errors
    ///
    /// `InvalidKeyId`.
    pub(crate) fn of_key(text: Option<String>) -> Result<KeyRef, KmsError> {
        let text = text.unwrap_or_default();
        match text.parse()? {
            // UNSURE: the sentence is the one for other names that mean no key.
            KeyRef::Alias(_) | KeyRef::AliasArn(_) => Err(KmsError::InvalidKeyId(text)),
            key => Ok(key),
        }
    }
}

/// A UUID in lower case, or `mrk-` and 32 digits.
fn is_key_id(text: &str) -> bool {
    let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    match text.strip_prefix(MULTI_REGION) {
        Some(digits) => digits.len() == 32 && digits.bytes().all(is_hex),
        None => {
            let fits = |(at, b)| match at {
                8 | 13 | 18 | 23 => b == b'-',
                _ => is_hex(b),
            };
            text.len() == 36 && text.bytes().enumerate().all(fits)
        }
    }
}

/// What the ids of multi-Region keys begin with.
const MULTI_REGION: &str = "mrk-";

/// Whether a key id is a multi-Region key's.
pub(crate) fn is_multi_region(id: &str) -> bool {
    id.starts_with(MULTI_REGION)
}

/// A key id's 16 bytes, as ciphertexts carry them.
///
/// # Panics
///
/// Never for ids that [`KeyRef`] accepted or that we made.
pub fn id_bytes(id: &str) -> [u8; 16] {
    let digits = id.strip_prefix(MULTI_REGION).unwrap_or(id).bytes();
    let mut digits = digits.filter(|b| *b != b'-').map(|b| match b {
        b'0'..=b'9' => b - b'0',
        b'a'..=b'f' => b - b'a' + 10,
        _ => unreachable!("a key id's digits are hexadecimal and in lower case"),
    });
    let mut digit = || digits.next().expect("a key id has 32 digits");
    std::array::from_fn(|_| digit() << 4 | digit())
}

/// The id of a multi-Region key of 16 bytes.
pub(crate) fn mrk(bytes: [u8; 16]) -> String {
    format!("{MULTI_REGION}{}", kagiban_iam::hex(&bytes))
}

/// The UUID of 16 bytes.
pub fn uuid(bytes: [u8; 16]) -> String {
    let hex = kagiban_iam::hex(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
    const MRK: &str = "mrk-1234abcd12ab34cd56ef1234567890ab";

    #[test]
    fn each_way_to_name_a_key_is_told_apart() {
        assert_eq!(ID.parse(), Ok(KeyRef::Id(ID.into())));
        assert_eq!(MRK.parse(), Ok(KeyRef::Id(MRK.into())));
        assert_eq!("alias/x".parse(), Ok(KeyRef::Alias("alias/x".into())));
        for id in [ID, MRK] {
            let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{id}");
            assert!(matches!(arn.parse(), Ok(KeyRef::KeyArn(_))));
        }
        assert!(matches!(
            "arn:aws:kms:us-east-1:111122223333:alias/x".parse(),
            Ok(KeyRef::AliasArn(_))
        ));
    }

    #[test]
    fn anything_else_is_an_invalid_key_id() {
        for text in [
            "",
            "x",
            "1234ABCD-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:us-east-1:111122223333:key/x",
            "arn:x",
            "arn:aws-cn:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:s3:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:KMS:us-east-1:111122223333:alias/x",
            "mrk-",
            "mrk-1234abcd-12ab-34cd-56ef-1234567890ab",
            "mrk-1234ABCD12ab34cd56ef1234567890ab",
            "mrk-1234abcd12ab34cd56ef1234567890a",
            "1234abcd12ab34cd56ef1234567890ab",
        ] {
            assert_eq!(text.parse::<KeyRef>(), Err(KmsError::InvalidKeyId(text.into())));
        }
    }

    #[test]
    fn a_key_id_comes_back_from_its_bytes() {
        assert_eq!(uuid(id_bytes(ID)), ID);
        assert_eq!(mrk(id_bytes(MRK)), MRK);
    }
}
