//! Names of parameters as names of variables.

use std::collections::BTreeMap;

use super::{Entries, Entry, FormatError};

/// Variables, by name.
pub(super) type Variables<'a> = BTreeMap<String, &'a Entry>;

/// Names each entry: `db/my-url` becomes `DB_MY_URL`.
///
/// # Errors
///
/// If a name begins with a digit, or two names become one.
pub(super) fn named(entries: &Entries, keep_case: bool) -> Result<Variables<'_>, FormatError> {
    let mut variables = Variables::new();
    let mut sources: BTreeMap<String, &str> = BTreeMap::new();
    for (name, entry) in entries {
        let variable = variable(name, keep_case);
        if !is_name(&variable) {
            let text = format!("no variable can be called `{variable}`, which `{name}` would be");
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

    #[test]
    fn levels_are_joined_and_what_no_variable_has_is_replaced() {
        let all = entries(&["db/my-url", "x.y"]);
        let names: Vec<String> = named(&all, false).unwrap().into_keys().collect();
        assert_eq!(names, ["DB_MY_URL", "X_Y"]);
        let names: Vec<String> = named(&all, true).unwrap().into_keys().collect();
        assert_eq!(names, ["db_my_url", "x_y"]);
    }

    #[test]
    fn two_names_for_one_variable_are_refused() {
        let refused = named(&entries(&["db/url", "db_url"]), false)
            .unwrap_err()
            .to_string();
        assert!(
            refused.starts_with("`db/url` and `db_url` would both be DB_URL"),
            "{refused}"
        );
        assert!(named(&entries(&["1st"]), false).is_err());
    }
}
