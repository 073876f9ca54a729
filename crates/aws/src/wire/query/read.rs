//! Picking members from a form.

use std::collections::BTreeMap;

use super::Form;
use crate::wire::constraint::{Constrained, constrain};
use crate::wire::{Raw, blob, time};
use crate::{Fault, SecretBytes, SecretString, Timestamp};

/// UNSURE: AWS documents this code for requests that it cannot read, but not when it is used.
const CODE: &str = "MalformedInput";

/// Reads a request and holds it against its constraints.
///
/// # Errors
///
/// `MalformedInput` for what cannot be read, `ValidationError` for what breaks a constraint.
pub fn read<T: Structure + Constrained>(raw: Raw<'_>) -> Result<T, Fault> {
    let Raw::Form(form) = raw else {
        return Err(Fault::bare(CODE));
    };
    let form = Form::parse(form).ok_or_else(|| Fault::sender(CODE, "The form cannot be read."))?;
    let request = T::pick(&form)?;
    constrain(&request, "ValidationError")?;
    Ok(request)
}

/// A structure whose members the model names. Implemented by generated code.
pub trait Structure: Sized {
    /// Picks each member, with [`member`].
    ///
    /// # Errors
    ///
    /// When a member has the wrong type.
    fn pick(form: &Form<'_>) -> Result<Self, Fault>;
}

/// Picks the member `name`, if it is there.
///
/// # Errors
///
/// When it has the wrong type.
pub fn member<T: FromForm>(form: &Form<'_>, name: &str) -> Result<Option<T>, Fault> {
    form.node(name).map_or(Ok(None), T::from_form)
}

/// A value that is read from a form.
pub trait FromForm: Sized {
    /// Reads the value; `None` if the node holds none.
    ///
    /// # Errors
    ///
    /// When it has the wrong type.
    fn from_form(form: &Form<'_>) -> Result<Option<Self>, Fault>;
}

/// A value without parts. The refusal does not show the text: it may be a secret.
fn scalar<T>(form: &Form<'_>, kind: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Fault> {
    let refusal = || Fault::sender(CODE, format!("STRING_VALUE can not be converted to {kind}"));
    form.value()
        .map(|text| read(text).ok_or_else(refusal))
        .transpose()
}

impl FromForm for String {
    fn from_form(form: &Form<'_>) -> Result<Option<String>, Fault> {
        Ok(form.value().map(str::to_owned))
    }
}

impl FromForm for SecretString {
    fn from_form(form: &Form<'_>) -> Result<Option<SecretString>, Fault> {
        Ok(form.value().map(|text| text.to_owned().into()))
    }
}

impl FromForm for Vec<u8> {
    fn from_form(form: &Form<'_>) -> Result<Option<Vec<u8>>, Fault> {
        scalar(form, "a Blob", blob::read)
    }
}

impl FromForm for SecretBytes {
    fn from_form(form: &Form<'_>) -> Result<Option<SecretBytes>, Fault> {
        scalar(form, "a Blob", |text| blob::read(text).map(SecretBytes::from))
    }
}

impl FromForm for bool {
    fn from_form(form: &Form<'_>) -> Result<Option<bool>, Fault> {
        scalar(form, "a Boolean", |text| match text {
            _ if text.eq_ignore_ascii_case("true") => Some(true),
            _ if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        })
    }
}

impl FromForm for i32 {
    fn from_form(form: &Form<'_>) -> Result<Option<i32>, Fault> {
        scalar(form, "an Integer", |text| text.parse().ok())
    }
}

impl FromForm for i64 {
    fn from_form(form: &Form<'_>) -> Result<Option<i64>, Fault> {
        scalar(form, "a Long", |text| text.parse().ok())
    }
}

impl FromForm for f64 {
    fn from_form(form: &Form<'_>) -> Result<Option<f64>, Fault> {
        scalar(form, "a Double", |text| text.parse().ok())
    }
}

impl FromForm for Timestamp {
    fn from_form(form: &Form<'_>) -> Result<Option<Timestamp>, Fault> {
        scalar(form, "a Timestamp", time::read)
    }
}

/// `X.member.1`, `X.member.2`, …; `X=` is the empty list.
impl<T: FromForm> FromForm for Vec<T> {
    fn from_form(form: &Form<'_>) -> Result<Option<Vec<T>>, Fault> {
        match form.node("member") {
            Some(members) => numbered(members, |member| required(member)).map(Some),
            None => Ok(form.value().map(|_| Vec::new())),
        }
    }
}

/// `X.entry.1.key`, `X.entry.1.value`, …; `X=` is the empty map.
impl<T: FromForm> FromForm for BTreeMap<String, T> {
    fn from_form(form: &Form<'_>) -> Result<Option<BTreeMap<String, T>>, Fault> {
        let entry = |entry: &Form<'_>| {
            let part = |name| {
                entry
                    .node(name)
                    .ok_or_else(|| Fault::sender(CODE, "An entry of a map is incomplete."))
            };
            Ok((required(part("key")?)?, required(part("value")?)?))
        };
        match form.node("entry") {
            Some(entries) => Ok(Some(numbered(entries, entry)?.into_iter().collect())),
            None => Ok(form.value().map(|_| BTreeMap::new())),
        }
    }
}

/// Reads the elements 1, 2, … without gaps; their number is bounded.
///
/// DIFFERS: AWS closes gaps; here they are refused, because no client makes them and an index is
/// not to be trusted.
fn numbered<T>(form: &Form<'_>, read: impl Fn(&Form<'_>) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    if form.len() > Form::ELEMENTS {
        return Err(Fault::sender(
            CODE,
            format!("A list has more than {} members.", Form::ELEMENTS),
        ));
    }
    let element = |number: usize| {
        let node = form.node(&number.to_string());
        read(node.ok_or_else(|| {
            Fault::sender(
                CODE,
                "The members of a list are not numbered from 1 without gaps.",
            )
        })?)
    };
    (1..=form.len()).map(element).collect()
}

fn required<T: FromForm>(form: &Form<'_>) -> Result<T, Fault> {
    T::from_form(form)?.ok_or_else(|| Fault::sender(CODE, "A member of a list has no value."))
}

/// A structure is there if a node of its name is; `X=` leaves it absent.
impl<T: Structure> FromForm for T {
    fn from_form(form: &Form<'_>) -> Result<Option<T>, Fault> {
        if form.len() == 0 {
            Ok(None)
        } else {
            T::pick(form).map(Some)
        }
    }
}
