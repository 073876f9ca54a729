//! Whose credentials sign, found as the AWS CLI finds them.
//!
//! A profile that is named on the command line comes before keys in the environment, those before
//! `AWS_PROFILE`. Profiles that lead to another place (roles, single sign-on, processes) are refused
//! with a word about what they are, rather than passed over.

use std::env;

use kagiban_aws::SecretString;
use kagiban_client::Credentials;

use crate::failure::Failure;
use crate::profile::Profile;

/// Where keys come from that are not in the profile itself.
const ELSEWHERE: [(&str, &str); 5] = [
    ("role_arn", "assumes a role"),
    ("sso_session", "signs in through IAM Identity Center"),
    ("sso_start_url", "signs in through IAM Identity Center"),
    ("credential_process", "runs a program"),
    ("login_session", "signs in through a browser"),
];

/// Finds them; `named` says that the profile was named on the command line.
///
/// # Errors
///
/// If there are none, or none that this version can use.
pub(crate) fn find(profile: Option<&Profile>, name: &str, named: bool) -> Result<Credentials, Failure> {
    if !named && let Some(found) = of_environment()? {
        return Ok(found);
    }
    let profile = profile.ok_or_else(|| match named || env::var_os("AWS_PROFILE").is_some() {
        true => Failure::Credentials(format!("there is no profile `{name}`")),
        false => Failure::Credentials("there are no credentials".to_owned()),
    })?;
    if let Some((_, what)) = ELSEWHERE
        .iter()
        .find(|(setting, _)| profile.get(setting).is_some())
    {
        let text = format!(
            "the profile `{name}` {what}, which this version cannot do yet; give it static keys, or export the credentials to the environment"
        );
        return Err(Failure::Credentials(text));
    }
    let (Some(id), Some(secret)) = (
        profile.get("aws_access_key_id"),
        profile.get("aws_secret_access_key"),
    ) else {
        return Err(Failure::Credentials(format!(
            "the profile `{name}` has no access key"
        )));
    };
    Ok(Credentials {
        access_key_id: id.to_owned(),
        secret: secret.to_owned().into(),
        session_token: profile
            .get("aws_session_token")
            .map(|token| token.to_owned().into()),
    })
}

fn of_environment() -> Result<Option<Credentials>, Failure> {
    let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
    match (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
        (Some(access_key_id), Some(secret)) => Ok(Some(Credentials {
            access_key_id,
            secret: secret.into(),
            session_token: variable("AWS_SESSION_TOKEN").map(SecretString::from),
        })),
        (Some(_), None) => Err(Failure::Credentials(
            "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not".to_owned(),
        )),
        (None, _) => Ok(None),
    }
}
