//! The environment of a command: ours without what would compete with the credentials, and with them.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use crate::commands::obtain::Obtained;
use crate::vault::{Session, configured};

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

/// Variables by name.
pub(crate) struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// This process's own, cleaned.
    pub(crate) fn of_process() -> Environment {
        Environment::of(std::env::vars_os())
    }

    fn of(variables: impl Iterator<Item = (OsString, OsString)>) -> Environment {
        Environment(variables.filter(|(name, _)| !competes(name)).collect())
    }

    /// Says which profile it is, and where that is.
    pub(crate) fn describe(&mut self, profile: &str, obtained: &Obtained) {
        let (vault, settings) = (&obtained.vault, &obtained.chain.profile);
        self.set("AWS_VAULT", profile);
        if let Some(region) = obtained.region() {
            self.set("AWS_REGION", &region);
            self.set("AWS_DEFAULT_REGION", &region);
        }
        // No service is called so: what is left is what counts for all of them.
        if let Some(url) = configured("", &vault.files, settings, &vault.flags) {
            self.set("AWS_ENDPOINT_URL", &url);
        }
        if let Some(bundle) = settings
            .get("ca_bundle")
            .filter(|_| !self.0.contains_key(OsStr::new("AWS_CA_BUNDLE")))
        {
            let bundle = bundle.to_owned();
            self.set("AWS_CA_BUNDLE", &bundle);
        }
        let services = settings
            .get("services")
            .filter(|_| vault.flags.endpoint_url.is_none());
        for (service, url) in services
            .map(|name| vault.files.service_endpoints(name))
            .unwrap_or_default()
        {
            self.set(
                &format!(
                    "AWS_ENDPOINT_URL_{}",
                    service.to_uppercase().replace(['-', ' '], "_")
                ),
                url,
            );
        }
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
        self.0.insert(name.into(), value.into());
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(OsStr::new(name));
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = (&OsString, &OsString)> {
        self.0.iter()
    }
}

/// On Windows, names are the same in any case.
fn competes(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let name = if cfg!(windows) {
        name.to_uppercase().into()
    } else {
        name
    };
    REMOVED.contains(&&*name) || REMOVED_FAMILIES.iter().any(|family| name.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_competes_with_the_credentials_is_taken_away() {
        let names = [
            "PATH",
            "AWS_PAGER",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_ENDPOINT_URL_SSM",
            "AWS_EC2_METADATA_DISABLED",
        ];
        let variables = REMOVED
            .iter()
            .chain(&names)
            .map(|name| (OsString::from(name), OsString::from("x")));
        let environment = Environment::of(variables);
        let left: Vec<_> = environment
            .variables()
            .map(|(name, _)| name.to_string_lossy().into_owned())
            .collect();
        assert_eq!(left, ["AWS_EC2_METADATA_DISABLED", "AWS_PAGER", "PATH"]);
    }
}
