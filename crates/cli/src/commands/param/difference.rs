//! How two parameters differ, without a word about their values unless asked for.

use std::process::ExitCode;

use kagiban_aws::SecretString;
use serde::Serialize;

use crate::style::{Style, safe};

/// What stands for a value; its length says nothing.
pub(super) const MASK: &str = "••••";

const DIFFERENT: u8 = 1;

/// What is compared.
pub(super) struct Facts<'a> {
    pub(super) value: Option<&'a SecretString>,
    pub(super) others: Vec<(&'static str, Option<&'a str>)>,
}

/// One member that is not the same.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Difference {
    field: &'static str,
    /// Absent for a value that is not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<SecretString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<SecretString>,
    #[serde(skip)]
    is_masked: bool,
    #[serde(skip)]
    is_value: bool,
}

/// All members that are not the same.
pub(super) fn differences(a: &Facts<'_>, b: &Facts<'_>, show_values: bool) -> Vec<Difference> {
    let shown = |value: Option<&SecretString>| value.filter(|_| show_values).cloned();
    let value = (a.value != b.value).then(|| Difference {
        field: "Value",
        from: shown(a.value),
        to: shown(b.value),
        is_masked: !show_values,
        is_value: true,
    });
    let text = |text: Option<&str>| text.map(|text| text.to_owned().into());
    let others = a.others.iter().zip(&b.others);
    let others = others
        .filter(|((_, a), (_, b))| a != b)
        .map(|((field, a), (_, b))| Difference {
            field,
            from: text(*a),
            to: text(*b),
            is_masked: false,
            is_value: false,
        });
    value.into_iter().chain(others).collect()
}

impl Difference {
    /// A line or two for people.
    pub(super) fn lines(&self, indent: &str, style: Style) -> Vec<String> {
        let field = self.field;
        let (from, to) = (text(self.from.as_ref()), text(self.to.as_ref()));
        match (self.is_masked, self.is_value) {
            (true, _) => vec![format!(
                "{indent}{} {field}  {MASK} (changed)",
                style.paint("33", "~")
            )],
            (false, true) => vec![
                format!("{indent}{} {field}  {from}", style.paint("31", "-")),
                format!("{indent}{} {field}  {to}", style.paint("32", "+")),
            ],
            (false, false) => vec![format!(
                "{indent}{} {field}  {from} -> {to}",
                style.paint("33", "~")
            )],
        }
    }
}

fn text(value: Option<&SecretString>) -> String {
    value.map_or_else(|| "(none)".to_owned(), |value| safe(value.expose()))
}

/// The exit code of a comparison.
pub(super) fn verdict(equal: bool) -> ExitCode {
    match equal {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(DIFFERENT),
    }
}
