//! A request with a member of every type, written as the generator writes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::constraint::{Constrained, Path, Pattern, Report, Rule};
use super::json::{self, MapAccess};
use super::{query, xml};
use crate::{Fault, SecretBytes, SecretString, Timestamp};

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sample {
    pub(super) text: Option<String>,
    pub(super) secret: Option<SecretString>,
    pub(super) blob: Option<Vec<u8>>,
    pub(super) plaintext: Option<SecretBytes>,
    pub(super) count: Option<i32>,
    pub(super) size: Option<i64>,
    pub(super) flag: Option<bool>,
    pub(super) moment: Option<Timestamp>,
    pub(super) names: Option<Vec<String>>,
    pub(super) tags: Option<Vec<Tag>>,
    pub(super) context: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tag {
    pub(super) key: Option<String>,
    pub(super) value: Option<String>,
}

impl json::Structure for Sample {
    const MEMBERS: &'static [&'static str] = &[
        "Text",
        "Secret",
        "Blob",
        "Plaintext",
        "Count",
        "Size",
        "Flag",
        "Moment",
        "Names",
        "Tags",
        "Context",
    ];

    fn take<'de, A: MapAccess<'de>>(&mut self, name: &'static str, from: &mut A) -> Result<(), A::Error> {
        match name {
            "Text" => json::member(&mut self.text, from),
            "Secret" => json::member(&mut self.secret, from),
            "Blob" => json::member(&mut self.blob, from),
            "Plaintext" => json::member(&mut self.plaintext, from),
            "Count" => json::member(&mut self.count, from),
            "Size" => json::member(&mut self.size, from),
            "Flag" => json::member(&mut self.flag, from),
            "Moment" => json::member(&mut self.moment, from),
            "Names" => json::member(&mut self.names, from),
            "Tags" => json::member(&mut self.tags, from),
            "Context" => json::member(&mut self.context, from),
            _ => json::skip(from),
        }
    }
}

impl json::Structure for Tag {
    const MEMBERS: &'static [&'static str] = &["Key", "Value"];

    fn take<'de, A: MapAccess<'de>>(&mut self, name: &'static str, from: &mut A) -> Result<(), A::Error> {
        match name {
            "Key" => json::member(&mut self.key, from),
            "Value" => json::member(&mut self.value, from),
            _ => json::skip(from),
        }
    }
}

impl query::Structure for Sample {
    fn pick(form: &query::Form<'_>) -> Result<Self, Fault> {
        Ok(Self {
            text: query::member(form, "Text")?,
            secret: query::member(form, "Secret")?,
            blob: query::member(form, "Blob")?,
            plaintext: query::member(form, "Plaintext")?,
            count: query::member(form, "Count")?,
            size: query::member(form, "Size")?,
            flag: query::member(form, "Flag")?,
            moment: query::member(form, "Moment")?,
            names: query::member(form, "Names")?,
            tags: query::member(form, "Tags")?,
            context: query::member(form, "Context")?,
        })
    }
}

impl query::Structure for Tag {
    fn pick(form: &query::Form<'_>) -> Result<Self, Fault> {
        Ok(Self {
            key: query::member(form, "Key")?,
            value: query::member(form, "Value")?,
        })
    }
}

static TEXT_PATTERN: Pattern = Pattern::new(r"[\w]+", "[0-9A-Za-z_]+");
static TEXT: Rule = Rule::NONE.at_least(2).at_most(5).matching(&TEXT_PATTERN);
static SECRET: Rule = Rule::NONE.at_most(3).one_of(&["a", "b"]);
static BLOB: Rule = Rule::NONE.at_most(4);
static COUNT: Rule = Rule::NONE.at_least(1).at_most(10);
static NAMES: Rule = Rule::NONE.at_least(1).at_most(3).each(&TEXT);
static TAGS: Rule = Rule::NONE.at_most(2);
static KEY: Rule = Rule::NONE.one_of(&["Env", "Team"]);
static CONTEXT: Rule = Rule::NONE.key(&BLOB).each(&BLOB);

impl Constrained for Sample {
    const NESTED: bool = true;

    fn hold(&self, _: &Rule, at: &Path<'_>, report: &mut Report) {
        report.optional(at, "Text", &self.text, &TEXT);
        report.optional(at, "Secret", &self.secret, &SECRET);
        report.optional(at, "Blob", &self.blob, &BLOB);
        report.optional(at, "Plaintext", &self.plaintext, &BLOB);
        report.optional(at, "Count", &self.count, &COUNT);
        report.optional(at, "Size", &self.size, &COUNT);
        report.optional(at, "Names", &self.names, &NAMES);
        report.optional(at, "Tags", &self.tags, &TAGS);
        report.optional(at, "Context", &self.context, &CONTEXT);
    }
}

impl Constrained for Tag {
    const NESTED: bool = true;

    fn hold(&self, _: &Rule, at: &Path<'_>, report: &mut Report) {
        report.required(at, "Key", &self.key, &KEY);
        report.optional(at, "Value", &self.value, &TEXT);
    }
}

impl json::ToJson for Sample {
    fn to_json(&self, out: &mut Vec<u8>) {
        json::structure(out, |object| {
            object.member("Text", &self.text);
            object.member("Secret", &self.secret);
            object.member("Blob", &self.blob);
            object.member("Plaintext", &self.plaintext);
            object.member("Count", &self.count);
            object.member("Size", &self.size);
            object.member("Flag", &self.flag);
            object.member("Moment", &self.moment);
            object.member("Names", &self.names);
            object.member("Tags", &self.tags);
            object.member("Context", &self.context);
        });
    }
}

impl json::ToJson for Tag {
    fn to_json(&self, out: &mut Vec<u8>) {
        json::structure(out, |object| {
            object.member("Key", &self.key);
            object.member("Value", &self.value);
        });
    }
}

impl xml::ToXml for Sample {
    fn to_xml(&self, out: &mut Vec<u8>) {
        xml::member("Text", &self.text, out);
        xml::member("Secret", &self.secret, out);
        xml::member("Blob", &self.blob, out);
        xml::member("Plaintext", &self.plaintext, out);
        xml::member("Count", &self.count, out);
        xml::member("Size", &self.size, out);
        xml::member("Flag", &self.flag, out);
        xml::member("Moment", &self.moment, out);
        xml::member("Names", &self.names, out);
        xml::member("Tags", &self.tags, out);
        xml::member("Context", &self.context, out);
    }
}

impl xml::ToXml for Tag {
    fn to_xml(&self, out: &mut Vec<u8>) {
        xml::member("Key", &self.key, out);
        xml::member("Value", &self.value, out);
    }
}

/// Any sample, whether or not it keeps its constraints.
pub(super) fn samples() -> impl Strategy<Value = Sample> {
    use proptest::collection::{btree_map, vec};
    use proptest::option::of;

    let texts = (
        of(any::<String>()),
        of(any::<String>()),
        of(vec(any::<u8>(), 0..40)),
        of(vec(any::<u8>(), 0..40)),
    );
    let millis = -62_135_596_800_000..253_402_300_799_999_i64;
    let numbers = (of(any::<i32>()), of(any::<i64>()), of(any::<bool>()), of(millis));
    let tag = (of(any::<String>()), of(any::<String>())).prop_map(|(key, value)| Tag { key, value });
    let many = (
        of(vec(any::<String>(), 0..4)),
        of(vec(tag, 0..4)),
        of(btree_map(any::<String>(), any::<String>(), 0..4)),
    );
    (texts, numbers, many).prop_map(|(texts, numbers, many)| Sample {
        text: texts.0,
        secret: texts.1.map(SecretString::from),
        blob: texts.2,
        plaintext: texts.3.map(SecretBytes::from),
        count: numbers.0,
        size: numbers.1,
        flag: numbers.2,
        moment: numbers.3.map(Timestamp::from_millis),
        names: many.0,
        tags: many.1,
        context: many.2,
    })
}
