//! Names of parameters as names of variables.

use std::collections::BTreeMap;

use super::{Entries, Entry, FormatError};
use crate::parameters_env::danger;

/// How names become names of variables.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Naming<'a> {
    /// Whether letters stay as they are, instead of upper case.
    pub(crate) keep_case: bool,
    /// Variables that may be, though they decide what runs or where calls go.
    pub(crate) allow: &'a [String],
}

/// Variables, by name.
pub(super) type Variables<'a> = BTreeMap<String, &'a Entry>;

/// Names each entry: `db/my-url` becomes `DB_MY_URL`.
///
/// # Errors
///
/// If a name begins with a digit, two names become one, or one would decide what runs where the variables
/// are taken.
pub(super) fn named<'e>(entries: &'e Entries, naming: &Naming<'_>) -> Result<Variables<'e>, FormatError> {
    let mut variables = Variables::new();
    let mut sources: BTreeMap<String, &str> = BTreeMap::new();
    for (name, entry) in entries {
        let variable = variable(name, naming.keep_case);
        if !is_name(&variable) {
            let text = format!("no variable can be called `{variable}`, which `{name}` would be");
            return Err(FormatError::Content(text));
        }
        if let Some(danger) = danger(&variable).filter(|_| !naming.allow.contains(&variable)) {
            let text =
                format!("`{name}` would be {variable}, which {danger}; to have it so, --allow {variable}");
            return Err(FormatError::Content(text));
        }
        if let Some(other) = sources.insert(variable.clone(), name) {
            let text = format!(
                "`{other}` and `{name}` would both be {variable}; json, yaml and toml keep them apart"
            );
            return Err(FormatError::Content(text));
        }
        variables.insert(variable, entry);
    }
    Ok(variables)
}

fn variable(name: &str, keep_case: bool) -> String {
    let joined = name.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    match keep_case {
        true => joined,
        false => joined.to_ascii_uppercase(),
    }
}

/// Whether a shell takes it as a variable's name.
pub(super) fn is_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// No process can be given such a variable.
///
/// # Errors
///
/// If there is a NUL in the value.
pub(super) fn check_value(name: &str, value: &str) -> Result<(), FormatError> {
    match value.contains('\0') {
        true => Err(FormatError::Content(format!(
            "the value of {name} has a NUL, which no variable can hold"
        ))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(names: &[&str]) -> Entries {
        let entry = |name: &&str| ((*name).to_owned(), Entry::text("x".to_owned()));
        names.iter().map(entry).collect()
    }

    const KEPT: Naming<'static> = Naming {
        keep_case: true,
        allow: &[],
    };

    #[test]
    fn what_decides_what_runs_is_refused_unless_it_is_allowed() {
        for name in ["path", "ld/preload", "Bash_Env", "prompt-command", "https_proxy"] {
            assert!(named(&entries(&[name]), &Naming::default()).is_err(), "{name}");
        }
        let refused = named(&entries(&["ok", "path"]), &Naming::default()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "`path` would be PATH, which decides what code a program runs; to have it so, --allow PATH"
        );
        let allow = ["PATH".to_owned()];
        let allowing = Naming {
            allow: &allow,
            ..Naming::default()
        };
        assert!(named(&entries(&["path"]), &allowing).is_ok());
        assert!(named(&entries(&["env"]), &allowing).is_err(), "only that one");
        assert!(
            named(&entries(&["path"]), &KEPT).is_ok(),
            "no program looks at it"
        );
        assert!(named(&entries(&["https_proxy"]), &KEPT).is_err());
    }

    #[test]
    fn levels_are_joined_and_what_no_variable_has_is_replaced() {
        let all = entries(&["db/my-url", "x.y"]);
        let names: Vec<String> = named(&all, &Naming::default()).unwrap().into_keys().collect();
        assert_eq!(names, ["DB_MY_URL", "X_Y"]);
        let names: Vec<String> = named(&all, &KEPT).unwrap().into_keys().collect();
        assert_eq!(names, ["db_my_url", "x_y"]);
    }

    #[test]
    fn two_names_for_one_variable_are_refused() {
        let refused = named(&entries(&["db/url", "db_url"]), &Naming::default())
            .unwrap_err()
            .to_string();
        assert!(
            refused.starts_with("`db/url` and `db_url` would both be DB_URL"),
            "{refused}"
        );
        assert!(named(&entries(&["1st"]), &Naming::default()).is_err());
    }
}
