//! Strict filling: the environment says beforehand which variables it wants, with a placeholder.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use super::Variables;
use crate::failure::Failure;

/// Those of the variables that the environment asks for.
///
/// # Errors
///
/// If one that is asked for is not there, or one that is there has another value already.
pub(super) fn filled(
    variables: Variables,
    placeholder: &str,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Variables, Failure> {
    let mut wanted = BTreeSet::new();
    for (name, value) in environment {
        let name = name.to_string_lossy();
        match (value == OsStr::new(placeholder), variables.get(&*name)) {
            (true, Some(_)) => {
                wanted.insert(name.into_owned());
            }
            (true, None) => {
                let text = format!("{name} is to be filled, and no parameter would be {name}");
                return Err(Failure::Missing(text));
            }
            (false, Some(variable)) => {
                let text = format!(
                    "{name} is set to something else than the placeholder already, and `{}` would be {name}",
                    variable.parameter
                );
                return Err(Failure::Usage(text));
            }
            (false, None) => {}
        }
    }
    let mut variables = variables;
    variables.retain(|name, _| wanted.contains(name));
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::super::mapping::Variable;
    use super::*;

    fn fill(environment: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let variable = |name: &str| {
            let variable = Variable {
                parameter: format!("/app/{name}"),
                value: "hunter2".to_owned().into(),
            };
            (name.to_owned(), variable)
        };
        let variables = ["A", "B"].map(variable).into();
        let environment = environment
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        filled(variables, "chamberme", environment)
            .map(|variables| variables.into_keys().collect())
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn only_what_is_asked_for_is_filled() {
        assert_eq!(fill(&[("A", "chamberme"), ("X", "1")]), Ok(vec!["A".to_owned()]));
        assert_eq!(fill(&[]), Ok(vec![]));
    }

    #[test]
    fn what_cannot_be_filled_is_refused_with_both_names() {
        insta::assert_snapshot!(fill(&[("C", "chamberme")]).unwrap_err(), @"C is to be filled, and no parameter would be C");
        insta::assert_snapshot!(fill(&[("A", "old")]).unwrap_err(), @"A is set to something else than the placeholder already, and `/app/A` would be A");
    }
}
