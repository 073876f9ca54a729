//! Writing answers: members that are absent are left out, never `null`.

use std::collections::BTreeMap;
use std::io::Write;

use crate::wire::{blob, time};
use crate::{SecretBytes, SecretString, Timestamp};

/// Appends an answer's body.
pub fn write<T: ToJson>(answer: &T, out: &mut Vec<u8>) {
    answer.to_json(out);
}

/// A value that is written as JSON. Structures are generated, with [`structure`].
pub trait ToJson {
    /// Appends the value.
    fn to_json(&self, out: &mut Vec<u8>);
}

/// Appends an object whose members `fill` names.
pub fn structure(out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
    out.push(b'{');
    fill(&mut Object { out, empty: true });
    out.push(b'}');
}

/// An object being written.
#[derive(Debug)]
pub struct Object<'a> {
    out: &'a mut Vec<u8>,
    empty: bool,
}

impl Object<'_> {
    /// Appends a member, unless it is absent. `name` comes from the model and needs no escaping.
    pub fn member<T: ToJson>(&mut self, name: &'static str, value: &Option<T>) {
        let Some(value) = value else { return };
        self.comma();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        value.to_json(self.out);
    }

    fn comma(&mut self) {
        if !self.empty {
            self.out.push(b',');
        }
        self.empty = false;
    }
}

fn text(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("a Vec takes all that is written");
}

impl ToJson for String {
    fn to_json(&self, out: &mut Vec<u8>) {
        text(self, out);
    }
}

impl ToJson for SecretString {
    fn to_json(&self, out: &mut Vec<u8>) {
        text(self.expose(), out);
    }
}

fn base64(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    blob::write(bytes, out);
    out.push(b'"');
}

impl ToJson for Vec<u8> {
    fn to_json(&self, out: &mut Vec<u8>) {
        base64(self, out);
    }
}

impl ToJson for SecretBytes {
    fn to_json(&self, out: &mut Vec<u8>) {
        base64(self.expose(), out);
    }
}

impl ToJson for bool {
    fn to_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

impl ToJson for i32 {
    fn to_json(&self, out: &mut Vec<u8>) {
        i64::from(*self).to_json(out);
    }
}

impl ToJson for i64 {
    fn to_json(&self, out: &mut Vec<u8>) {
        write!(out, "{self}").expect("a Vec takes all that is written");
    }
}

impl ToJson for f64 {
    fn to_json(&self, out: &mut Vec<u8>) {
        serde_json::to_writer(out, self).expect("a Vec takes all that is written");
    }
}

impl ToJson for Timestamp {
    fn to_json(&self, out: &mut Vec<u8>) {
        time::write_seconds(*self, out);
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn to_json(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (i, element) in self.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            element.to_json(out);
        }
        out.push(b']');
    }
}

impl<T: ToJson> ToJson for BTreeMap<String, T> {
    fn to_json(&self, out: &mut Vec<u8>) {
        structure(out, |object| {
            for (key, value) in self {
                object.comma();
                text(key, object.out);
                object.out.push(b':');
                value.to_json(object.out);
            }
        });
    }
}
