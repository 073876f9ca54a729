//! Files of parameters: what is below a path, as names and values.
//!
//! JSON, YAML and TOML keep names, one level of them for each level of a name. Dotenv and shell files
//! have variables, so that what is written to them has other names; what is read from them is one level.
//! Whatever is read is foreign: its size and depth are limited, and no message repeats a value.

mod dotenv;
mod json;
mod shell;
mod toml;
mod tree;
mod variable;
mod yaml;

use std::collections::BTreeMap;
use std::path::Path;

use kagiban_aws::SecretString;
pub(crate) use variable::Naming;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// The largest file that is read, in bytes.
pub(crate) const MAX_FILE: usize = 16 << 20;

/// The deepest name that Parameter Store takes.
const MAX_LEVELS: usize = 15;

/// Names below a path, such as `db/url`, and what they have.
pub(crate) type Entries = BTreeMap<String, Entry>;

/// A parameter's value in a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Entry {
    pub(crate) value: SecretString,
    /// Whether the file has it as a list; the value then has commas between the items.
    pub(crate) is_list: bool,
}

/// What a file is written in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Syntax {
    /// Variables for programs that read a .env file
    Dotenv,
    /// An object for each level
    Json,
    /// A mapping for each level
    Yaml,
    /// A table for each level
    Toml,
    /// Variables for `eval` or `source`
    Shell,
}

/// Why a file cannot be read or written; no value is ever in it.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum FormatError {
    /// Its own grammar is not kept.
    #[error("line {line}: {why}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// What is wrong there.
        why: String,
    },
    /// Something in it cannot be a parameter.
    #[error("{0}")]
    Content(String),
}

impl From<FormatError> for Failure {
    fn from(error: FormatError) -> Failure {
        Failure::Usage(error.to_string())
    }
}

impl Syntax {
    /// What a file's name says.
    pub(crate) fn of_file(name: &str) -> Option<Syntax> {
        let path = Path::new(name);
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension {
            Some("json") => Some(Syntax::Json),
            Some("yaml" | "yml") => Some(Syntax::Yaml),
            Some("toml") => Some(Syntax::Toml),
            Some("sh") => Some(Syntax::Shell),
            Some("env") => Some(Syntax::Dotenv),
            _ => {
                let stem = path.file_name()?.to_str()?;
                (stem == ".env" || stem.starts_with(".env.")).then_some(Syntax::Dotenv)
            }
        }
    }

    /// Writes entries; `naming` is for what has variables.
    ///
    /// # Errors
    ///
    /// If a name or value cannot be said in it.
    pub(crate) fn write(
        self,
        entries: &Entries,
        naming: &Naming<'_>,
    ) -> Result<Zeroizing<String>, FormatError> {
        match self {
            Syntax::Dotenv => dotenv::write(&variable::named(entries, naming)?),
            Syntax::Shell => shell::write(&variable::named(entries, naming)?),
            Syntax::Json => json::write(&tree::nested(entries)),
            Syntax::Yaml => Ok(yaml::write(&tree::nested(entries))),
            Syntax::Toml => toml::write(&tree::nested(entries)),
        }
    }

    /// Reads entries.
    ///
    /// # Errors
    ///
    /// If it is not what it says, or has what no parameter can have.
    pub(crate) fn read(self, text: &str) -> Result<Entries, FormatError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let entries = match self {
            Syntax::Dotenv => dotenv::read(text)?,
            Syntax::Shell => shell::read(text)?,
            Syntax::Json => tree::flattened(json::read(text)?)?,
            Syntax::Yaml => tree::flattened(yaml::read(text)?)?,
            Syntax::Toml => tree::flattened(toml::read(text)?)?,
        };
        match entries.iter().find(|(_, entry)| entry.value.expose().is_empty()) {
            Some((name, _)) => Err(FormatError::Content(format!(
                "`{name}` is empty, which no parameter can be"
            ))),
            None => Ok(entries),
        }
    }
}

impl Entry {
    /// A plain text.
    pub(crate) fn text(value: impl Into<SecretString>) -> Entry {
        Entry {
            value: value.into(),
            is_list: false,
        }
    }

    /// The items of a list.
    fn items(&self) -> impl Iterator<Item = &str> {
        self.value.expose().split(',')
    }
}

/// Refuses what cannot be a level of a name.
fn check_level(level: &str) -> Result<(), FormatError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    match level.is_empty() || !level.chars().all(allowed) {
        true => Err(FormatError::Content(format!(
            "`{}` cannot be in a parameter's name, which has letters, digits and `_.-`",
            level.escape_debug()
        ))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parameters_env::danger;

    const KEPT: Naming<'static> = Naming {
        keep_case: true,
        allow: &[],
    };

    fn entry(list: bool) -> impl Strategy<Value = Entry> {
        let texts = prop_oneof![
            any::<String>(),
            "[ -~\n\r\t]{1,40}",
            "[\"'`$\\\\#=,:{}\\[\\]\n ]{1,20}",
            Just("null".to_owned()),
            Just("~".to_owned()),
            Just("1.10".to_owned()),
            Just(" - x: y".to_owned()),
        ];
        let usable = texts.prop_filter("what no variable can hold", |text| {
            !text.is_empty() && !text.contains('\0')
        });
        (usable, any::<bool>()).prop_map(move |(text, is_list)| Entry {
            value: text.into(),
            is_list: list && is_list,
        })
    }

    fn assert_reads_back(syntax: Syntax, entries: &Entries) -> Result<(), TestCaseError> {
        let text = syntax.write(entries, &KEPT).unwrap();
        let read = syntax.read(&text);
        prop_assert!(read.is_ok(), "{:?}: {:?}", text.as_str(), read);
        let same = read.unwrap() == *entries;
        prop_assert!(same, "{:?}", text.as_str());
        Ok(())
    }

    proptest! {
        #[test]
        fn what_is_nested_reads_back_to_the_letter(
            entries in prop::collection::btree_map("[a-cA-B0-9_.-]{1,3}(/[a-c]{1,2}){0,3}", entry(true), 1..8)
        ) {
            for syntax in [Syntax::Json, Syntax::Yaml, Syntax::Toml] {
                assert_reads_back(syntax, &entries)?;
            }
        }

        #[test]
        fn variables_read_back_to_the_letter(
            entries in prop::collection::btree_map(
                "[A-Za-z_][A-Za-z0-9_]{0,5}".prop_filter("what is refused", |name| danger(name).is_none()),
                entry(false),
                1..8,
            )
        ) {
            for syntax in [Syntax::Dotenv, Syntax::Shell] {
                assert_reads_back(syntax, &entries)?;
            }
        }

        #[test]
        fn whatever_is_read_is_refused_or_understood(text in "[a-c\"'`$\\\\#=,:{}\\[\\]\n &*!|>-]{0,60}") {
            for syntax in [Syntax::Dotenv, Syntax::Json, Syntax::Yaml, Syntax::Toml, Syntax::Shell] {
                let _ = syntax.read(&text);
            }
        }
    }

    #[test]
    fn a_files_name_says_what_it_is_written_in() {
        for (name, syntax) in [
            ("a/b.json", Some(Syntax::Json)),
            ("x.yml", Some(Syntax::Yaml)),
            (".env", Some(Syntax::Dotenv)),
            (".env.local", Some(Syntax::Dotenv)),
            ("prod.env", Some(Syntax::Dotenv)),
            ("x", None),
        ] {
            assert_eq!(Syntax::of_file(name), syntax, "{name}");
        }
    }

    #[test]
    fn names_that_no_parameter_can_have_are_refused_in_every_syntax() {
        for (syntax, text) in [
            (Syntax::Json, r#"{"": "hunter2"}"#),
            (Syntax::Json, r#"{"a": {"b c": "hunter2"}}"#),
            (Syntax::Json, r#"{"a/": "hunter2"}"#),
            (Syntax::Yaml, "a b: hunter2\n"),
            (Syntax::Toml, "\"\" = 'hunter2'\n"),
            (Syntax::Dotenv, "=hunter2\n"),
            (Syntax::Shell, "='hunter2'\n"),
        ] {
            let refused = syntax.read(text).unwrap_err().to_string();
            assert!(!refused.contains("hunter2"), "{refused}");
        }
        let deep = format!("{}\"x\"{}", "{\"a\":".repeat(16), "}".repeat(16));
        assert!(Syntax::Json.read(&deep).unwrap_err().to_string().contains("15"));
    }

    #[test]
    fn no_depth_exhausts_the_stack() {
        const DEPTH: usize = 100_000;
        let keys = vec!["a"; DEPTH].join(".");
        for (syntax, text) in [
            (Syntax::Json, "{\"a\":".repeat(DEPTH)),
            (Syntax::Json, format!("{{\"a\":{}", "[".repeat(DEPTH))),
            (Syntax::Yaml, "{a: ".repeat(DEPTH)),
            (Syntax::Yaml, "[".repeat(DEPTH)),
            (Syntax::Yaml, "- ".repeat(DEPTH)),
            (Syntax::Toml, format!("a = {}", "[".repeat(DEPTH))),
            (Syntax::Toml, format!("a = {}", "{a = ".repeat(DEPTH))),
            (Syntax::Toml, format!("{keys} = 'x'")),
            (Syntax::Toml, format!("[{keys}]\nx = 'y'")),
        ] {
            assert!(syntax.read(&text).is_err(), "{syntax:?}");
        }
    }

    #[test]
    fn an_empty_value_is_refused_by_its_name() {
        let refused = Syntax::Dotenv.read("A=x\nB=\n").unwrap_err().to_string();
        assert_eq!(refused, "`B` is empty, which no parameter can be");
    }
}
