//! Sources of credentials that are no key in the store.

mod metadata;
mod process;
mod sso;
mod web;

pub(crate) use metadata::{container, instance};
pub(crate) use process::{login, process};
pub(crate) use sso::{Portal, sign_in, sign_out, sso};
pub(crate) use web::web_token;

use kagiban_aws::{SecretString, Timestamp};
use kagiban_client::Credentials;
use serde::Deserialize;

use super::session::Session;
use crate::failure::Failure;

/// Credentials as programs and metadata services print them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    #[serde(default)]
    version: Option<u32>,
    access_key_id: String,
    secret_access_key: SecretString,
    #[serde(alias = "Token", default)]
    session_token: Option<SecretString>,
    #[serde(default)]
    expiration: Option<String>,
}

impl Printed {
    fn read(text: &[u8], whose: &str) -> Result<Printed, Failure> {
        // The parser's words might quote a secret.
        serde_json::from_slice(text)
            .map_err(|_| Failure::Credentials(format!("what {whose} gives are no credentials")))
    }

    fn session(self, whose: &str) -> Result<Session, Failure> {
        let expires = self
            .expiration
            .as_deref()
            .filter(|text| !text.is_empty())
            .map(|text| {
                iso_8601(text).ok_or_else(|| {
                    Failure::Credentials(format!("what {whose} gives ends at `{text}`, which is no time"))
                })
            });
        let credentials = Credentials {
            access_key_id: self.access_key_id,
            secret: self.secret_access_key,
            session_token: self.session_token.filter(|token| !token.expose().is_empty()),
        };
        Session::given(whose, credentials, expires.transpose()?)
    }
}

/// Credentials of the environment.
///
/// # Errors
///
/// If there are none.
pub(crate) fn environment() -> Result<Session, Failure> {
    use super::endpoint::variable;

    let (Some(access_key_id), Some(secret)) =
        (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"))
    else {
        let text = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set, and credential_source says Environment";
        return Err(Failure::Credentials(text.to_owned()));
    };
    Ok(Session {
        credentials: Credentials {
            access_key_id,
            secret: secret.into(),
            session_token: variable("AWS_SESSION_TOKEN").map(SecretString::from),
        },
        expires: None,
    })
}

/// `2026-01-31T09:08:07Z`, with a fraction, `+00:00` or `UTC` as some programs have it.
pub(crate) fn iso_8601(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.trim().split_once(['T', ' '])?;
    let end = rest.find(['Z', '+', '-', 'U'])?;
    let (time, zone) = rest.split_at(end);
    let time = time.split('.').next()?;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let basic = format!("{}T{}Z", digits(date), digits(time));
    let moment = Timestamp::from_basic(&basic)?;
    Some(Timestamp::from_seconds(moment.seconds() - offset(zone)?))
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "UTC") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = digits.split_at_checked(2).filter(|_| digits.len() <= 4)?;
    let minutes = if minutes.is_empty() {
        0
    } else {
        minutes.parse().ok()?
    };
    Some(sign * (hours.parse::<i64>().ok()? * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_programs_write_them() {
        let seconds = |text| iso_8601(text).map(Timestamp::seconds);
        let moment = seconds("2026-01-31T09:08:07Z").unwrap();
        for same in [
            "2026-01-31T09:08:07.123Z",
            "2026-01-31T10:08:07+01:00",
            "2026-01-31T04:08:07-0500",
            "2026-01-31T09:08:07UTC",
            "2026-01-31 09:08:07+00:00",
        ] {
            assert_eq!(seconds(same), Some(moment), "{same}");
        }
        assert_eq!(seconds("tomorrow"), None);
        assert_eq!(
            seconds("2026-01-31T09:08:07+00999999999999999999"),
            None,
            "minutes that no number holds"
        );
        assert_eq!(
            seconds("2026-01-31T09:08:07"),
            None,
            "a time without a zone could be any"
        );
    }
}
