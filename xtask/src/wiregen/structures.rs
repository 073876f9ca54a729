//! Structures: their fields, how they are read, constrained and written.

use std::fmt::Write;

use super::model::{Kind, Member, Model, Protocol, Shape};
use super::names::{field, type_name};
use super::rules;

/// A structure to be printed.
pub(super) struct Structure<'a> {
    pub(super) model: &'a Model,
    pub(super) name: &'a str,
    pub(super) shape: &'a Shape,
    pub(super) secret: &'a [String],
}

impl Structure<'_> {
    /// The type, with one optional field per member.
    pub(super) fn declare(&self, out: &mut String) {
        put(
            out,
            format_args!(
                "#[derive(Clone, Debug, Default, PartialEq)]\npub struct {} {{",
                type_name(self.name)
            ),
        );
        for member in &self.shape.members {
            let kind = self.kind(member);
            put(
                out,
                format_args!("pub {}: Option<{kind}>,\n", field(&member.name)),
            );
        }
        out.push_str("}\n\n");
    }

    fn kind(&self, member: &Member) -> String {
        let path = format!("{}.{}", self.name, member.name);
        let secret = self.secret.contains(&path);
        self.type_of(&member.target.shape, secret)
    }

    /// A secret list or map hands its secrecy down to what is in it.
    fn type_of(&self, name: &str, secret: bool) -> String {
        let shape = self.model.shape(name);
        let secret = secret || shape.sensitive || self.secret.iter().any(|listed| listed == name);
        let part = |part: &Option<super::model::Target>| {
            let part = part.as_ref().expect("lists and maps say what is in them");
            self.type_of(&part.shape, secret)
        };
        match shape.kind {
            Kind::Blob => if secret { "SecretBytes" } else { "Vec<u8>" }.to_owned(),
            Kind::Boolean => "bool".to_owned(),
            Kind::Double | Kind::Float => "f64".to_owned(),
            Kind::Integer => "i32".to_owned(),
            Kind::Long => "i64".to_owned(),
            Kind::String => if secret { "SecretString" } else { "String" }.to_owned(),
            Kind::Timestamp => "Timestamp".to_owned(),
            Kind::Structure => type_name(name),
            Kind::List => format!("Vec<{}>", part(&shape.member)),
            Kind::Map => format!("BTreeMap<String, {}>", part(&shape.value)),
        }
    }

    /// Reading and constraints.
    pub(super) fn read(&self, out: &mut String) {
        match self.model.metadata.protocol {
            Protocol::Json => self.read_json(out),
            Protocol::Query => self.read_form(out),
        }
        self.constrain(out);
    }

    fn read_json(&self, out: &mut String) {
        let name = type_name(self.name);
        let names: Vec<String> = self
            .shape
            .members
            .iter()
            .map(|member| format!("{:?}", wire_name(member)))
            .collect();
        put(out, format_args!("impl json::Structure for {name} {{\n"));
        put(
            out,
            format_args!(
                "const MEMBERS: &'static [&'static str] = &[{}];\n\n",
                names.join(", ")
            ),
        );
        out.push_str("fn take<'de, A: MapAccess<'de>>(&mut self, name: &'static str, from: &mut A) -> Result<(), A::Error> {\n");
        if names.is_empty() {
            out.push_str("let _ = name; json::skip(from) } }\n\n");
            return;
        }
        out.push_str("match name {\n");
        for (member, name) in self.shape.members.iter().zip(names) {
            put(
                out,
                format_args!(
                    "{name} => json::member(&mut self.{}, from),\n",
                    field(&member.name)
                ),
            );
        }
        out.push_str("_ => json::skip(from),\n} } }\n\n");
    }

    fn read_form(&self, out: &mut String) {
        let unused = if self.shape.members.is_empty() { "_" } else { "" };
        put(
            out,
            format_args!("impl query::Structure for {} {{\n", type_name(self.name)),
        );
        put(
            out,
            format_args!("fn pick({unused}form: &query::Form<'_>) -> Result<Self, Fault> {{ Ok(Self {{\n"),
        );
        for member in &self.shape.members {
            let name = wire_name(member);
            put(
                out,
                format_args!("{}: query::member(form, {name:?})?,\n", field(&member.name)),
            );
        }
        out.push_str("}) } }\n\n");
    }

    fn constrain(&self, out: &mut String) {
        let held: Vec<(&Member, bool)> = self
            .shape
            .members
            .iter()
            .filter_map(|member| self.held(member))
            .collect();
        let unused = if held.is_empty() { "_" } else { "" };
        put(
            out,
            format_args!("impl Constrained for {} {{\n", type_name(self.name)),
        );
        out.push_str("const NESTED: bool = true;\n\n");
        put(
            out,
            format_args!("fn hold(&self, _: &Rule, {unused}at: &Path<'_>, {unused}report: &mut Report) {{\n"),
        );
        for (member, required) in held {
            let method = if required { "required" } else { "optional" };
            let rule = rules::name(self.model, &member.target.shape);
            let (name, field) = (&member.name, field(&member.name));
            put(
                out,
                format_args!("report.{method}(at, {name:?}, &self.{field}, &{rule});\n"),
            );
        }
        out.push_str("} }\n\n");
    }

    /// A member that has a rule or must be there, and which.
    fn held<'m>(&self, member: &'m Member) -> Option<(&'m Member, bool)> {
        let required = self.shape.required.contains(&member.name);
        (required || rules::constrains(self.model, &member.target.shape)).then_some((member, required))
    }

    /// Writing.
    pub(super) fn write(&self, out: &mut String) {
        match self.model.metadata.protocol {
            Protocol::Json => self.write_json(out),
            Protocol::Query => self.write_xml(out),
        }
    }

    fn write_json(&self, out: &mut String) {
        let unused = if self.shape.members.is_empty() { "_" } else { "" };
        put(
            out,
            format_args!("impl json::ToJson for {} {{\n", type_name(self.name)),
        );
        put(
            out,
            format_args!(
                "fn to_json(&self, out: &mut Vec<u8>) {{ json::structure(out, |{unused}object| {{\n"
            ),
        );
        for member in &self.shape.members {
            put(
                out,
                format_args!(
                    "object.member({:?}, &self.{});\n",
                    wire_name(member),
                    field(&member.name)
                ),
            );
        }
        out.push_str("}); } }\n\n");
    }

    /// An answer that the model does not have is written by its envelope alone.
    fn write_xml(&self, out: &mut String) {
        if !self.model.has(self.name) {
            return;
        }
        let unused = if self.shape.members.is_empty() { "_" } else { "" };
        put(
            out,
            format_args!("impl xml::ToXml for {} {{\n", type_name(self.name)),
        );
        put(
            out,
            format_args!("fn to_xml(&self, {unused}out: &mut Vec<u8>) {{\n"),
        );
        for member in &self.shape.members {
            put(
                out,
                format_args!(
                    "xml::member({:?}, &self.{}, out);\n",
                    wire_name(member),
                    field(&member.name)
                ),
            );
        }
        out.push_str("} }\n\n");
    }
}

fn wire_name(member: &Member) -> &str {
    member.target.location_name.as_deref().unwrap_or(&member.name)
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a String takes all that is written");
}
