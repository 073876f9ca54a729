//! Tokens that open channels: proof that the API, or the gateway itself, has let somebody in.
//!
//! A token is not kept anywhere. It says for which account, Region and turn it was issued and until
//! when it holds, in the clear, and a MAC binds that to one end of one session or to one node. So
//! it cannot be carried over to another session, to the other end, or to a later turn.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kagiban_aws::{SecretString, Timestamp};
use kagiban_iam::{Entropy, Scope};
use zeroize::Zeroizing;

/// The key that tokens are made with.
pub struct TokenKey(Zeroizing<[u8; 32]>);

/// What a token opens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Channel<'c> {
    /// The client's end of this session.
    Client(&'c str),
    /// The agent's end of this session.
    Agent(&'c str),
    /// The control channel of this node.
    Control(&'c str),
}

/// What a token says, once it is known to be ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Claims {
    /// The account and Region of the session or node.
    pub scope: Scope,
    /// The turn that it was issued for: of a client, the session's [`epoch`](crate::records::Session::epoch);
    /// of agents, what the gateway gave.
    pub epoch: u32,
}

/// How long after it was issued a token opens a channel. What is open stays open.
const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// Longer ones are not ours; AWS's limit is 300.
const MAX_TOKEN: usize = 300;
const TAG: usize = 32;
const NONCE: usize = 12;

impl TokenKey {
    /// Takes the key out of the server's key hierarchy.
    pub fn new(key: Zeroizing<[u8; 32]>) -> TokenKey {
        TokenKey(key)
    }

    /// A token for a channel: at most 300 characters, fit for URLs and headers.
    pub fn issue(
        &self,
        channel: Channel<'_>,
        claims: Claims,
        now: Timestamp,
        entropy: &Entropy,
    ) -> SecretString {
        let expiry = now.plus(LIFETIME).millis();
        let Claims {
            scope: Scope { account, region },
            epoch,
        } = claims;
        let mut token = entropy.bytes::<NONCE>().to_vec();
        token.extend_from_slice(format!("{account}/{region}/{epoch}/{expiry}").as_bytes());
        let tag = hmac::sign(&self.key(), &authenticated(channel, &token));
        token.extend_from_slice(tag.as_ref());
        URL_SAFE_NO_PAD.encode(&token).into()
    }

    /// What a token says, if it was issued for this channel and still opens it. Whether the session is
    /// still there, and in which turn, is the caller's to look up.
    pub fn verify(&self, channel: Channel<'_>, token: &str, now: Timestamp) -> Option<Claims> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let token = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (said, tag) = token.split_at_checked(token.len().checked_sub(TAG)?)?;
        hmac::verify(&self.key(), &authenticated(channel, said), tag).ok()?;
        let (claims, expiry) = read(said.get(NONCE..)?)?;
        (now < expiry).then_some(claims)
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.as_ref())
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

fn read(said: &[u8]) -> Option<(Claims, Timestamp)> {
    let mut parts = std::str::from_utf8(said).ok()?.split('/');
    let scope = Scope {
        account: parts.next()?.parse().ok()?,
        region: parts.next()?.parse().ok()?,
    };
    let epoch = parts.next()?.parse().ok()?;
    let expiry = Timestamp::from_millis(parts.next()?.parse().ok()?);
    Some((Claims { scope, epoch }, expiry))
}

/// What the MAC is over. The name's length comes first, so no name runs into what follows.
fn authenticated(channel: Channel<'_>, said: &[u8]) -> Vec<u8> {
    let (kind, name) = match channel {
        Channel::Client(session) => (b'c', session),
        Channel::Agent(session) => (b'a', session),
        Channel::Control(node) => (b'n', node),
    };
    let mut all = b"kagiban-channel-token-v1".to_vec();
    all.push(kind);
    all.extend_from_slice(&(name.len() as u64).to_be_bytes());
    all.extend_from_slice(name.as_bytes());
    all.extend_from_slice(said);
    all
}

#[cfg(test)]
mod tests {
    use kagiban_aws::Region;
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
    const ID: &str = "alice-0123456789abcdefg";

    fn key() -> TokenKey {
        TokenKey::new(Zeroizing::new([7; 32]))
    }

    fn claims() -> Claims {
        Claims {
            scope: Scope {
                account: "111122223333".parse().unwrap(),
                region: Region::us_east_1(),
            },
            epoch: 3,
        }
    }

    fn token(channel: Channel<'_>) -> SecretString {
        key().issue(channel, claims(), NOW, &Entropy::system())
    }

    #[test]
    fn a_token_opens_its_own_channel_and_no_other() {
        let channels = [
            Channel::Client(ID),
            Channel::Agent(ID),
            Channel::Control(ID),
            Channel::Client("alice-1"),
        ];
        for own in channels {
            let token = token(own);
            for channel in channels {
                let expected = (channel == own).then(claims);
                assert_eq!(key().verify(channel, token.expose(), NOW), expected);
            }
        }
    }

    #[test]
    fn a_token_ends_and_is_short_enough_for_aws() {
        let longest = "x".repeat(96);
        let token = token(Channel::Client(&longest));
        assert!(token.expose().len() <= MAX_TOKEN, "{}", token.expose().len());
        assert_eq!(
            key().verify(Channel::Client(&longest), token.expose(), NOW.plus(LIFETIME)),
            None
        );
    }

    #[test]
    fn another_servers_token_opens_nothing() {
        let other = TokenKey::new(Zeroizing::new([8; 32]));
        assert_eq!(
            other.verify(Channel::Client(ID), token(Channel::Client(ID)).expose(), NOW),
            None
        );
        assert_eq!(format!("{other:?}"), "TokenKey(…)");
    }

    proptest! {
        #[test]
        fn a_changed_token_opens_nothing(at in 0usize..90, with in "[A-Za-z0-9_-]") {
            let token = token(Channel::Client(ID));
            let mut changed: Vec<char> = token.expose().chars().collect();
            let at = at % changed.len();
            changed[at] = with.chars().next().unwrap();
            let changed: String = changed.into_iter().collect();
            prop_assume!(changed != token.expose());
            prop_assert_eq!(key().verify(Channel::Client(ID), &changed, NOW), None);
        }

        #[test]
        fn any_text_is_no_token(text in ".{0,400}") {
            prop_assert_eq!(key().verify(Channel::Agent(ID), &text, NOW), None);
        }
    }
}
