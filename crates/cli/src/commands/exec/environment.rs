//! The environment of a command: ours without what would compete with the credentials, and with them.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::process::Command;

use crate::commands::obtain::Obtained;
use crate::failure::Failure;
use crate::platform::process;
use crate::vault::{Session, exported};

/// What aws-vault takes away, and after the line what it should have.
const REMOVED: [&str; 16] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_FILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_PROFILE",
    "AWS_SDK_LOAD_CONFIG",
    // ---
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_SESSION_EXPIRATION",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ENDPOINT_URL",
    // What opens the store with all keys is not for who gets one session.
    "KAGIBAN_FILE_PASSPHRASE",
    "AWS_VAULT_FILE_PASSPHRASE",
];

/// Families of variables that compete: other credentials, and endpoints of another profile.
const REMOVED_FAMILIES: [&str; 2] = ["AWS_CONTAINER_", "AWS_ENDPOINT_URL_"];

/// What is otherwise than in this process's own: new values by name, and names that are taken away.
pub(crate) struct Environment(BTreeMap<OsString, Option<OsString>>);

impl Environment {
    /// This process's own, cleaned.
    pub(crate) fn of_process() -> Environment {
        Environment::without_what_competes(std::env::vars_os().map(|(name, _)| name))
    }

    fn without_what_competes(names: impl Iterator<Item = OsString>) -> Environment {
        Environment(
            names
                .filter(|name| competes(name))
                // In one spelling, lest the other's removal takes what is set here.
                .map(|name| (process::variable(name), None))
                .collect(),
        )
    }

    /// Says which profile it is, and where that is.
    ///
    /// # Errors
    ///
    /// If that is not where the profile's stored key belongs.
    pub(crate) fn describe(&mut self, profile: &str, obtained: &Obtained) -> Result<(), Failure> {
        let (vault, settings) = (&obtained.vault, &obtained.chain.profile);
        self.set("AWS_VAULT", profile);
        if let Some(region) = obtained.region() {
            self.set("AWS_REGION", &region);
            self.set("AWS_DEFAULT_REGION", &region);
        }
        let own = vault.pinned_to(&obtained.chain)?;
        for (name, url) in exported(&vault.files, settings, &vault.flags, own.as_deref())? {
            self.set(&name, &url);
        }
        if let Some(bundle) = settings
            .get("ca_bundle")
            .filter(|_| std::env::var_os("AWS_CA_BUNDLE").is_none())
        {
            let bundle = bundle.to_owned();
            self.set("AWS_CA_BUNDLE", &bundle);
        }
        Ok(())
    }

    /// Puts credentials in.
    pub(crate) fn give(&mut self, session: &Session) {
        let credentials = &session.credentials;
        self.set("AWS_ACCESS_KEY_ID", &credentials.access_key_id);
        self.set("AWS_SECRET_ACCESS_KEY", credentials.secret.expose());
        if let Some(token) = &credentials.session_token {
            self.set("AWS_SESSION_TOKEN", token.expose());
        }
        if let Some(expires) = session.expires {
            let expires = expires.iso().to_string();
            // Prompts of shells know the one or the other.
            self.set("AWS_CREDENTIAL_EXPIRATION", &expires);
            self.set("AWS_SESSION_EXPIRATION", &expires);
        }
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.into(), Some(value.into()));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.insert(name.into(), None);
    }

    /// Gives it to a command.
    pub(crate) fn apply(&self, command: &mut Command) {
        for (name, value) in &self.0 {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
    }
}

fn competes(name: &OsStr) -> bool {
    let name = process::variable(name.to_owned());
    let name = name.to_string_lossy();
    REMOVED.contains(&&*name) || REMOVED_FAMILIES.iter().any(|family| name.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What aws-vault takes away, what it should have, and what opens the store: written out once more,
    /// so that the list above does not prove itself.
    const COMPETES: &str = "\
        AWS_ACCESS_KEY_ID AWS_CONTAINER_AUTHORIZATION_TOKEN AWS_CONTAINER_CREDENTIALS_FULL_URI \
        AWS_CREDENTIAL_EXPIRATION AWS_CREDENTIAL_FILE AWS_DEFAULT_PROFILE AWS_ENDPOINT_URL AWS_ENDPOINT_URL_SSM \
        AWS_PROFILE AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_SDK_LOAD_CONFIG AWS_SECRET_ACCESS_KEY \
        AWS_SECURITY_TOKEN AWS_SESSION_EXPIRATION AWS_SESSION_TOKEN AWS_VAULT_FILE_PASSPHRASE \
        AWS_WEB_IDENTITY_TOKEN_FILE KAGIBAN_FILE_PASSPHRASE";

    #[test]
    fn what_competes_with_the_credentials_is_taken_away() {
        let competing: Vec<&str> = COMPETES.split_whitespace().collect();
        let others = [
            "PATH",
            "AWS_PAGER",
            "AWS_EC2_METADATA_DISABLED",
            "AWS_REGION",
            "AWS_MIN_TTL",
        ];
        let all = others.iter().chain(&competing).map(OsString::from);
        let environment = Environment::without_what_competes(all);
        let mut command = Command::new("env");
        environment.apply(&mut command);
        let changed = command.get_envs().map(|(name, value)| {
            assert_eq!(value, None, "{}", name.display());
            name.to_str().unwrap()
        });
        assert_eq!(changed.collect::<Vec<_>>(), competing);
    }
}
