//! What the environment says in place of a profile.

use std::env;

use super::chain::{Role, WebToken};

/// What is taken from the environment: aws-vault's variables, and a web identity as a pod has it.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    /// For every profile on the way.
    pub(super) mfa_serial: Option<String>,
    /// For the one that was asked for.
    pub(super) named: Vec<(&'static str, String)>,
    /// For the one that was asked for, if it has nothing of its own.
    pub(super) web_identity: Option<(Role, WebToken)>,
}

/// Settings of the named profile, and the variables that stand in for them.
const NAMED: [(&str, &str); 5] = [
    ("role_arn", "AWS_ROLE_ARN"),
    ("role_session_name", "AWS_ROLE_SESSION_NAME"),
    ("session_tags", "AWS_SESSION_TAGS"),
    ("transitive_session_tags", "AWS_TRANSITIVE_TAGS"),
    ("source_identity", "AWS_SOURCE_IDENTITY"),
];

impl Overrides {
    /// What the environment says. Where it describes a web identity, its role is not the profile's.
    pub(crate) fn of_environment() -> Overrides {
        let named = match variable("AWS_WEB_IDENTITY_TOKEN_FILE") {
            Some(_) => Vec::new(),
            None => NAMED
                .iter()
                .filter_map(|(setting, name)| Some((*setting, variable(name)?)))
                .collect(),
        };
        Overrides {
            mfa_serial: variable("AWS_MFA_SERIAL"),
            named,
            web_identity: web_identity(),
        }
    }
}

/// The role that the environment describes, and where its token is.
pub(crate) fn web_identity() -> Option<(Role, WebToken)> {
    let role = Role {
        arn: variable("AWS_ROLE_ARN")?,
        session_name: variable("AWS_ROLE_SESSION_NAME"),
        ..Role::default()
    };
    Some((role, WebToken::File(variable("AWS_WEB_IDENTITY_TOKEN_FILE")?)))
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
