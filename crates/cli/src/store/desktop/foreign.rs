//! Keys that aws-vault has put into its collection: found and read, and left as they are.
//!
//! Its items have one attribute, `profile`, which is the profile of a key; other values are of sessions and
//! sign-ins. An item holds an item of its own kind, whose `Data` is the key.
//!
//! Source: aws-vault's library `keyring`, `secretservice.go`; its own `vault/sessionkeyring.go` for the names.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kagiban_aws::{SecretBytes, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::vault::ANY_OF_AWS;

/// The attribute that says whose an item is.
pub(super) const ATTRIBUTE: &str = "profile";

/// What stands before a profile's name in the names of our keys.
const PREFIX: &str = "key/";

/// Around what is kept.
#[derive(Deserialize)]
struct Wrapped {
    #[serde(rename = "Data")]
    data: SecretString,
}

/// What is common to its keys and ours, and where its own may be sent: it says of none, and AWS is what it
/// is for.
#[derive(Deserialize, Serialize)]
struct Key {
    #[serde(rename = "AccessKeyID")]
    access_key_id: String,
    #[serde(rename = "SecretAccessKey")]
    secret: SecretString,
    #[serde(rename = "KagibanPlace", skip_deserializing)]
    place: &'static str,
}

/// What we call the item of this attribute; none if it holds no key.
pub(super) fn name(attribute: &str) -> Option<String> {
    let is_session = attribute.matches(',').count() >= 3
        || attribute.starts_with("oidc:")
        || (attribute.contains(" session (") && attribute.ends_with(')'));
    (!is_session && !attribute.is_empty()).then(|| format!("{PREFIX}{attribute}"))
}

/// The attribute of what we call so.
pub(super) fn attribute(name: &str) -> Option<&str> {
    let attribute = name.strip_prefix(PREFIX)?;
    self::name(attribute).map(|_| attribute)
}

/// The key in an item, as we keep one.
pub(super) fn opened(item: &[u8]) -> Option<SecretBytes> {
    let wrapped: Wrapped = serde_json::from_slice(item).ok()?;
    let data = Zeroizing::new(STANDARD.decode(wrapped.data.expose()).ok()?);
    let mut key: Key = serde_json::from_slice(&data).ok()?;
    key.place = ANY_OF_AWS;
    // Room for all of it, so that no copy is left by growing.
    let mut text = Zeroizing::new(Vec::with_capacity(2 * data.len() + 64));
    serde_json::to_writer(&mut *text, &key).ok()?;
    Some(text.to_vec().into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(data: &str) -> String {
        format!(
            r#"{{"Key":"prod","Data":"{}","Label":"aws-vault (prod)","Description":"aws-vault credentials"}}"#,
            STANDARD.encode(data)
        )
    }

    #[test]
    fn a_key_is_read_and_may_go_to_aws_alone() {
        let data = r#"{"AccessKeyID":"AKIA","SecretAccessKey":"s/+","SessionToken":"","CanExpire":false}"#;
        let read = opened(item(data).as_bytes()).unwrap();
        assert_eq!(
            read.expose(),
            br#"{"AccessKeyID":"AKIA","SecretAccessKey":"s/+","KagibanPlace":"AWS"}"#
        );
        // Whatever it says of another place.
        let data = data.replace("\"CanExpire\":false", "\"KagibanPlace\":\"http://a\"");
        assert_eq!(opened(item(&data).as_bytes()).unwrap(), read);
        for senseless in ["", "{}", r#"{"Data":"?"}"#, &item("{}")] {
            assert!(opened(senseless.as_bytes()).is_none(), "{senseless}");
        }
    }

    #[test]
    fn sessions_and_sign_ins_are_no_keys() {
        assert_eq!(name("prod").as_deref(), Some("key/prod"));
        assert_eq!(name("a session, b").as_deref(), Some("key/a session, b"));
        for other in [
            "sts.GetSessionToken,cHJvZA,YXJu,1700000000",
            "session,cHJvZA,,1700000000",
            "prod session (61726e)",
            "oidc:https://example.awsapps.com/start",
            "",
        ] {
            assert_eq!(name(other), None, "{other}");
            assert_eq!(attribute(&format!("key/{other}")), None, "{other}");
        }
        assert_eq!(attribute("key/prod"), Some("prod"));
        assert_eq!(attribute("totp/arn"), None);
    }

    proptest! {
        #[test]
        fn whatever_lies_there_is_read_or_is_none(place in 0_usize..90, byte in any::<u8>()) {
            let mut item = item(r#"{"AccessKeyID":"A","SecretAccessKey":"s"}"#).into_bytes();
            let place = place % item.len();
            item[place] = byte;
            let _ = opened(&item);
        }
    }
}
