//! YAML of documents: what is JSON in other clothes. Anchors, tags and second documents are refused.

use std::fmt::Write as _;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::DocumentError;
use super::content::{Content, MAX_DEPTH};

/// Reads one document.
pub(super) fn read(text: &str) -> Result<Content, DocumentError> {
    let mut reading = Reading::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| refused(error.marker().line(), "this is not YAML"))?;
        reading
            .take(event)
            .map_err(|why| refused(span.start.line(), why))?;
    }
    reading.root.ok_or_else(|| refused(1, "there is nothing in it"))
}

fn refused(line: usize, why: &str) -> DocumentError {
    DocumentError::InvalidContent(format!("YAML not well-formed. at Line: {line}: {why}"))
}

#[derive(Default)]
struct Reading {
    open: Vec<Open>,
    root: Option<Content>,
}

/// A collection that has not ended.
enum Open {
    List(Vec<Content>),
    /// With the name whose value comes next.
    Object(Vec<(String, Content)>, Option<String>),
}

impl Reading {
    fn take(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Scalar(.., Some(_))
            | Event::MappingStart(_, Some(_))
            | Event::SequenceStart(_, Some(_)) => Err("tags are not taken"),
            Event::Scalar(text, style, ..) => self.scalar(&text, style),
            Event::MappingStart(..) => self.begin(Open::Object(Vec::new(), None)),
            Event::SequenceStart(..) => self.begin(Open::List(Vec::new())),
            Event::MappingEnd | Event::SequenceEnd => match self.open.pop() {
                Some(Open::List(items)) => self.place(Content::List(items)),
                Some(Open::Object(members, _)) => self.place(Content::Object(members)),
                None => Ok(()),
            },
            // Each use of an anchor can double what it stands for.
            Event::Alias(_) => Err("aliases are not taken"),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin(&mut self, open: Open) -> Result<(), &'static str> {
        match self.open.last() {
            _ if self.open.len() >= MAX_DEPTH => Err("it is nested too deeply"),
            Some(Open::Object(_, None)) => Err("a name has to be a text"),
            _ => {
                self.open.push(open);
                Ok(())
            }
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle) -> Result<(), &'static str> {
        if let Some(Open::Object(members, name @ None)) = self.open.last_mut() {
            if members.iter().any(|(found, _)| found == text) {
                return Err("a name is there twice");
            }
            *name = Some(text.to_owned());
            return Ok(());
        }
        self.place(match style {
            ScalarStyle::Plain => plain(text),
            _ => Content::Text(text.to_owned()),
        })
    }

    /// Puts what has ended where it belongs.
    fn place(&mut self, value: Content) -> Result<(), &'static str> {
        match self.open.last_mut() {
            Some(Open::List(items)) => items.push(value),
            Some(Open::Object(members, name)) => members.push((name.take().unwrap_or_default(), value)),
            None if self.root.is_some() => return Err("a second document is not taken"),
            None => self.root = Some(value),
        }
        Ok(())
    }
}

/// A scalar without quotes, by the core schema; numbers that JSON would not have are texts.
fn plain(text: &str) -> Content {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Content::Null,
        "true" | "True" | "TRUE" => Content::Bool(true),
        "false" | "False" | "FALSE" => Content::Bool(false),
        _ => match serde_json::from_str::<serde_json::Number>(text) {
            Ok(number) => Content::Number(number),
            Err(_) => Content::Text(text.to_owned()),
        },
    }
}

/// Writes one document; texts are in double quotes, so that no reader makes anything else of them.
pub(super) fn write(root: &Content) -> String {
    let mut out = String::from("---\n");
    match root {
        Content::Object(members) if !members.is_empty() => write_members(&mut out, members, 0),
        Content::List(items) if !items.is_empty() => write_items(&mut out, items, 0),
        other => {
            inline(&mut out, other);
            out.push('\n');
        }
    }
    out
}

fn write_members(out: &mut String, members: &[(String, Content)], depth: usize) {
    for (name, value) in members {
        indent(out, depth);
        quote(out, name);
        out.push(':');
        below(out, value, depth + 1);
    }
}

fn write_items(out: &mut String, items: &[Content], depth: usize) {
    for item in items {
        indent(out, depth);
        out.push('-');
        below(out, item, depth + 1);
    }
}

fn below(out: &mut String, value: &Content, depth: usize) {
    match value {
        Content::Object(members) if !members.is_empty() => {
            out.push('\n');
            write_members(out, members, depth);
        }
        Content::List(items) if !items.is_empty() => {
            out.push('\n');
            write_items(out, items, depth);
        }
        other => {
            out.push(' ');
            inline(out, other);
            out.push('\n');
        }
    }
}

/// What fits on the line: a scalar, or something empty.
fn inline(out: &mut String, value: &Content) {
    match value {
        Content::Null => out.push_str("null"),
        Content::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Content::Number(number) => out.push_str(&number.to_string()),
        Content::Text(text) => quote(out, text),
        Content::List(_) => out.push_str("[]"),
        Content::Object(_) => out.push_str("{}"),
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// A double-quoted scalar; what is not surely printable is escaped.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            ' '..='~' | '\u{a1}'..='\u{1fff}' | '\u{3000}'..='\u{d7ff}' => out.push(letter),
            letter => {
                write!(out, "\\U{:08X}", u32::from(letter)).expect("a String takes all that is written");
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHELL: &str = "---\nschemaVersion: '1.0'\nsessionType: Standard_Stream\ninputs:\n  runAsEnabled: true\n  idleSessionTimeout: 20\n  shellProfile:\n    linux: |\n      cd\n      ls\n";

    #[test]
    fn yaml_is_read_as_the_json_that_it_means() {
        let json = r#"{"schemaVersion":"1.0","sessionType":"Standard_Stream","inputs":{"runAsEnabled":true,"idleSessionTimeout":20,"shellProfile":{"linux":"cd\nls\n"}}}"#;
        assert_eq!(read(SHELL).unwrap().to_json(), json);
        assert_eq!(read(json).unwrap().to_json(), json, "JSON is YAML");
    }

    #[test]
    fn what_could_grow_or_mean_two_things_is_refused() {
        for text in [
            "",
            "a: &x b\nc: *x\n",
            "a: !x b",
            "a: b\n---\nc: d\n",
            "a: b\na: c",
            "a: [",
            "{[a]: b}",
        ] {
            let refused = read(text).unwrap_err();
            assert_eq!(refused.code(), "InvalidDocumentContent", "{text}");
        }
        let deep = "[".repeat(MAX_DEPTH + 1) + &"]".repeat(MAX_DEPTH + 1);
        assert!(read(&deep).is_err());
    }

    fn content() -> impl Strategy<Value = Content> {
        let leaf = prop_oneof![
            Just(Content::Null),
            any::<bool>().prop_map(Content::Bool),
            any::<i64>().prop_map(|number| Content::Number(number.into())),
            ".{0,12}".prop_map(Content::Text),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Content::List),
                prop::collection::btree_map("[a-z é:]{0,6}", inner, 0..4)
                    .prop_map(|members| Content::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(content in content()) {
            prop_assert_eq!(read(&content.to_yaml()), Ok(content.clone()));
            prop_assert_eq!(Content::from_json(&content.to_json()), Ok(content));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[-a-z0-9:\\[\\]{}'\"&*!|>#, \n]{0,60}") {
            let _ = read(&text);
        }
    }
}
