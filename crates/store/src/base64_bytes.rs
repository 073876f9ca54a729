//! Bytes as base64 text: `#[serde(with = "kagiban_store::base64_bytes")]`.
//!
//! For `Vec<u8>`, `Bytes`, `[u8; N]` and `Zeroizing<Vec<u8>>`. JSON would else write a
//! list of numbers, four times as long.

use std::fmt;
use std::marker::PhantomData;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::de::{Deserializer, Error, Visitor};
use serde::ser::Serializer;
use zeroize::Zeroizing;

/// Writes the bytes as base64 text.
///
/// # Errors
///
/// As the serializer's.
pub fn serialize<T: AsRef<[u8]>, S: Serializer>(bytes: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&Zeroizing::new(BASE64_STANDARD.encode(bytes)))
}

/// Reads bytes from base64 text, without a copy of the text.
///
/// # Errors
///
/// If the text is not base64, or has not as many bytes as the type needs.
pub fn deserialize<'de, T: TryFrom<Vec<u8>>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_str(Text(PhantomData))
}

struct Text<T>(PhantomData<T>);

impl<T: TryFrom<Vec<u8>>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("base64 text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        // Neither message quotes the text: it may be a key.
        let bytes = BASE64_STANDARD
            .decode(text)
            .map_err(|_| E::custom("not base64"))?;
        T::try_from(bytes).map_err(|_| E::custom("wrong number of bytes"))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde::{Deserialize, Serialize};
    use zeroize::Zeroizing;

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct All {
        #[serde(with = "super")]
        fixed: [u8; 3],
        #[serde(with = "super")]
        shared: Bytes,
        #[serde(with = "super")]
        wiped: Zeroizing<Vec<u8>>,
    }

    #[test]
    fn bytes_are_text_and_come_back() {
        let all = All {
            fixed: [1, 2, 3],
            shared: "hi".into(),
            wiped: Zeroizing::new(vec![0xff]),
        };
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(text, r#"{"fixed":"AQID","shared":"aGk=","wiped":"/w=="}"#);
        assert_eq!(serde_json::from_str::<All>(&text).unwrap(), all);
    }

    #[test]
    fn a_wrong_number_of_bytes_is_refused() {
        assert!(serde_json::from_str::<All>(r#"{"fixed":"AQ==","shared":"","wiped":""}"#).is_err());
    }
}
