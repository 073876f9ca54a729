//! The rule: what comes below the path, in upper case, with `_` for `/`, `-` and `.`, after the prefix;
//! or by patterns ([`super::map`]).
//!
//! No name is invented and none is dropped: two parameters for one variable are an error, and so is a
//! name that no variable can have.

use std::collections::BTreeMap;

use kagiban_aws::SecretString;

use super::danger::danger;
use super::map::Map;
use crate::failure::Failure;

/// A parameter that was read, and the variable that it is to be.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) parameter: String,
    pub(super) variable: String,
    pub(super) value: SecretString,
}

/// A variable's value, and where it is from.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Variable {
    pub(crate) parameter: String,
    pub(crate) value: SecretString,
}

/// Variables by name.
pub(crate) type Variables = BTreeMap<String, Variable>;

/// How names become names of variables.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Naming {
    /// Take in what is at any depth below a path: host/port is HOST_PORT
    #[arg(long)]
    pub(crate) recursive: bool,
    /// Leave the letters of names as they are, instead of upper case
    #[arg(long)]
    pub(crate) keep_case: bool,
    /// Take what matches below a path only, under this name: 'database/*/{user,password}=DB_{}'; may be repeated
    #[arg(long, value_name = "PATTERN=NAME")]
    pub(crate) map: Vec<Map>,
    /// Let a parameter be this variable, though it decides what code runs or where calls go; may be repeated
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) allow: Vec<String>,
}

impl Naming {
    /// Whether anything is said.
    pub(crate) fn is_default(&self) -> bool {
        !self.recursive && !self.keep_case && self.map.is_empty() && self.allow.is_empty()
    }

    /// The variable that a name below the path is: with `DB_`, `read-only/user` is `DB_READ_ONLY_USER`;
    /// nothing if there are patterns and none of them matches.
    pub(super) fn variable(&self, prefix: &str, relative: &str) -> Option<String> {
        if self.map.is_empty() {
            return Some(format!("{prefix}{}", part(relative, self.keep_case)));
        }
        let mut names = self.map.iter();
        let name = names.find_map(|map| map.variable(relative, self.keep_case))?;
        Some(format!("{prefix}{name}"))
    }
}

/// A name as it stands in a variable's.
pub(super) fn part(name: &str, keep_case: bool) -> String {
    let name = name.replace(['/', '-', '.'], "_");
    match keep_case {
        true => name,
        false => name.to_ascii_uppercase(),
    }
}

/// Whether it can be, or begin, a variable's name.
pub(super) fn is_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// All of them, by variable.
///
/// # Errors
///
/// If two would be one variable, or one cannot be a variable.
pub(super) fn mapped(found: Vec<Found>, allowed: &[String]) -> Result<Variables, Failure> {
    let mut variables = Variables::new();
    for Found {
        parameter,
        variable,
        value,
    } in found
    {
        check(&parameter, &variable, &value, allowed)?;
        if let Some(other) = variables
            .get(&variable)
            .filter(|other| other.parameter != parameter)
        {
            let text = format!(
                "`{}` and `{parameter}` would both be {variable}; give one of them a prefix of its own",
                other.parameter
            );
            return Err(Failure::Usage(text));
        }
        variables.insert(variable, Variable { parameter, value });
    }
    Ok(variables)
}

fn check(parameter: &str, variable: &str, value: &SecretString, allowed: &[String]) -> Result<(), Failure> {
    let refused = |why: &str| {
        Err(Failure::Usage(format!(
            "`{parameter}` would be {variable}, {why}"
        )))
    };
    let is_allowed = allowed.iter().any(|allowed| allowed == variable);
    let danger = danger(variable).filter(|_| !is_allowed);
    let remedy = format!("give it a prefix, as in /app/=APP_, or --allow {variable}");
    if !is_name(variable) {
        return refused("which no variable can be called; give it a prefix, as in /app/=APP_");
    }
    if let Some(danger) = danger {
        return refused(&format!("which {danger}; {remedy}"));
    }
    match value.expose() {
        "" => refused("and has no value"),
        value if value.contains('\0') => refused("and has a NUL, which no variable can hold"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(parameter: &str, variable: &str, value: &str) -> Found {
        Found {
            parameter: parameter.to_owned(),
            variable: variable.to_owned(),
            value: value.to_owned().into(),
        }
    }

    fn refused(found: Vec<Found>) -> String {
        let refused = mapped(found, &[]).unwrap_err().to_string();
        assert!(!refused.contains("hunter2"), "{refused}");
        refused
    }

    #[test]
    fn names_follow_one_rule() {
        let mut naming = Naming::default();
        for (prefix, relative, expected) in [
            ("DB_", "user", "DB_USER"),
            ("", "db/read-only.user", "DB_READ_ONLY_USER"),
            ("app_", "x", "app_X"),
        ] {
            assert_eq!(naming.variable(prefix, relative).as_deref(), Some(expected));
        }
        naming.keep_case = true;
        assert_eq!(
            naming.variable("", "db/read-only").as_deref(),
            Some("db_read_only")
        );
        naming.map = vec!["db/*=X_{}".parse().unwrap(), "db/user=LOGIN".parse().unwrap()];
        assert_eq!(
            naming.variable("A_", "db/user").as_deref(),
            Some("A_X_user"),
            "the first counts"
        );
        assert_eq!(naming.variable("A_", "user"), None);
    }

    #[test]
    fn a_collision_names_both_sides_and_no_value() {
        let text = refused(vec![
            found("/a/x-y", "X_Y", "hunter2"),
            found("/b/x.y", "X_Y", "hunter2"),
        ]);
        insta::assert_snapshot!(text, @"`/a/x-y` and `/b/x.y` would both be X_Y; give one of them a prefix of its own");
        let twice = vec![found("/a/x", "X", "1"), found("/a/x", "X", "1")];
        assert_eq!(
            mapped(twice, &[]).unwrap().len(),
            1,
            "the same one twice is no collision"
        );
    }

    #[test]
    fn what_no_variable_can_be_is_refused_with_both_names() {
        insta::assert_snapshot!(refused(vec![found("/a/1st", "1ST", "hunter2")]), @"`/a/1st` would be 1ST, which no variable can be called; give it a prefix, as in /app/=APP_");
        insta::assert_snapshot!(refused(vec![found("/a/x", "X", "hunter2\0")]), @"`/a/x` would be X, and has a NUL, which no variable can hold");
        insta::assert_snapshot!(refused(vec![found("/a/x", "X", "")]), @"`/a/x` would be X, and has no value");
    }

    #[test]
    fn a_parameter_does_not_decide_what_code_runs() {
        for name in [
            "PATH",
            "LD_PRELOAD",
            "DYLD_INSERT_LIBRARIES",
            "BASH_ENV",
            "GIT_SSH_COMMAND",
            "GIT_EXTERNAL_DIFF",
            "AWS_CONFIG_FILE",
            "PAGER",
            "ENV",
        ] {
            let one = || vec![found("/a/x", name, "x")];
            assert!(mapped(one(), &[]).is_err(), "{name}");
            assert!(mapped(one(), &[name.to_owned()]).is_ok(), "{name}");
        }
        for name in ["APP_PATH", "APP_ENV", "GITHUB_TOKEN"] {
            assert!(mapped(vec![found("/a/x", name, "x")], &[]).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_parameter_does_not_decide_where_calls_go_unless_that_is_said() {
        for name in [
            "HTTPS_PROXY",
            "no_proxy",
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_STS",
            "AWS_CA_BUNDLE",
            "SSL_CERT_FILE",
        ] {
            let one = || vec![found("/a/x", name, "x")];
            assert!(mapped(one(), &["OTHER".to_owned()]).is_err(), "{name}");
            assert!(mapped(one(), &[name.to_owned()]).is_ok(), "{name}");
        }
        insta::assert_snapshot!(refused(vec![found("/a/https-proxy", "HTTPS_PROXY", "hunter2")]), @"`/a/https-proxy` would be HTTPS_PROXY, which decides where a program's calls go; give it a prefix, as in /app/=APP_, or --allow HTTPS_PROXY");
        assert!(mapped(vec![found("/a/x", "DB_PROXY", "x")], &[]).is_ok());
    }
}
