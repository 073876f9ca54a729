//! What each type takes from JSON.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde::de::{MapAccess, SeqAccess};

use super::FromJson;
use super::read::Value;
use crate::wire::{blob, time};
use crate::{SecretBytes, SecretString, Timestamp};

impl FromJson for String {
    const TYPE: &'static str = "a String";

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }
}

impl FromJson for SecretString {
    const TYPE: &'static str = "a String";

    fn text(text: &str) -> Option<SecretString> {
        Some(text.to_owned().into())
    }
}

impl FromJson for Vec<u8> {
    const TYPE: &'static str = "a Blob";

    fn text(text: &str) -> Option<Vec<u8>> {
        blob::read(text)
    }
}

impl FromJson for SecretBytes {
    const TYPE: &'static str = "a Blob";

    fn text(text: &str) -> Option<SecretBytes> {
        blob::read(text).map(SecretBytes::from)
    }
}

impl FromJson for bool {
    const TYPE: &'static str = "a Boolean";

    fn boolean(value: bool) -> Option<bool> {
        Some(value)
    }
}

impl FromJson for i32 {
    const TYPE: &'static str = "an Integer";

    fn integer(number: i64) -> Option<i32> {
        number.try_into().ok()
    }

    fn float(number: f64) -> Option<i32> {
        i64::float(number).and_then(i32::integer)
    }
}

impl FromJson for i64 {
    const TYPE: &'static str = "a Long";

    fn integer(number: i64) -> Option<i64> {
        Some(number)
    }

    /// `5.0` is an integer to AWS's parser too; a fraction is refused, not cut off.
    fn float(number: f64) -> Option<i64> {
        const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
        #[expect(
            clippy::cast_possible_truncation,
            reason = "only whole numbers below 2^53 pass"
        )]
        (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
    }
}

impl FromJson for f64 {
    const TYPE: &'static str = "a Double";

    #[expect(clippy::cast_precision_loss, reason = "a Double is what the model asks for")]
    fn integer(number: i64) -> Option<f64> {
        Some(number as f64)
    }

    fn float(number: f64) -> Option<f64> {
        Some(number)
    }
}

impl FromJson for Timestamp {
    const TYPE: &'static str = "a Timestamp";

    fn text(text: &str) -> Option<Timestamp> {
        time::read(text)
    }

    fn integer(number: i64) -> Option<Timestamp> {
        f64::integer(number).and_then(time::from_seconds)
    }

    fn float(number: f64) -> Option<Timestamp> {
        time::from_seconds(number)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    const TYPE: &'static str = "a List";

    fn list<'de, A: SeqAccess<'de>>(mut from: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new(); // no size hint: it is the client's
        while let Some(element) = from.next_element_seed(Value(PhantomData))? {
            list.push(element);
        }
        Ok(list)
    }
}

impl<T: FromJson> FromJson for BTreeMap<String, T> {
    const TYPE: &'static str = "a Map";

    fn object<'de, A: MapAccess<'de>>(mut from: A) -> Result<BTreeMap<String, T>, A::Error> {
        let mut map = BTreeMap::new();
        while let Some(key) = from.next_key::<String>()? {
            map.insert(key, from.next_value_seed(Value(PhantomData))?);
        }
        Ok(map)
    }
}
