//! YAML: a mapping for each level.
//!
//! The parser's events are read rather than a tree, since they have scalars as they were written: what a
//! person writes as `1.10`, `yes` or `010` is that text, whatever a version of YAML would make of it.
//! Values are always written in double quotes, so that no reader makes anything else of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use kagiban_aws::SecretString;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use zeroize::Zeroizing;

use super::tree::{self, Node};
use super::{Entry, FormatError, MAX_LEVELS};

pub(super) fn write(root: &Node) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::new());
    match root {
        Node::Branch(below) if !below.is_empty() => level(&mut out, below, 0),
        _ => out.push_str("{}\n"),
    }
    out
}

fn level(out: &mut String, below: &BTreeMap<String, Node>, depth: usize) {
    for (name, node) in below {
        out.extend(std::iter::repeat_n("  ", depth));
        quote(out, name);
        out.push(':');
        match node {
            Node::Branch(deeper) => {
                out.push('\n');
                level(out, deeper, depth + 1);
            }
            Node::Leaf(entry) if entry.is_list => {
                out.push_str(" [");
                for (number, item) in entry.items().enumerate() {
                    out.push_str(if number == 0 { "" } else { ", " });
                    quote(out, item);
                }
                out.push_str("]\n");
            }
            Node::Leaf(entry) => {
                out.push(' ');
                quote(out, entry.value.expose());
                out.push('\n');
            }
        }
    }
}

/// A double-quoted scalar; what is not surely printable is escaped.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            ' '..='~' | '\u{a1}'..='\u{1fff}' | '\u{3000}'..='\u{d7ff}' => out.push(c),
            c => write!(out, "\\U{:08X}", u32::from(c)).expect("a String takes all that is written"),
        }
    }
    out.push('"');
}

pub(super) fn read(text: &str) -> Result<Node, FormatError> {
    let mut reading = Reading::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| FormatError::Syntax {
            line: error.marker().line(),
            why: "this is not YAML".to_owned(),
        })?;
        reading.take(event).map_err(|why| FormatError::Syntax {
            line: span.start.line(),
            why,
        })?;
    }
    Ok(reading.root.unwrap_or(Node::Branch(BTreeMap::new())))
}

#[derive(Default)]
struct Reading {
    open: Vec<Open>,
    root: Option<Node>,
}

/// A collection that has not ended.
enum Open {
    Mapping {
        below: BTreeMap<String, Node>,
        /// The name whose value comes next.
        name: Option<String>,
    },
    Sequence(Vec<SecretString>),
}

impl Reading {
    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, _, tag) => self.scalar(text, style, tag.as_deref()),
            Event::MappingStart(_, tag) => self.begin(
                Open::Mapping {
                    below: BTreeMap::new(),
                    name: None,
                },
                tag.as_deref(),
            ),
            Event::SequenceStart(_, tag) => self.begin(Open::Sequence(Vec::new()), tag.as_deref()),
            Event::MappingEnd | Event::SequenceEnd => self.end(),
            // Each use of an anchor can double what it stands for.
            Event::Alias(_) => Err("aliases (`*name`) are not taken".to_owned()),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin(&mut self, open: Open, tag: Option<&Tag>) -> Result<(), String> {
        plain_tag(tag)?;
        match self.open.last() {
            _ if self.open.len() > MAX_LEVELS => Err(format!("a name has more than {MAX_LEVELS} levels")),
            Some(Open::Sequence(_)) => Err("a list can have texts only".to_owned()),
            Some(Open::Mapping { name: None, .. }) => Err("a name has to be a text".to_owned()),
            _ => {
                self.open.push(open);
                Ok(())
            }
        }
    }

    fn scalar(&mut self, text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Result<(), String> {
        plain_tag(tag)?;
        if let Some(Open::Mapping { name, .. }) = self.open.last_mut()
            && name.is_none()
        {
            *name = Some(text.into_owned());
            return Ok(());
        }
        let null = ["", "~", "null", "Null", "NULL"].contains(&&*text);
        if style == ScalarStyle::Plain && null {
            return Err("null is no value of a parameter".to_owned());
        }
        let text = SecretString::from(text.into_owned());
        match self.open.last_mut() {
            Some(Open::Sequence(items)) => {
                items.push(text);
                Ok(())
            }
            _ => self.place(Node::Leaf(Entry::text(text))),
        }
    }

    fn end(&mut self) -> Result<(), String> {
        match self.open.pop() {
            Some(Open::Mapping { below, .. }) => self.place(Node::Branch(below)),
            Some(Open::Sequence(items)) => {
                let entry = tree::joined(&items).map_err(|error| error.to_string())?;
                self.place(Node::Leaf(entry))
            }
            None => Ok(()),
        }
    }

    /// Puts what has ended where it belongs.
    fn place(&mut self, node: Node) -> Result<(), String> {
        match self.open.last_mut() {
            Some(Open::Mapping { below, name }) => {
                let name = name.take().unwrap_or_default();
                tree::insert(below, name, node).map_err(|error| error.to_string())
            }
            Some(Open::Sequence(_)) => Err("a list can have texts only".to_owned()),
            None if self.root.is_some() => Err("a second document is not taken".to_owned()),
            None => {
                self.root = Some(node);
                Ok(())
            }
        }
    }
}

/// A tag asks for something else than text.
fn plain_tag(tag: Option<&Tag>) -> Result<(), String> {
    match tag {
        None => Ok(()),
        Some(tag) if tag.is_yaml_core_schema() && ["str", "map", "seq"].contains(&tag.suffix.as_str()) => {
            Ok(())
        }
        Some(_) => Err("tags (`!name`) are not taken".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use crate::formats::{Naming, Syntax};

    #[test]
    fn scalars_are_what_was_written() {
        let text = "port: 5432\nversion: 1.10\non: yes\nmode: 010\nkey: |\n  one\n  two\ndb: {url: \"a\\tb\", hosts: [a, b]}\n";
        let entries = Syntax::Yaml.read(text).unwrap();
        assert_eq!(entries["version"].value.expose(), "1.10");
        assert_eq!(entries["mode"].value.expose(), "010");
        assert_eq!(entries["key"].value.expose(), "one\ntwo\n");
        insta::assert_snapshot!(Syntax::Yaml.write(&entries, &Naming::default()).unwrap().as_str(), @r#"
        "db":
          "hosts": ["a", "b"]
          "url": "a\U00000009b"
        "key": "one\ntwo\n"
        "mode": "010"
        "on": "yes"
        "port": "5432"
        "version": "1.10"
        "#);
    }

    #[test]
    fn what_has_two_meanings_or_no_end_is_refused() {
        let refused = |text: &str| Syntax::Yaml.read(text).unwrap_err().to_string();
        insta::assert_snapshot!(refused("a: &x hunter2\nb: *x\n"), @"line 2: aliases (`*name`) are not taken");
        insta::assert_snapshot!(refused("a: !Ref hunter2\n"), @"line 1: tags (`!name`) are not taken");
        insta::assert_snapshot!(refused("a:\nb: ~\n"), @"line 1: null is no value of a parameter");
        insta::assert_snapshot!(refused("a: x\na: hunter2\n"), @"line 2: `a` is there twice");
        insta::assert_snapshot!(refused("a: x\n---\nb: y\n"), @"line 4: a second document is not taken");
        insta::assert_snapshot!(refused("a: [[x]]\n"), @"line 1: a list can have texts only");
        insta::assert_snapshot!(refused("a: \"hunter2\n"), @"line 1: this is not YAML");
        let deep = "{a: ".repeat(40) + &"}".repeat(40);
        insta::assert_snapshot!(refused(&deep), @"line 1: a name has more than 15 levels");
    }
}
