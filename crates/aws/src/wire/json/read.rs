//! Reading members, with the sentences of AWS's own parser for what has the wrong type.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::Fault;
use crate::wire::Raw;
use crate::wire::constraint::{Constrained, constrain};

const CODE: &str = "SerializationException";

/// Reads a request and holds it against its constraints.
///
/// # Errors
///
/// `SerializationException` for what cannot be read, `ValidationException` for what breaks a
/// constraint.
pub fn read<T: Structure + Constrained>(raw: Raw<'_>) -> Result<T, Fault> {
    let Raw::Json(body) = raw else {
        return Err(Fault::bare(CODE));
    };
    let request = if body.is_empty() {
        T::default()
    } else {
        parse(body)?
    };
    constrain(&request, "ValidationException")?;
    Ok(request)
}

pub(super) fn parse<T: Structure>(body: &[u8]) -> Result<T, Fault> {
    // Found to be text once: read from bytes, every string in it would be looked at by itself.
    let text = std::str::from_utf8(body).map_err(|_| Fault::bare(CODE))?;
    let mut json = serde_json::Deserializer::from_str(text);
    let request = Value(PhantomData)
        .deserialize(&mut json)
        .map_err(|error| fault(&error))?;
    json.end().map_err(|error| fault(&error))?;
    Ok(request)
}

/// Only errors of type were worded by us; the rest could repeat what the client sent.
fn fault(error: &serde_json::Error) -> Fault {
    if !error.is_data() {
        return Fault::bare(CODE);
    }
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = text.strip_suffix(&place).unwrap_or(&text);
    Fault::sender(CODE, message.to_owned())
}

/// An object whose members the model names. Implemented by generated code.
pub trait Structure: Default {
    /// The names that the model knows.
    const MEMBERS: &'static [&'static str];

    /// Puts the value that comes next in `from` in the place of member `name`, with [`member`],
    /// or skips it, with [`skip`].
    ///
    /// # Errors
    ///
    /// When the value has the wrong type.
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &'static str, from: &mut A) -> Result<(), A::Error>;
}

/// Reads the value that comes next; `null` means absent.
///
/// # Errors
///
/// When the value has the wrong type.
pub fn member<'de, T: FromJson, A: MapAccess<'de>>(
    place: &mut Option<T>,
    from: &mut A,
) -> Result<(), A::Error> {
    *place = from.next_value_seed(Nullable(PhantomData))?;
    Ok(())
}

/// Passes over the value that comes next: the model does not know its name.
///
/// # Errors
///
/// When it is not JSON.
pub fn skip<'de, A: MapAccess<'de>>(from: &mut A) -> Result<(), A::Error> {
    from.next_value::<IgnoredAny>().map(drop)
}

/// A value that is read from JSON.
///
/// Each method answers to one kind of JSON token; the ones that a type leaves alone refuse.
pub trait FromJson: Sized {
    /// What AWS calls the type in its refusals, such as `a String`.
    const TYPE: &'static str;

    /// From a string; `None` refuses it.
    fn text(_: &str) -> Option<Self> {
        None
    }

    /// From a number without a fraction; `None` refuses it.
    fn integer(_: i64) -> Option<Self> {
        None
    }

    /// From any other number; `None` refuses it.
    fn float(_: f64) -> Option<Self> {
        None
    }

    /// From `true` or `false`; `None` refuses it.
    fn boolean(_: bool) -> Option<Self> {
        None
    }

    /// From a list.
    ///
    /// # Errors
    ///
    /// When a list is not expected here, or an element has the wrong type.
    fn list<'de, A: SeqAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(A::Error::custom("Start of list found where not expected."))
    }

    /// From an object.
    ///
    /// # Errors
    ///
    /// When an object is not expected here, or a member has the wrong type.
    fn object<'de, A: MapAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(A::Error::custom(
            "Start of structure or map found where not expected.",
        ))
    }
}

impl<T: Structure> FromJson for T {
    const TYPE: &'static str = "a Structure";

    fn object<'de, A: MapAccess<'de>>(mut from: A) -> Result<T, A::Error> {
        let mut structure = T::default();
        while let Some(name) = from.next_key_seed(Name(T::MEMBERS))? {
            match name {
                Some(name) => structure.take(name, &mut from)?,
                None => skip(&mut from)?,
            }
        }
        Ok(structure)
    }
}

/// A member's name, looked up without copying it; `None` for one that the model does not know.
struct Name(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().copied().find(|known| *known == name))
    }
}

/// A value that must be there, such as an element of a list.
pub(super) struct Value<T>(pub(super) PhantomData<T>);

impl<'de, T: FromJson> DeserializeSeed<'de> for Value<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        let value = Nullable(self.0).deserialize(from)?;
        value.ok_or_else(|| D::Error::custom("Null value found where not expected."))
    }
}

/// A value that may be `null`.
struct Nullable<T>(PhantomData<T>);

impl<'de, T: FromJson> DeserializeSeed<'de> for Nullable<T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Option<T>, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, T: FromJson> Visitor<'de> for Nullable<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::TYPE)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<T>, E> {
        accept("STRING_VALUE", T::text(text))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Option<T>, E> {
        accept("NUMBER_VALUE", T::integer(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Option<T>, E> {
        accept("NUMBER_VALUE", number.try_into().ok().and_then(T::integer))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Option<T>, E> {
        accept("NUMBER_VALUE", T::float(number))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Option<T>, E> {
        accept(
            if value { "TRUE_VALUE" } else { "FALSE_VALUE" },
            T::boolean(value),
        )
    }

    fn visit_seq<A: SeqAccess<'de>>(self, from: A) -> Result<Option<T>, A::Error> {
        T::list(from).map(Some)
    }

    fn visit_map<A: MapAccess<'de>>(self, from: A) -> Result<Option<T>, A::Error> {
        T::object(from).map(Some)
    }
}

/// Refuses in the words of AWS's parser, which names the token but never shows it.
fn accept<T: FromJson, E: Error>(token: &str, value: Option<T>) -> Result<Option<T>, E> {
    match value {
        Some(value) => Ok(Some(value)),
        None => Err(E::custom(format_args!(
            "{token} can not be converted to {}",
            T::TYPE
        ))),
    }
}
