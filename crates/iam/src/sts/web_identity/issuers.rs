//! What is known of issuers' keys at one moment, and when to ask again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kagiban_aws::Timestamp;

use super::keys::{Algorithm, KeySet};
use crate::ProviderUrl;

/// The keys that issuers have answered with. Immutable for whoever decides; the server replaces it.
#[derive(Clone, Debug, Default)]
pub struct Issuers(HashMap<Box<str>, Answer>);

/// What came of asking an issuer last.
#[derive(Clone, Debug)]
struct Answer {
    /// None if it could not be asked.
    keys: Option<Arc<KeySet>>,
    /// Until when the keys may be used.
    fresh_until: Timestamp,
    /// When it was asked.
    asked: Timestamp,
}

/// How soon an issuer is asked again that could not be reached.
const RETRY: Duration = Duration::from_secs(15);
/// How soon an issuer is asked again for a key that it did not have.
const REFETCH: Duration = Duration::from_secs(60);
/// The shortest and the longest time that keys are used without asking.
const FRESH: [Duration; 2] = [Duration::from_secs(5 * 60), Duration::from_secs(24 * 3600)];
/// When there are more, those that are no longer fresh are forgotten.
const MANY: usize = 1000;

impl Issuers {
    /// Remembers what came of asking an issuer at `now`. `fresh` is how long the issuer lets its keys
    /// be used: at least 5 minutes and at most a day.
    ///
    /// An issuer that could not be reached keeps the keys that it last answered with, as long as these
    /// are fresh.
    pub fn learn(&mut self, issuer: &ProviderUrl, answer: Option<(KeySet, Duration)>, now: Timestamp) {
        if self.0.len() >= MANY {
            self.0.retain(|_, answer| answer.fresh_until > now);
        }
        let before = self.0.remove(issuer.bare());
        let answer = match answer {
            Some((keys, fresh)) => Answer {
                keys: Some(Arc::new(keys)),
                fresh_until: now.plus(fresh.clamp(FRESH[0], FRESH[1])),
                asked: now,
            },
            None => Answer {
                asked: now,
                ..before
                    .filter(|before| before.fresh_until > now)
                    .unwrap_or(Answer {
                        keys: None,
                        fresh_until: now,
                        asked: now,
                    })
            },
        };
        self.0.insert(issuer.bare().into(), answer);
    }

    /// Whether an issuer has been asked at `when` or later.
    pub fn asked_since(&self, issuer: &ProviderUrl, when: Timestamp) -> bool {
        self.0
            .get(issuer.bare())
            .is_some_and(|answer| answer.asked >= when)
    }

    /// An issuer's keys, if they are known and fresh.
    pub(super) fn keys(&self, issuer: &str, now: Timestamp) -> Option<&KeySet> {
        let answer = self.0.get(issuer).filter(|answer| answer.fresh_until > now)?;
        answer.keys.as_deref()
    }

    /// Whether the issuer has to be asked before a token of this header can be verified or refused.
    pub(super) fn must_ask(
        &self,
        issuer: &str,
        key: Option<&str>,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> bool {
        let Some(answer) = self.0.get(issuer) else {
            return true;
        };
        let again = match self.keys(issuer, now) {
            Some(keys) if keys.knows(key, algorithm) => return false,
            Some(_) => REFETCH,
            None => RETRY,
        };
        now >= answer.asked.plus(again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}"#;

    fn url() -> ProviderUrl {
        "https://issuer.example".parse().unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn asks(issuers: &Issuers, key: &str, seconds: i64) -> bool {
        issuers.must_ask("issuer.example", Some(key), Algorithm::Es256, at(seconds))
    }

    fn answered(fresh: u64) -> Issuers {
        let mut issuers = Issuers::default();
        let keys = KeySet::parse(KEYS.as_bytes()).unwrap();
        issuers.learn(&url(), Some((keys, Duration::from_secs(fresh))), at(0));
        issuers
    }

    #[test]
    fn keys_are_asked_for_once_while_they_are_fresh() {
        assert!(asks(&Issuers::default(), "1", 0));
        let issuers = answered(600);
        assert!(!asks(&issuers, "1", 599));
        assert!(asks(&issuers, "1", 600));
        assert!(issuers.keys("issuer.example", at(600)).is_none());
    }

    #[test]
    fn freshness_is_between_five_minutes_and_a_day() {
        assert!(!asks(&answered(0), "1", 299));
        assert!(asks(&answered(u64::MAX / 2000), "1", 86_400));
    }

    #[test]
    fn an_unknown_key_is_asked_for_once_a_minute() {
        let issuers = answered(600);
        assert!(!asks(&issuers, "2", 59));
        assert!(asks(&issuers, "2", 60));
    }

    #[test]
    fn an_issuer_that_is_down_is_left_alone_for_a_while_and_its_keys_live_on() {
        let mut issuers = Issuers::default();
        issuers.learn(&url(), None, at(0));
        assert!(!asks(&issuers, "1", 14));
        assert!(asks(&issuers, "1", 15));
        let mut issuers = answered(600);
        issuers.learn(&url(), None, at(100));
        assert!(issuers.keys("issuer.example", at(100)).is_some());
        issuers.learn(&url(), None, at(600));
        assert!(issuers.keys("issuer.example", at(600)).is_none());
        assert!(!asks(&issuers, "1", 601));
    }
}
