//! IAM Identity Center, with the sign-in that AWS's CLI keeps in `~/.aws/sso/cache`.
//!
//! Signing in is left to `aws sso login`: a browser that opens unasked teaches people to be fished.

use std::{env, fs};

use aws_lc_rs::digest;
use kagiban_aws::{SecretString, Timestamp};
use kagiban_client::{Connector, Http, Signer, parse_url};
use serde::Deserialize;

use crate::failure::Failure;
use crate::vault::endpoint::variable;
use crate::vault::query::escape;
use crate::vault::session::{Session, now};

/// What a profile says of its sign-in.
pub(crate) struct Portal<'a> {
    pub(crate) profile: &'a str,
    /// What the token's file is named after: the session's name, or the start URL.
    pub(crate) named: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account_id: &'a str,
    pub(crate) role_name: &'a str,
    pub(crate) ca_bundle: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    access_token: SecretString,
    expires_at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    role_credentials: RoleCredentials,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleCredentials {
    access_key_id: String,
    secret_access_key: SecretString,
    session_token: SecretString,
    /// Milliseconds since 1970.
    expiration: i64,
}

/// Gets a role's credentials.
///
/// # Errors
///
/// If nobody has signed in, or the role is not given.
pub(crate) fn sso(portal: &Portal<'_>) -> Result<Session, Failure> {
    let Some(token) = token(portal.named) else {
        return Err(Failure::Human(format!(
            "profile `{0}` is not signed in, or no longer; run `aws sso login --profile {0}`",
            portal.profile
        )));
    };
    let url = variable("AWS_ENDPOINT_URL_SSO")
        .unwrap_or_else(|| format!("https://portal.sso.{}.amazonaws.com", portal.region));
    let mut query = b"account_id=".to_vec();
    escape(portal.account_id, &mut query);
    query.extend_from_slice(b"&role_name=");
    escape(portal.role_name, &mut query);
    let path = format!("/federation/credentials?{}", String::from_utf8_lossy(&query));
    let http = Http::new(Connector::new(portal.ca_bundle.clone())?, parse_url(&url)?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let headers = [("x-amz-sso_bearer_token", token.expose())];
    let answer =
        runtime.block_on(http.request("GET", &path, &headers, Vec::new().into(), &Signer::Nobody))?;
    if answer.status != 200 {
        return Err(Failure::Credentials(format!(
            "IAM Identity Center gives profile `{0}` no credentials (HTTP status {1}); `aws sso login --profile {0}` may help",
            portal.profile, answer.status
        )));
    }
    let answer: Answer = serde_json::from_slice(&answer.body)
        .map_err(|_| Failure::Answer("IAM Identity Center's is no credentials".to_owned()))?;
    let role = answer.role_credentials;
    Ok(Session {
        credentials: kagiban_client::Credentials {
            access_key_id: role.access_key_id,
            secret: role.secret_access_key,
            session_token: Some(role.session_token),
        },
        expires: Some(Timestamp::from_millis(role.expiration)),
    })
}

fn token(named: &str) -> Option<SecretString> {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, named.as_bytes());
    let name: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let path = env::home_dir()?
        .join(".aws/sso/cache")
        .join(format!("{name}.json"));
    let token: Token = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let expires = super::iso_8601(&token.expires_at)?;
    (expires.seconds() > now()).then_some(token.access_token)
}
