//! Grant tokens: they name a grant, and prove that this server said so.
//!
//! ```text
//! version 1 │ account 8 │ length of key id 1 │ key id │ grant id 32 │ random 16 │ HMAC-SHA-256 32
//! ```
//!
//! On AWS a token lets a grant count before every part of KMS has heard of it. Here a grant counts at
//! once, so a token adds nothing; it has to be authentic all the same, and a grant can be retired by it.
//! It is no secret: whoever has it still needs the right to what is asked. The HMAC's key is a branch of
//! KMS's own, another one in every Region.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kagiban_aws::{AccountId, Region};
use kagiban_iam::{Call, Entropy, Scope};

use crate::{DomainKey, KmsError, View};

const VERSION: u8 = 1;
const TAG: usize = 32;

/// Characters of a token that any parser looks at; ours have less than 200.
const MAX_LEN: usize = 8192;

/// What a token says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GrantToken {
    /// The account and Region of the key.
    pub scope: Scope,
    /// The key's id.
    pub key: String,
    /// The grant's id: 64 hexadecimal digits.
    pub grant: String,
}

impl GrantToken {
    /// A fresh token, as text.
    ///
    /// # Panics
    ///
    /// Never for ids that this server made.
    pub fn seal(&self, domain: &DomainKey, entropy: &Entropy) -> String {
        let length = u8::try_from(self.key.len()).expect("a key id has 36 characters");
        let mut bytes = vec![VERSION];
        bytes.extend(self.scope.account.number().to_be_bytes());
        bytes.push(length);
        bytes.extend(self.key.as_bytes());
        bytes.extend(from_hex(&self.grant).expect("a grant id is 64 hexadecimal digits"));
        bytes.extend(entropy.bytes::<16>());
        let tag = hmac::sign(&domain.grant_tokens(self.scope.region), &bytes);
        bytes.extend(tag.as_ref());
        BASE64_STANDARD.encode(bytes)
    }

    /// Reads a token that this server made in this Region.
    ///
    /// # Errors
    ///
    /// `InvalidGrantToken` for everything else.
    pub fn open(text: &str, region: Region, domain: &DomainKey) -> Result<GrantToken, KmsError> {
        opened(text, region, domain).ok_or_else(invalid)
    }
}

// UNSURE: AWS's sentence.
fn invalid() -> KmsError {
    KmsError::InvalidGrantToken("The grant token is not valid.".to_owned())
}

/// Nothing is looked into before it is known to be ours.
fn opened(text: &str, region: Region, domain: &DomainKey) -> Option<GrantToken> {
    if text.len() > MAX_LEN {
        return None;
    }
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    let (said, tag) = bytes.split_last_chunk::<TAG>()?;
    hmac::verify(&domain.grant_tokens(region), said, tag).ok()?;
    GrantToken::parse(said, region)
}

impl GrantToken {
    /// Reads what a token says, without its tag; who made it is not known from that.
    pub fn parse(said: &[u8], region: Region) -> Option<GrantToken> {
        let (&[VERSION], rest) = said.split_first_chunk::<1>()? else {
            return None;
        };
        let (account, rest) = rest.split_first_chunk::<8>()?;
        let (&[length], rest) = rest.split_first_chunk::<1>()?;
        let (key, rest) = rest.split_at_checked(length.into())?;
        let (grant, random) = rest.split_first_chunk::<32>()?;
        let account = AccountId::try_from(u64::from_be_bytes(*account)).ok()?;
        (random.len() == 16).then_some(GrantToken {
            scope: Scope { account, region },
            key: std::str::from_utf8(key).ok()?.to_owned(),
            grant: kagiban_iam::hex(grant),
        })
    }
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let pairs = (0..digits.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok())
        .collect()
}

/// The tokens that came with a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct GrantTokens(Vec<String>);

impl GrantTokens {
    pub(crate) fn parse(tokens: Option<Vec<String>>) -> GrantTokens {
        GrantTokens(tokens.unwrap_or_default())
    }

    /// Refuses a request with a token that is not ours. One of a grant on another key, or of one that is
    /// gone, is as good as any: clients send what they have.
    ///
    /// # Errors
    ///
    /// `InvalidGrantToken`.
    pub(crate) fn check(&self, call: &Call<'_>, view: &View<'_>) -> Result<(), KmsError> {
        self.0
            .iter()
            .try_for_each(|token| GrantToken::open(token, call.scope.region, view.domain).map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORGERIES: usize = 100_000;

    fn domain() -> DomainKey {
        DomainKey::new([7; 32].into())
    }

    fn token(key: &str) -> GrantToken {
        GrantToken {
            scope: Scope {
                account: "111122223333".parse().unwrap(),
                region: Region::us_east_1(),
            },
            key: key.to_owned(),
            grant: "0123456789abcdef".repeat(4),
        }
    }

    #[test]
    fn a_token_opens_in_its_region_and_under_its_key_only() {
        for key in [
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "mrk-0123456789abcdef0123456789abcdef",
        ] {
            let token = token(key);
            let text = token.seal(&domain(), &Entropy::system());
            assert_ne!(text, token.seal(&domain(), &Entropy::system()));
            let here = Region::us_east_1();
            assert_eq!(GrantToken::open(&text, here, &domain()), Ok(token));
            let elsewhere = "eu-west-1".parse().unwrap();
            assert!(GrantToken::open(&text, elsewhere, &domain()).is_err());
            let other = DomainKey::new([8; 32].into());
            assert!(GrantToken::open(&text, here, &other).is_err());
        }
    }

    /// xorshift64*: a run can be repeated.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, limit: usize) -> usize {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
            usize::try_from(high).unwrap() % limit
        }

        fn byte(&mut self) -> u8 {
            u8::try_from(self.below(256)).unwrap()
        }

        /// Random bytes, or a genuine token changed in its bytes or in its text.
        fn forge(&mut self, genuine: &str) -> String {
            let mut bytes = BASE64_STANDARD.decode(genuine).unwrap();
            let mut text = genuine.to_owned();
            let (at, letter) = (self.below(bytes.len()), self.below(text.len()));
            match self.below(7) {
                0 => bytes = (0..self.below(300)).map(|_| self.byte()).collect(),
                1 => bytes[at] ^= 1 << self.below(8),
                2 => bytes.truncate(at),
                3 => bytes.insert(at, self.byte()),
                4 => drop(bytes.remove(at)),
                5 => {
                    text.replace_range(
                        letter..=letter,
                        ["A", "/", "=", "-", " ", "\u{e9}"][self.below(6)],
                    );
                    return text;
                }
                _ => {
                    text.truncate(letter);
                    return text;
                }
            }
            BASE64_STANDARD.encode(bytes)
        }
    }

    #[test]
    fn none_of_a_hundred_thousand_forgeries_is_a_token() {
        let (domain, here) = (domain(), Region::us_east_1());
        let genuine = token("1234abcd-12ab-34cd-56ef-1234567890ab").seal(&domain, &Entropy::system());
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        let mut tried = 0;
        while tried < FORGERIES {
            let forged = dice.forge(&genuine);
            // A change that changes nothing is no forgery.
            if forged != genuine {
                assert!(GrantToken::open(&forged, here, &domain).is_err(), "{forged}");
                tried += 1;
            }
        }
        assert!(GrantToken::open(&genuine, here, &domain).is_ok());
        assert!(GrantToken::open(&"A".repeat(1 << 20), here, &domain).is_err());
    }
}
