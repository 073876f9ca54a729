//! References: values that name other parameters, resolved when they are read.
//!
//! An account may choose that `{{kagiban:/other/name}}` in a value stands for another parameter's value;
//! a version or a label may follow the name, as in `{{kagiban:/other/name:prod}}`. References are
//! resolved with the reader's own rights: `ssm:GetParameter` on each parameter they lead to, and KMS's
//! for SecureStrings. The history and all else show the value as it was written.
//!
//! A version keeps the references of its value beside it, so nothing has to be decrypted to know where
//! they lead, and the values of all others are not looked at.
//!
//! What is wrong with references is refused when they are written, as far as the newest versions tell,
//! and once more when they are read, since the parameters they lead to may have changed.

mod reach;
mod writing;

use std::collections::HashMap;

use kagiban_aws::SecretString;
use kagiban_iam::{Allowances, Call};

use crate::reading::Reader;
use crate::records::{ParameterType, Version};
use crate::reference::{ParameterRef, Selector};
use crate::{ParameterError, ParameterName, View, access};

pub(crate) use reach::Reach;
pub(crate) use writing::Writing;

/// How many references may follow upon each other.
const MAX_DEPTH: usize = 8;
/// How many different ones one value may take, those in its references' values among them.
const MAX_REFERENCES: usize = 100;
/// How long a value may become.
const MAX_BYTES: usize = 64 << 10;

/// A piece of a value.
enum Part<'t> {
    Text(&'t str),
    /// What stands after `kagiban:`.
    Reference(&'t str),
    /// Something else in double braces.
    Foreign,
}

/// Takes a value apart. Braces that are not closed are text.
fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once("{{")
        && let Some((inner, behind)) = after.split_once("}}")
    {
        parts.push(Part::Text(before));
        parts.push(match inner.trim().strip_prefix("kagiban:") {
            Some(reference) if parse(reference).is_some() => Part::Reference(reference),
            _ => Part::Foreign,
        });
        rest = behind;
    }
    parts.push(Part::Text(rest));
    parts
}

/// A reference is a name, of the account's own parameters or of a public one, and at most one selector.
fn parse(text: &str) -> Option<ParameterRef> {
    let reference = ParameterRef::parse(text).ok()?;
    let several = reference.selector == Some(Selector::Several);
    (reference.arn.is_none() && !several).then_some(reference)
}

/// The different references in a value; none if there is anything else in double braces.
pub(crate) fn named(text: &str) -> Option<Box<[Box<str>]>> {
    let mut named: Vec<Box<str>> = Vec::new();
    for part in parts(text) {
        match part {
            Part::Foreign => return None,
            Part::Reference(reference) if !named.iter().any(|other| **other == *reference) => {
                named.push(reference.into());
            }
            Part::Text(_) | Part::Reference(_) => {}
        }
    }
    Some(named.into())
}

/// Whether an account has references resolved.
pub(crate) fn is_chosen(call: &Call<'_>, view: &View<'_>) -> bool {
    view.ssm.settings(call.scope).references
}

const READ: &str = "ssm:GetParameter";

/// One value's references on their way to be resolved.
pub(crate) struct Resolving<'r> {
    reader: &'r Reader<'r>,
    allowances: Allowances<'r>,
    /// What has been resolved, by the reference's text and whether a secret referred to it.
    resolved: HashMap<(Box<str>, bool), SecretString>,
}

/// Who refers: a version of a parameter, and those that led to it.
struct Referring<'p> {
    name: &'p ParameterName,
    kind: ParameterType,
    number: i64,
    by: Option<&'p Referring<'p>>,
}

impl Referring<'_> {
    fn depth(&self) -> usize {
        self.by.map_or(1, |by| by.depth() + 1)
    }

    fn includes(&self, name: &ParameterName, number: i64) -> bool {
        let this = self.name.canonical() == name.canonical() && self.number == number;
        this || self.by.is_some_and(|by| by.includes(name, number))
    }
}

impl<'r> Resolving<'r> {
    pub(crate) fn new(reader: &'r Reader<'r>) -> Resolving<'r> {
        Resolving {
            reader,
            allowances: Allowances::of(reader.call, reader.view.iam),
            resolved: HashMap::new(),
        }
    }

    /// A version's value with its references resolved.
    ///
    /// # Errors
    ///
    /// `Unresolved`, with `Validation` for what cannot be resolved, `AccessDenied` for what the reader may
    /// not read, and KMS's refusals.
    pub(crate) fn value(
        &mut self,
        name: &ParameterName,
        version: &Version,
        text: &SecretString,
    ) -> Result<SecretString, ParameterError> {
        let referring = Referring {
            name,
            kind: version.value.kind(),
            number: version.number,
            by: None,
        };
        self.expand(text.expose(), &referring)
            .map_err(ParameterError::unresolved)
    }

    fn expand(&mut self, text: &str, referring: &Referring<'_>) -> Result<SecretString, ParameterError> {
        let mut pieces = Vec::new();
        let mut length = 0;
        for part in parts(text) {
            let piece = match part {
                Part::Text(text) => text.to_owned().into(),
                Part::Reference(reference) => self.resolve(reference, referring)?,
                Part::Foreign => return Err(ParameterError::Internal), // refused when it was written
            };
            length += piece.expose().len();
            if length > MAX_BYTES {
                return Err(too_long(referring.name));
            }
            pieces.push(piece);
        }
        // Made as long as it will be: a text that grows leaves copies of a secret behind.
        let mut value = String::with_capacity(length);
        pieces.iter().for_each(|piece| value.push_str(piece.expose()));
        Ok(value.into())
    }

    fn resolve(&mut self, text: &str, referring: &Referring<'_>) -> Result<SecretString, ParameterError> {
        let secret = referring.kind == ParameterType::SecureString;
        if let Some(resolved) = self.resolved.get(&(text.into(), secret)) {
            return Ok(resolved.clone());
        }
        if referring.depth() > MAX_DEPTH {
            return Err(too_deep(referring.name));
        }
        let reference = parse(text).ok_or(ParameterError::Internal)?;
        let Reader { call, view, .. } = *self.reader;
        self.allowances
            .demand(&access::on(READ, &reference.name, call, view))
            .map_err(|denied| ParameterError::AccessDenied(denied.sentence))?;
        let target = view.readable(call.scope, &reference.name, call.facts.now);
        let target = target.ok_or_else(|| missing(referring.name, text))?;
        let number = reference.version_of(target);
        let number = number.map_err(|_| missing(referring.name, text))?;
        let version = self.reader.version(target, number)?;
        let next = Referring {
            name: &reference.name,
            kind: version.value.kind(),
            number,
            by: Some(referring),
        };
        if next.kind == ParameterType::SecureString && !secret {
            return Err(exposed(referring.name, text));
        }
        if referring.includes(&reference.name, number) {
            return Err(circular(referring.name));
        }
        let value = self.reader.value(&reference.name, &version)?;
        let value = match version.references() {
            [] => value,
            _ => self.expand(value.expose(), &next)?,
        };
        if self.resolved.len() == MAX_REFERENCES {
            return Err(too_many(referring.name));
        }
        self.resolved.insert((text.into(), secret), value.clone());
        Ok(value)
    }
}

fn missing(name: &ParameterName, reference: &str) -> ParameterError {
    ParameterError::Validation(format!(
        "The parameter {name} refers to {{{{kagiban:{reference}}}}}, and there is no such parameter or version."
    ))
}

fn exposed(name: &ParameterName, reference: &str) -> ParameterError {
    ParameterError::Validation(format!(
        "The parameter {name} refers to {{{{kagiban:{reference}}}}}, which is a SecureString; only a SecureString may refer to one."
    ))
}

fn circular(name: &ParameterName) -> ParameterError {
    ParameterError::Validation(format!("The references of {name} lead back to it."))
}

fn too_deep(name: &ParameterName) -> ParameterError {
    ParameterError::Validation(format!(
        "The references of {name} are nested too deep; at most {MAX_DEPTH} may follow upon each other."
    ))
}

fn too_many(name: &ParameterName) -> ParameterError {
    ParameterError::Validation(format!(
        "The value of {name} takes too many references; at most {MAX_REFERENCES} are resolved."
    ))
}

fn too_long(name: &ParameterName) -> ParameterError {
    ParameterError::Validation(format!(
        "The value of {name} is too long with its references resolved; at most {MAX_BYTES} bytes are answered."
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(text: &str) -> Option<Vec<String>> {
        Some(named(text)?.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn references_are_found_and_other_braces_are_refused() {
        let found = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(names("no braces"), found(&[]));
        assert_eq!(
            names("{{kagiban:/a}}-{{ kagiban:b:prod }}{{kagiban:/a}}"),
            found(&["/a", "b:prod"])
        );
        assert_eq!(names(r#"{"a":{"b":"{{kagiban:/a:3}}"}}"#), found(&["/a:3"]));
        for text in ["{{", "}}{{", "{{kagiban:/a", r#"{"a":{"b":1}}"#] {
            assert_eq!(names(text), found(&[]), "{text}");
        }
        for text in [
            "{{}}",
            "{{ssm:x}}",
            "{{kagiban:}}",
            "{{kagiban:a/b}}",
            "{{kagiban:/a:1:2}}",
            "{{{kagiban:/a}}}",
            "{{kagiban:arn:aws:ssm:us-east-1:111122223333:parameter/a}}",
            "{{kagiban:/a}}{{x}}",
        ] {
            assert_eq!(names(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn taking_any_text_apart_never_panics_and_loses_nothing_without_references(text in "[{}a:/ ké]{0,40}") {
            if names(&text).is_some_and(|names| names.is_empty()) {
                let whole: String = parts(&text).iter().map(|part| match part {
                    Part::Text(text) => *text,
                    Part::Reference(_) | Part::Foreign => "",
                }).collect();
                prop_assert_eq!(whole, text);
            }
        }
    }
}
