//! XML, as the Query services answer: elements only, lists as `<member>`, no attributes but the
//! envelope's `xmlns`.

use std::collections::BTreeMap;
use std::io::Write;

use super::blob;
use crate::{SecretBytes, SecretString, Timestamp};

/// Appends the answer of `operation`: the envelope, and in it the result.
pub fn write<T: ToXml>(answer: &T, operation: &str, namespace: &str, request_id: &str, out: &mut Vec<u8>) {
    envelope(operation, namespace, request_id, out, |out| {
        element(&format!("{operation}Result"), out, |out| answer.to_xml(out));
    });
}

/// Appends the answer of an operation without output: an envelope without a result.
pub fn write_empty(operation: &str, namespace: &str, request_id: &str, out: &mut Vec<u8>) {
    envelope(operation, namespace, request_id, out, |_| ());
}

fn envelope(
    operation: &str,
    namespace: &str,
    request_id: &str,
    out: &mut Vec<u8>,
    result: impl FnOnce(&mut Vec<u8>),
) {
    root(&format!("{operation}Response"), namespace, out, |out| {
        result(out);
        element("ResponseMetadata", out, |out| {
            element("RequestId", out, |out| escape(request_id, out));
        });
    });
}

/// Appends the outermost element.
pub(super) fn root(name: &str, namespace: &str, out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    put(&["<", name, " xmlns=\"", namespace, "\">"], out);
    fill(out);
    put(&["</", name, ">"], out);
}

/// Appends an element that `fill` fills. `name` comes from the model and needs no escaping.
pub(super) fn element(name: &str, out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    put(&["<", name, ">"], out);
    fill(out);
    put(&["</", name, ">"], out);
}

/// Appends a member of a structure, unless it is absent.
pub fn member<T: ToXml>(name: &'static str, value: &Option<T>, out: &mut Vec<u8>) {
    if let Some(value) = value {
        element(name, out, |out| value.to_xml(out));
    }
}

fn put(parts: &[&str], out: &mut Vec<u8>) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

/// Appends text. Control characters that XML 1.0 has no way to write become `U+FFFD`; carriage
/// returns are escaped, since parsers would turn them into line feeds.
pub(super) fn escape(text: &str, out: &mut Vec<u8>) {
    let mut plain = 0;
    for (i, c) in text.char_indices() {
        let escaped = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\r' => "&#13;",
            '\t' | '\n' => continue,
            '\0'..' ' | '\u{FFFE}' | '\u{FFFF}' => "\u{FFFD}",
            _ => continue,
        };
        put(&[&text[plain..i], escaped], out);
        plain = i + c.len_utf8();
    }
    put(&[&text[plain..]], out);
}

/// A value that is written as XML, inside an element that its holder names.
///
/// Structures are generated, with [`member`].
pub trait ToXml {
    /// Appends the element's content.
    fn to_xml(&self, out: &mut Vec<u8>);
}

impl ToXml for String {
    fn to_xml(&self, out: &mut Vec<u8>) {
        escape(self, out);
    }
}

impl ToXml for SecretString {
    fn to_xml(&self, out: &mut Vec<u8>) {
        escape(self.expose(), out);
    }
}

impl ToXml for Vec<u8> {
    fn to_xml(&self, out: &mut Vec<u8>) {
        blob::write(self, out);
    }
}

impl ToXml for SecretBytes {
    fn to_xml(&self, out: &mut Vec<u8>) {
        blob::write(self.expose(), out);
    }
}

impl ToXml for bool {
    fn to_xml(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

impl ToXml for i32 {
    fn to_xml(&self, out: &mut Vec<u8>) {
        i64::from(*self).to_xml(out);
    }
}

impl ToXml for i64 {
    fn to_xml(&self, out: &mut Vec<u8>) {
        write!(out, "{self}").expect("a Vec takes all that is written");
    }
}

impl ToXml for f64 {
    fn to_xml(&self, out: &mut Vec<u8>) {
        write!(out, "{self}").expect("a Vec takes all that is written");
    }
}

impl ToXml for Timestamp {
    fn to_xml(&self, out: &mut Vec<u8>) {
        write!(out, "{}", self.iso()).expect("a Vec takes all that is written");
    }
}

impl<T: ToXml> ToXml for Vec<T> {
    fn to_xml(&self, out: &mut Vec<u8>) {
        for value in self {
            element("member", out, |out| value.to_xml(out));
        }
    }
}

impl<T: ToXml> ToXml for BTreeMap<String, T> {
    fn to_xml(&self, out: &mut Vec<u8>) {
        for (key, value) in self {
            element("entry", out, |out| {
                element("key", out, |out| escape(key, out));
                element("value", out, |out| value.to_xml(out));
            });
        }
    }
}

#[cfg(test)]
mod tests;
