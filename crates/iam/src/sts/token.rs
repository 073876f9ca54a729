//! Session tokens: stateless and sealed, so that a session costs the server nothing.
//!
//! A token is `base64(version | key id | nonce | AES-256-GCM(claims))`, bound to its access key id.
//! The secret key that belongs to it is derived from the same nonce and never stored.
//
// DIFFERS: the AEAD is AES-256-GCM under a key derived per token from a 192-bit random nonce, where
// XChaCha20-Poly1305 was planned: the same bound on random nonces, with the one audited library.

use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kagiban_aws::{AccessKeyId, AccountId, SecretString, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::Entropy;
use crate::records::Tag;

/// What was agreed when a session began.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SessionClaims {
    /// The bearer's account.
    pub account: AccountId,
    /// Who bears the credentials.
    pub bearer: Bearer,
    /// When the session began.
    pub issued: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// When the bearer proved to hold an MFA device, if they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa: Option<Timestamp>,
    /// Text of the session policy that narrows the bearer's rights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// ARNs of the managed policies that narrow them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policy_arns: Vec<kagiban_aws::Arn>,
    /// Who the caller said stands behind the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    /// Principal tags of this session; they win over the role's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Keys of those tags that the next role in a chain inherits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitive_tag_keys: Vec<String>,
    /// The managed node that got the credentials for its own key, as its ARN. They end with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_instance: Option<kagiban_aws::Arn>,
    /// Whether the role was assumed with temporary credentials: what is built on these is bounded, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub chained: bool,
}

impl SessionClaims {
    /// A session that is not narrowed, begins now and ends so many seconds later.
    pub fn new(account: AccountId, bearer: Bearer, now: Timestamp, seconds: u32) -> SessionClaims {
        SessionClaims {
            account,
            bearer,
            issued: now,
            expires: now.plus(Duration::from_secs(u64::from(seconds))),
            mfa: None,
            policy: None,
            policy_arns: Vec::new(),
            source_identity: None,
            tags: Vec::new(),
            transitive_tag_keys: Vec::new(),
            source_instance: None,
            chained: false,
        }
    }
}

/// Who bears temporary credentials, by unique id: whoever is made again under the same name does not
/// revive old sessions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Bearer {
    /// The root user, through `GetSessionToken`.
    Root,
    /// A user, through `GetSessionToken`.
    User {
        /// `AIDA…`
        id: String,
    },
    /// Whoever assumed a role.
    Role {
        /// `AROA…`
        id: String,
        /// The caller's name for the session.
        session_name: String,
        /// Whom an identity provider vouched for, if one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        federation: Option<Box<Federation>>,
    },
    /// Somebody for whom a user or root asked with `GetFederationToken`.
    Federated {
        /// The name that was given them.
        name: String,
        /// `AIDA…` of the user who asked; none for root.
        issuer: Option<String>,
    },
}

/// Whom an identity provider vouched for, and with whom the token was meant for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Federation {
    /// ARN of the provider.
    pub provider: kagiban_aws::Arn,
    /// The provider's name for the bearer.
    pub subject: String,
    /// The client that the token was made for.
    pub audience: String,
}

/// The key that session tokens are sealed with and their secrets derived from.
pub struct SessionKey(Zeroizing<[u8; 32]>);

/// A new session's credentials.
#[derive(Debug)]
pub struct SessionCredentials {
    /// `ASIA…`
    pub access_key_id: AccessKeyId,
    /// Signs.
    pub secret: SecretString,
    /// Goes with every request.
    pub token: SecretString,
}

/// The token is not one of ours, was changed, or belongs to another access key id.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidToken;

const LABEL: &[u8] = b"sts-session-v1";
const VERSION: u8 = 1;
/// Which session key sealed the token; there is one until rotation is built.
const KEY_ID: [u8; 4] = [0, 0, 0, 1];
const NONCE: usize = 24;
const HEADER: usize = 1 + KEY_ID.len() + NONCE;
/// Clients put tokens into headers and environments; larger ones are not ours.
const MAX_TOKEN: usize = 8192;

impl SessionKey {
    /// Takes the key out of the store's key hierarchy.
    pub fn new(key: Zeroizing<[u8; 32]>) -> SessionKey {
        SessionKey(key)
    }

    /// Seals claims into credentials that carry them.
    pub fn issue(
        &self,
        claims: &SessionClaims,
        access_key_id: AccessKeyId,
        entropy: &Entropy,
    ) -> SessionCredentials {
        let nonce = entropy.bytes::<NONCE>();
        let mut token = vec![VERSION];
        token.extend_from_slice(&KEY_ID);
        token.extend_from_slice(&nonce);
        let mut body = serde_json::to_vec(claims).expect("claims are plain data");
        let aad = aad(&token, access_key_id);
        self.aead(&nonce, LABEL)
            .seal_in_place_append_tag(zero_nonce(), aad, &mut body)
            .expect("claims are far below GCM's limit");
        token.append(&mut body);
        let secret = self.secret(&nonce, access_key_id);
        SessionCredentials {
            access_key_id,
            secret,
            token: STANDARD.encode(token).into(),
        }
    }

    /// Opens a token that came with `access_key_id`; gives the claims and the secret that signs.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`], without saying what was wrong. Expiry is the caller's to look at.
    pub fn open(
        &self,
        token: &str,
        access_key_id: AccessKeyId,
    ) -> Result<(SessionClaims, SecretString), InvalidToken> {
        if token.len() > MAX_TOKEN {
            return Err(InvalidToken);
        }
        let mut token = STANDARD.decode(token).map_err(|_| InvalidToken)?;
        let (header, body) = token.split_at_mut_checked(HEADER).ok_or(InvalidToken)?;
        if header[0] != VERSION || header[1..5] != KEY_ID {
            return Err(InvalidToken);
        }
        let nonce: [u8; NONCE] = header[5..]
            .try_into()
            .expect("the header's length is the sum of its parts");
        let claims = self
            .aead(&nonce, LABEL)
            .open_in_place(zero_nonce(), aad(header, access_key_id), body)
            .map_err(|_| InvalidToken)?;
        let claims = serde_json::from_slice(claims).map_err(|_| InvalidToken)?;
        Ok((claims, self.secret(&nonce, access_key_id)))
    }

    fn secret(&self, nonce: &[u8; NONCE], access_key_id: AccessKeyId) -> SecretString {
        let bytes = self.derive(nonce, &[b"sts-secret-v1", access_key_id.as_str().as_bytes()]);
        // 30 bytes are 40 characters exactly: the length that clients know.
        STANDARD.encode(&bytes[..30]).into()
    }

    /// The key that seals one message of one kind.
    pub(super) fn aead(&self, nonce: &[u8; NONCE], label: &[u8]) -> LessSafeKey {
        let key = self.derive(nonce, &[label]);
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_ref()).expect("the key has AES-256's length"))
    }

    fn derive(&self, salt: &[u8], info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut out = Zeroizing::new([0; 32]);
        Salt::new(HKDF_SHA256, salt)
            .extract(self.0.as_ref())
            .expand(info, Length32)
            .and_then(|okm| okm.fill(out.as_mut()))
            .expect("HKDF-SHA256 gives up to 255 × 32 bytes");
        out
    }
}

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKey(…)")
    }
}

struct Length32;

impl KeyType for Length32 {
    fn len(&self) -> usize {
        32
    }
}

/// Zero is safe: the key is derived for this one message.
pub(super) fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn aad(header: &[u8], access_key_id: AccessKeyId) -> Aad<Vec<u8>> {
    Aad::from([LABEL, access_key_id.as_str().as_bytes(), header].concat())
}

#[cfg(test)]
mod tests {
    use kagiban_aws::KeyOrigin;

    use super::*;

    fn account() -> AccountId {
        "111122223333".parse().unwrap()
    }

    fn id(random: u8) -> AccessKeyId {
        AccessKeyId::new(KeyOrigin::Temporary, account(), [random; 5])
    }

    fn claims() -> SessionClaims {
        SessionClaims {
            account: account(),
            bearer: Bearer::Role {
                id: "AROAAAAAAAAAAAAAAAAAA".into(),
                session_name: "s1".into(),
                federation: None,
            },
            issued: Timestamp::from_seconds(1),
            expires: Timestamp::from_seconds(3601),
            mfa: None,
            policy: None,
            policy_arns: Vec::new(),
            source_identity: None,
            tags: Vec::new(),
            transitive_tag_keys: Vec::new(),
            source_instance: None,
            chained: false,
        }
    }

    fn key() -> SessionKey {
        SessionKey::new(Zeroizing::new([7; 32]))
    }

    #[test]
    fn a_token_opens_to_what_was_agreed_and_the_secret_that_was_given() {
        let issued = key().issue(&claims(), id(1), &Entropy::system());
        let (opened, secret) = key().open(issued.token.expose(), id(1)).unwrap();
        assert_eq!(opened, claims());
        assert_eq!(secret, issued.secret);
        assert_eq!(secret.expose().len(), 40);
    }

    #[test]
    fn a_token_is_useless_with_another_access_key_id() {
        let issued = key().issue(&claims(), id(1), &Entropy::system());
        assert_eq!(
            key().open(issued.token.expose(), id(2)).unwrap_err(),
            InvalidToken
        );
    }

    #[test]
    fn any_changed_bit_makes_a_token_invalid() {
        let issued = key().issue(&claims(), id(1), &Entropy::system());
        let bytes = STANDARD.decode(issued.token.expose()).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(key().open(&STANDARD.encode(bytes), id(1)).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn foreign_text_is_no_token() {
        for text in ["", "AAAA", "not base64!", &"A".repeat(10_000)] {
            assert_eq!(key().open(text, id(1)).unwrap_err(), InvalidToken);
        }
    }
}
