//! From a token to somebody whom a provider vouches for.

use kagiban_aws::{AccountId, Arn, Timestamp};
use serde_json::Value;

use super::issuers::Issuers;
use super::token::{Audience, Claims, Token};
use crate::providers::Provider as _;
use crate::records::OidcProvider;
use crate::sts::session_tags::SessionTags;
use crate::sts::{Federation, wire};
use crate::{Account, ContextValue, IamError, ProviderUrl};

/// Somebody whom an identity provider vouches for.
///
/// INVARIANT: there are no others than [`Presented::verify`] makes, from a token whose claims and
/// signature hold. So a requirement can be asked for in this name by nobody who has no such token.
#[derive(Clone, Debug)]
pub struct WebIdentity {
    account: AccountId,
    federation: Federation,
    context: Vec<(String, ContextValue)>,
    tags: SessionTags,
    source_identity: Option<String>,
}

impl WebIdentity {
    /// ARN of the provider.
    pub fn provider(&self) -> &Arn {
        &self.federation.provider
    }

    /// The account that trusts the provider.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Provider, audience and subject, for the audit.
    pub fn principal(&self) -> String {
        let Federation {
            provider,
            audience,
            subject,
        } = &self.federation;
        format!("{provider}:{audience}:{subject}")
    }

    /// What a session remembers of it.
    pub(crate) fn federation(&self) -> &Federation {
        &self.federation
    }

    /// The session tags that the token asks for.
    pub(crate) fn tags(&self) -> &SessionTags {
        &self.tags
    }

    /// The source identity that the token asks for.
    pub(crate) fn source_identity(&self) -> Option<&str> {
        self.source_identity.as_deref()
    }

    /// Condition keys, in lower case.
    pub(crate) fn context(&self) -> &[(String, ContextValue)] {
        &self.context
    }
}

/// A token and the provider that it names; neither believed yet.
pub(crate) struct Presented<'p> {
    token: Token<'p>,
    provider: &'p OidcProvider,
    account: AccountId,
    audience: &'p str,
    subject: String,
}

/// How far an issuer's clock may be ahead, in seconds.
const SKEW: i64 = 60;
/// The most characters of a subject: the model's limit for SubjectFromWebIdentityToken.
const MAX_SUBJECT: usize = 255;
/// Claims that are no condition keys of their own, or ones that are made above.
const OWN: [&str; 9] = ["iss", "sub", "aud", "azp", "oaud", "amr", "exp", "nbf", "iat"];
/// The most further claims that become condition keys.
const MAX_CLAIMS: usize = 100;

/// `InvalidIdentityToken` in these words.
fn invalid(sentence: impl Into<String>) -> IamError {
    IamError::InvalidIdentityToken(sentence.into())
}

impl<'p> Presented<'p> {
    /// Reads a token and finds who issued it, if its audience and times are right.
    ///
    /// # Errors
    ///
    /// `InvalidIdentityToken`, `ExpiredTokenException`, `IDPRejectedClaim`.
    pub(crate) fn read(
        text: &'p str,
        account: Option<&'p Account>,
        id: AccountId,
        now: Timestamp,
    ) -> Result<Presented<'p>, IamError> {
        let token = Token::parse(text).map_err(|_| {
            invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
        })?;
        let issuer = required(token.claims.iss.as_deref(), "iss")?;
        let provider = issuer
            .strip_prefix("https://")
            .and_then(|url| account?.oidc_providers.get(url))
            .ok_or_else(|| {
                invalid(format!(
                    "No OpenIDConnect provider found in your account for {issuer}"
                ))
            })?;
        let subject = subject(&token.claims)?;
        let audience = audience(&token.claims, provider)?;
        check_times(&token.claims, now)?;
        Ok(Presented {
            token,
            provider,
            account: id,
            audience,
            subject,
        })
    }

    /// Whose keys have to be asked for first; none if they are known, or known not to be had.
    pub(crate) fn unknown_keys(&self, issuers: &Issuers, now: Timestamp) -> Option<ProviderUrl> {
        let header = &self.token.header;
        let unknown = self.provider.keys.is_none()
            && issuers.must_ask(&self.provider.url, header.kid.as_deref(), header.alg, now);
        unknown.then(|| format!("https://{}", self.provider.url).parse().ok())?
    }

    /// Verifies the signature: from here on the token is believed.
    ///
    /// # Errors
    ///
    /// `InvalidIdentityToken`; `IDPCommunicationError` if the issuer could not be asked for its keys.
    pub(crate) fn verify(self, issuers: &Issuers, now: Timestamp) -> Result<WebIdentity, IamError> {
        let keys = match &self.provider.keys {
            Some(inline) => inline.keys(),
            None => issuers.keys(&self.provider.url, now),
        };
        let keys = keys.ok_or(IamError::IdpCommunication(
            "The identity provider could not be reached to verify the incoming identity token",
        ))?;
        let Token {
            header,
            claims,
            message,
            signature,
        } = self.token;
        let key = header.kid.as_deref();
        if !keys.knows(key, header.alg) {
            // Two blanks are AWS's own.
            return Err(invalid(
                "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
            ));
        }
        if !keys.verify(key, header.alg, message, &signature) {
            return Err(invalid("Invalid token signature")); // UNSURE: AWS's sentence
        }
        let federation = Federation {
            provider: self.provider.arn(self.account),
            audience: self.audience.to_owned(),
            subject: self.subject,
        };
        Ok(WebIdentity {
            account: self.account,
            context: context(&federation, &claims),
            federation,
            tags: session_tags(&claims)?,
            source_identity: source_identity(claims.source_identity)?,
        })
    }
}

fn required<'c>(claim: Option<&'c str>, name: &str) -> Result<&'c str, IamError> {
    claim
        .filter(|text| !text.is_empty())
        .ok_or_else(|| invalid(format!("Missing a required claim: {name}")))
}

fn subject(claims: &Claims) -> Result<String, IamError> {
    let subject = required(claims.sub.as_deref(), "sub")?;
    // It goes into answers in XML and into the audit log.
    match subject.chars().count() <= MAX_SUBJECT && !subject.contains(char::is_control) {
        true => Ok(subject.to_owned()),
        false => Err(invalid("The subject of the token is invalid")),
    }
}

/// The audience of a token, as the provider spells it: `azp` where there is one, else `aud`.
//
// UNSURE: what AWS makes of several audiences without `azp`; OpenID Connect (Core, 3.1.3.7) wants one
// then, and so such a token is refused.
fn audience<'p>(claims: &Claims, provider: &'p OidcProvider) -> Result<&'p str, IamError> {
    let named = match (&claims.azp, &claims.aud) {
        (_, None) => return Err(invalid("Missing a required claim: aud")),
        (Some(party), _) => Some(party),
        (None, Some(Audience::One(one))) => Some(one),
        (None, Some(Audience::Several(several))) => several.first().filter(|_| several.len() == 1),
    };
    let known = named.and_then(|named| provider.client_ids.iter().find(|id| *id == named));
    known
        .map(String::as_str)
        .ok_or_else(|| invalid("Incorrect token audience"))
}

fn check_times(claims: &Claims, now: Timestamp) -> Result<(), IamError> {
    let Some(end) = claims.exp else {
        return Err(invalid("Missing a required claim: exp"));
    };
    if end.has_come(now, 0) {
        return Err(IamError::ExpiredToken(format!(
            "Token expired: current date/time {} must be before the expiration date/time {}",
            now.seconds(),
            end.0
        )));
    }
    let begins = [claims.nbf, claims.iat].into_iter().flatten();
    match begins.into_iter().all(|begin| begin.has_come(now, SKEW)) {
        true => Ok(()),
        // UNSURE: AWS's code and sentence.
        false => Err(IamError::IdpRejectedClaim("The token is not valid yet")),
    }
}

/// The condition keys of a token: `<host/path>:<claim>`.
//
// DIFFERS: AWS makes keys of further claims for some issuers only; here every claim is one that is a
// text, a number, a truth or a list of texts, and whose name cannot be taken for another issuer's.
fn context(federation: &Federation, claims: &Claims) -> Vec<(String, ContextValue)> {
    let issuer = federation.issuer().to_lowercase();
    let key = |claim: &str| format!("{issuer}:{}", claim.to_lowercase());
    let mut context = vec![
        (key("sub"), ContextValue::from(federation.subject.as_str())),
        (key("aud"), ContextValue::from(federation.audience.as_str())),
    ];
    if !claims.amr.is_empty() {
        context.push((key("amr"), ContextValue::from(claims.amr.clone())));
    }
    let further = claims.others.iter().filter(|(name, _)| is_key(name));
    let further = further.filter_map(|(name, value)| Some((key(name), condition_value(value)?)));
    context.extend(further.take(MAX_CLAIMS));
    context
}

fn is_key(claim: &str) -> bool {
    !claim.contains([':', '/']) && !OWN.contains(&claim.to_lowercase().as_str())
}

fn condition_value(claim: &Value) -> Option<ContextValue> {
    match claim {
        Value::String(text) => Some(text.as_str().into()),
        Value::Bool(truth) => Some((*truth).into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Array(several) => {
            let texts: Option<Vec<String>> = several
                .iter()
                .map(|one| one.as_str().map(str::to_owned))
                .collect();
            texts.map(ContextValue::from)
        }
        Value::Null | Value::Object(_) => None,
    }
}

/// Takes session tags out of the claims; each key has a list of one value.
fn session_tags(claims: &Claims) -> Result<SessionTags, IamError> {
    let refused = IamError::IdpRejectedClaim("The session tags of the token are invalid");
    let Some(written) = &claims.tags else {
        return SessionTags::parse(None, None);
    };
    let mut tags = Vec::new();
    for (key, values) in &written.principal_tags {
        let ([value], 1..=128) = (values.as_slice(), key.chars().count()) else {
            return Err(refused);
        };
        if value.chars().count() > 256 {
            return Err(refused);
        }
        tags.push(wire::Tag {
            key: Some(key.clone()),
            value: Some(value.clone()),
        });
    }
    let transitive = Some(written.transitive_tag_keys.clone());
    SessionTags::parse(Some(tags), transitive).map_err(|_| refused)
}

fn source_identity(claim: Option<String>) -> Result<Option<String>, IamError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    match claim {
        Some(text) if !(2..=64).contains(&text.len()) || !text.bytes().all(allowed) => Err(
            IamError::IdpRejectedClaim("The source identity of the token is invalid"),
        ),
        claim => Ok(claim),
    }
}

impl Federation {
    /// The issuer's URL without the scheme.
    pub(crate) fn issuer(&self) -> &str {
        let resource = self.provider.resource();
        resource.strip_prefix(OidcProvider::IN_ARN).unwrap_or(resource)
    }
}
