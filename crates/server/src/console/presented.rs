//! The credentials that somebody brings to the sign-in, and what they are good for there.

use std::time::Duration;

use kagiban_aws::{SecretString, Timestamp};
use kagiban_iam::sts::{Bearer, SessionClaims};
use serde::Deserialize;

use super::error::FederationError;

/// `Session`: all of it still doubtful.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Presented {
    pub(super) session_id: String,
    pub(super) session_key: SecretString,
    #[serde(default)]
    session_token: Option<SecretString>,
}

/// Several times the longest credentials.
const MAX_JSON: usize = 16 * 1024;

impl Presented {
    /// Reads the JSON; it is not repeated to anybody.
    ///
    /// # Errors
    ///
    /// `Session`.
    pub(super) fn parse(json: &str) -> Result<Presented, FederationError> {
        if json.len() > MAX_JSON {
            return Err(FederationError::Session);
        }
        serde_json::from_str(json).map_err(|_| FederationError::Session)
    }

    /// The token that makes credentials temporary ones.
    ///
    /// # Errors
    ///
    /// `LongLived` if there is none.
    pub(super) fn token(&self) -> Result<&SecretString, FederationError> {
        let token = self.session_token.as_ref();
        token
            .filter(|token| !token.expose().is_empty())
            .ok_or(FederationError::LongLived)
    }
}

/// Takes `SessionDuration`.
///
/// # Errors
///
/// It is no number from 900 to 43200.
pub(super) fn session_duration(text: &str) -> Result<Duration, FederationError> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_number);
    let seconds = seconds.filter(|seconds| (900..=43_200).contains(seconds));
    let seconds = seconds.ok_or(FederationError::SessionDuration)?;
    Ok(Duration::from_secs(seconds))
}

/// When the session of a browser ends.
///
/// # Errors
///
/// The credentials are of a kind that opens no console, or that takes no duration.
///
/// Source: IAM User Guide, "Enabling custom identity broker access to the AWS console"; STS API comparison.
//
// DIFFERS: with SessionDuration AWS's console outlives the role's credentials; here they are looked at for
// each page, so it may end the session sooner and never later.
pub(super) fn session_end(
    claims: &SessionClaims,
    duration: Option<Duration>,
    now: Timestamp,
) -> Result<Timestamp, FederationError> {
    match (&claims.bearer, duration) {
        (Bearer::Root | Bearer::User { .. }, _) => Err(FederationError::SessionToken),
        (Bearer::Federated { .. }, Some(_)) => Err(FederationError::BoundDuration),
        (Bearer::Role { .. }, Some(_)) if claims.chained => Err(FederationError::BoundDuration),
        (Bearer::Role { .. }, Some(duration)) => Ok(claims.expires.min(now.plus(duration))),
        (Bearer::Role { .. } | Bearer::Federated { .. }, None) => Ok(claims.expires),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(10_000);

    fn claims(bearer: Bearer) -> SessionClaims {
        SessionClaims::new("111122223333".parse().unwrap(), bearer, NOW, 3600)
    }

    fn role() -> Bearer {
        Bearer::Role {
            id: "AROAAAAAAAAAAAAAAAAAA".to_owned(),
            session_name: "me".to_owned(),
            federation: None,
        }
    }

    fn federated() -> Bearer {
        Bearer::Federated {
            name: "me".to_owned(),
            issuer: None,
        }
    }

    #[test]
    fn a_session_ends_with_its_credentials_or_sooner() {
        let end = |seconds: Option<u64>| session_end(&claims(role()), seconds.map(Duration::from_secs), NOW);
        assert_eq!(end(None), Ok(Timestamp::from_seconds(13_600)));
        assert_eq!(end(Some(900)), Ok(Timestamp::from_seconds(10_900)));
        assert_eq!(end(Some(43_200)), Ok(Timestamp::from_seconds(13_600)));
    }

    #[test]
    fn some_credentials_take_no_duration_and_some_open_no_console() {
        let duration = Some(Duration::from_secs(900));
        let chained = SessionClaims {
            chained: true,
            ..claims(role())
        };
        for claims in [&claims(federated()), &chained] {
            assert_eq!(
                session_end(claims, duration, NOW),
                Err(FederationError::BoundDuration)
            );
            assert_eq!(session_end(claims, None, NOW), Ok(claims.expires));
        }
        let user = Bearer::User {
            id: "AIDAAAAAAAAAAAAAAAAAA".to_owned(),
        };
        for bearer in [Bearer::Root, user] {
            assert_eq!(
                session_end(&claims(bearer), None, NOW),
                Err(FederationError::SessionToken)
            );
        }
    }

    #[test]
    fn a_duration_is_a_number_within_the_limits() {
        assert_eq!(session_duration("900"), Ok(Duration::from_secs(900)));
        assert_eq!(session_duration("43200"), Ok(Duration::from_secs(43_200)));
        for text in [
            "",
            "899",
            "43201",
            "-900",
            "+900",
            "9e2",
            " 900",
            "1h",
            "99999999999999999999",
        ] {
            assert_eq!(
                session_duration(text),
                Err(FederationError::SessionDuration),
                "{text}"
            );
        }
    }

    #[test]
    fn a_session_without_a_token_is_a_long_lived_key() {
        for token in ["", r#","sessionToken":"""#, r#","sessionToken":null"#] {
            let json = format!(r#"{{"sessionId":"AKIA","sessionKey":"s"{token}}}"#);
            let presented = Presented::parse(&json).unwrap();
            assert_eq!(presented.token().unwrap_err(), FederationError::LongLived);
        }
    }

    #[test]
    fn what_is_no_session_is_refused_whole() {
        let deep = "[".repeat(10_000);
        let long = format!(r#"{{"sessionId":"a","sessionKey":"{}"}}"#, "s".repeat(MAX_JSON));
        for json in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"sessionId":"a"}"#,
            r#"{"sessionId":1,"sessionKey":"s"}"#,
            &deep,
            &format!(r#"{{"sessionId":"a","sessionKey":"s","x":{deep}"#),
            &long,
        ] {
            assert_eq!(Presented::parse(json).unwrap_err(), FederationError::Session);
        }
    }

    const SEED: &str = r#"{"sessionId":"ASIAIOSFODNN7EXAMPLE","sessionKey":"canary/+=","sessionToken":"AAAA","x":[{"y":null}]}"#;

    proptest! {
        #[test]
        fn a_changed_session_is_read_or_refused_and_never_repeated(at in 0..SEED.len(), with in "[ -~]{0,3}") {
            let mut json = SEED.to_owned();
            json.replace_range(at..=at, &with);
            match Presented::parse(&json) {
                Ok(presented) => {
                    let printed = format!("{presented:?}");
                    prop_assert!(!printed.contains("canary"));
                }
                Err(refused) => prop_assert!(!refused.to_string().contains("canary")),
            }
        }
    }
}
