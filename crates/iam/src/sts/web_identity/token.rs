//! JSON Web Tokens (RFC 7519), read but not believed.
//!
//! The compact form alone: header, claims and signature in base64, with dots between. Whatever of the
//! header is not understood (`crit`, another algorithm) makes the token none.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kagiban_aws::Timestamp;
use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::keys::Algorithm;

/// A token, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Token<'t> {
    pub(super) header: Header,
    pub(super) claims: Claims,
    /// What is signed: header and claims as they came.
    pub(super) message: &'t [u8],
    pub(super) signature: Vec<u8>,
}

/// What a token says about its signature.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Header {
    pub(super) alg: Algorithm,
    pub(super) kid: Option<String>,
    /// Extensions that must be understood; none is.
    crit: Option<IgnoredAny>,
}

/// What a token says about its subject.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: Option<String>,
    pub(super) sub: Option<String>,
    pub(super) aud: Option<Audience>,
    pub(super) azp: Option<String>,
    pub(super) exp: Option<Instant>,
    pub(super) nbf: Option<Instant>,
    pub(super) iat: Option<Instant>,
    #[serde(default)]
    pub(super) amr: Vec<String>,
    /// Session tags, by the name that AWS gave them.
    #[serde(rename = "https://aws.amazon.com/tags")]
    pub(super) tags: Option<WrittenTags>,
    /// Who stands behind the session, by the name that AWS gave it.
    #[serde(rename = "https://aws.amazon.com/source_identity")]
    pub(super) source_identity: Option<String>,
    #[serde(flatten)]
    pub(super) others: BTreeMap<String, Value>,
}

/// One audience or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Session tags, as AWS writes them into claims.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct WrittenTags {
    /// Each key with a list of one value.
    #[serde(default)]
    pub(super) principal_tags: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) transitive_tag_keys: Vec<String>,
}

/// Seconds since 1970, with or without a fraction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instant(pub(super) i64);

/// The text is no token that can be verified here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct NotAToken;

/// The longest token, in bytes: the model's own limit.
pub(super) const MAX_TOKEN: usize = 20_000;
/// Seconds of the year 9999's end: later ones are no dates.
const END_OF_TIME: f64 = 253_402_300_799.0;

impl<'t> Token<'t> {
    /// Takes a token apart.
    ///
    /// # Errors
    ///
    /// [`NotAToken`], without saying what is wrong with it.
    pub(super) fn parse(text: &'t str) -> Result<Token<'t>, NotAToken> {
        if text.len() > MAX_TOKEN {
            return Err(NotAToken);
        }
        let (message, signature) = text.rsplit_once('.').ok_or(NotAToken)?;
        let (header, claims) = message.split_once('.').ok_or(NotAToken)?;
        let header: Header = part(header)?;
        if header.crit.is_some() {
            return Err(NotAToken);
        }
        Ok(Token {
            header,
            claims: part(claims)?,
            message: message.as_bytes(),
            signature: URL_SAFE_NO_PAD.decode(signature).map_err(|_| NotAToken)?,
        })
    }
}

/// A dot is no base64, so a fourth part is refused here; so is nesting beyond serde_json's 128.
fn part<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, NotAToken> {
    let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAToken)?;
    serde_json::from_slice(&json).map_err(|_| NotAToken)
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        if !(0.0..=END_OF_TIME).contains(&seconds) {
            return Err(D::Error::custom("not a date"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "within the bounds above")]
        Ok(Instant(seconds as i64))
    }
}

impl Instant {
    /// Whether this lies in `now`'s past, or within `skew` seconds of it.
    pub(super) fn has_come(self, now: Timestamp, skew: i64) -> bool {
        self.0 <= now.seconds() + skew
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(header: &str, claims: &str) -> String {
        format!(
            "{}.{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims),
            URL_SAFE_NO_PAD.encode("signature")
        )
    }

    const RS256: &str = r#"{"alg":"RS256","kid":"1","typ":"JWT"}"#;

    #[test]
    fn a_token_comes_apart() {
        let text = token(
            RS256,
            r#"{"iss":"https://a","aud":["x","y"],"exp":1.9e9,"x":"y"}"#,
        );
        let token = Token::parse(&text).unwrap();
        assert_eq!(token.claims.iss.as_deref(), Some("https://a"));
        assert_eq!(token.claims.exp.unwrap().0, 1_900_000_000);
        assert_eq!(token.claims.others["x"], "y");
        assert_eq!(token.signature, b"signature");
        assert_eq!(text.as_bytes()[..token.message.len()], *token.message);
    }

    #[test]
    fn other_algorithms_are_no_algorithms() {
        for alg in ["none", "None", "HS256", "RS512", "PS256", "ES384", "EdDSA", ""] {
            let header = format!(r#"{{"alg":"{alg}"}}"#);
            assert_eq!(
                Token::parse(&token(&header, "{}")).unwrap_err(),
                NotAToken,
                "{alg}"
            );
        }
        assert!(Token::parse(&token("{}", "{}")).is_err());
    }

    #[test]
    fn what_must_be_understood_and_is_not_makes_the_token_none() {
        let header = r#"{"alg":"RS256","crit":["b64"],"b64":false}"#;
        assert!(Token::parse(&token(header, "{}")).is_err());
    }

    #[test]
    fn a_claim_written_twice_makes_the_token_none() {
        for claims in [r#"{"sub":"a","sub":"b"}"#, r#"{"aud":"a","aud":"b"}"#] {
            assert!(Token::parse(&token(RS256, claims)).is_err(), "{claims}");
        }
    }

    #[test]
    fn other_shapes_are_no_tokens() {
        let whole = token(RS256, "{}");
        let deep = token(
            RS256,
            &format!(r#"{{"x":{}1{}}}"#, "[".repeat(200), "]".repeat(200)),
        );
        let long = token(RS256, &format!(r#"{{"x":"{}"}}"#, "x".repeat(MAX_TOKEN)));
        for text in [
            "",
            ".",
            "..",
            "a.b.c",
            &format!("{whole}.x"),
            &format!("{whole}="),
            &deep,
            &long,
        ] {
            assert!(Token::parse(text).is_err());
        }
        for claims in [
            r#"{"exp":"tomorrow"}"#,
            r#"{"exp":-1}"#,
            r#"{"exp":1e300}"#,
            r#"{"sub":1}"#,
            "[]",
        ] {
            assert!(Token::parse(&token(RS256, claims)).is_err(), "{claims}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
            let _ = Token::parse(&text);
        }

        #[test]
        fn any_parts_are_read_or_refused(
            header in proptest::collection::vec(any::<u8>(), 0..60),
            claims in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            let parts = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
            let _ = Token::parse(&format!("{parts}."));
        }

        #[test]
        fn any_claims_are_read_or_refused(claims in r#"\{"(exp|aud|sub|amr|x)":[0-9\[\]"a{}:.e-]{0,20}\}"#) {
            let _ = Token::parse(&token(RS256, &claims));
        }
    }
}
