//! AWS's quotas, for accounts that choose to be held to them (`act-like-aws`): how many requests a
//! second, and how many parameters.
//!
//! Requests are counted for each account, Region and kind of request in token buckets: a bucket holds
//! one second's worth, so that much may come at once. The clock is an argument; nothing here waits.
//!
//! Source: AWS General Reference, "AWS Systems Manager endpoints and quotas", Parameter Store; the
//! message is AWS's. AWS does not publish what is allowed of the operations that only list and
//! describe, nor how its buckets refill.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use kagiban_aws::{Fault, Timestamp};
use kagiban_iam::Scope;

use crate::State;
use crate::tier::Tier;

/// Requests that are counted together.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Class {
    /// GetParameter; with GetParameters and GetParametersByPath where throughput is not high.
    GetParameter,
    /// GetParameters.
    GetParameters,
    /// GetParametersByPath.
    GetParametersByPath,
    /// PutParameter.
    PutParameter,
    /// Everything else, each operation by itself.
    Other(&'static str),
}

/// What a class may use of an account's second, and what it shares it with.
struct Quota {
    shared: Class,
    per_second: u32,
}

// UNSURE: AWS publishes no number for the other operations of Parameter Store.
const OTHERS: u32 = 10;

impl Class {
    /// The class of one of Parameter Store's operations.
    pub fn of(operation: &'static str) -> Class {
        match operation {
            "GetParameter" => Class::GetParameter,
            "GetParameters" => Class::GetParameters,
            "GetParametersByPath" => Class::GetParametersByPath,
            "PutParameter" => Class::PutParameter,
            other => Class::Other(other),
        }
    }

    fn quota(self, high_throughput: bool) -> Quota {
        let (shared, per_second) = match (self, high_throughput) {
            (Class::GetParameter | Class::GetParameters | Class::GetParametersByPath, false) => {
                (Class::GetParameter, 40)
            }
            (Class::GetParameter, true) => (self, 10_000),
            (Class::GetParameters, true) => (self, 1_000),
            (Class::GetParametersByPath, true) => (self, 100),
            (Class::PutParameter, false) => (self, 3),
            (Class::PutParameter, true) => (self, 10),
            (Class::Other(_), _) => (self, OTHERS),
        };
        Quota { shared, per_second }
    }
}

/// How much is left of a second.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Thousandths of requests.
    left: u64,
    at: Timestamp,
}

/// How many parameters of a tier AWS lets an account have in a Region.
fn most(tier: Tier) -> usize {
    match tier {
        Tier::Standard => 10_000,
        Tier::Advanced => 100_000,
    }
}

/// Whether an account that chose to be held to it has no room for another parameter of the tier.
pub(crate) fn is_full(state: &State, scope: Scope, tier: Tier) -> bool {
    let count = || {
        state
            .parameters(scope)
            .map_or(0, |parameters| parameters.count(tier))
    };
    state.settings(scope).act_like_aws && count() >= most(tier)
}

/// What accounts have used of their quotas lately.
#[derive(Debug, Default)]
pub struct Throttle {
    buckets: Mutex<HashMap<(Scope, Class), Bucket>>,
}

impl Throttle {
    /// Counts a request, if its account has chosen to be throttled.
    ///
    /// # Errors
    ///
    /// AWS's `ThrottlingException` if there have been too many.
    pub fn admit(&self, state: &State, scope: Scope, class: Class, now: Timestamp) -> Result<(), Fault> {
        let settings = state.settings(scope);
        if !settings.act_like_aws {
            return Ok(());
        }
        match self.take(scope, &class.quota(state.has_high_throughput(scope)), now) {
            true => Ok(()),
            false => Err(Fault::sender("ThrottlingException", "Rate exceeded")),
        }
    }

    fn take(&self, scope: Scope, quota: &Quota, now: Timestamp) -> bool {
        let full = u64::from(quota.per_second) * 1000;
        // Nothing in here panics, and a count that is off would do no harm.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry((scope, quota.shared))
            .or_insert(Bucket { left: full, at: now });
        // A clock that was set back refills nothing.
        let waited = u64::try_from(now.millis().saturating_sub(bucket.at.millis())).unwrap_or(0);
        let refilled = waited.saturating_mul(u64::from(quota.per_second));
        bucket.left = bucket.left.saturating_add(refilled).min(full);
        bucket.at = now;
        match bucket.left.checked_sub(1000) {
            Some(left) => {
                bucket.left = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kagiban_aws::Region;

    use super::*;

    fn scope(account: &str) -> Scope {
        Scope {
            account: account.parse().unwrap(),
            region: Region::us_east_1(),
        }
    }

    /// How many of 50,000 requests at one moment are let through.
    fn admitted(throttle: &Throttle, account: &str, class: Class, high: bool, now: Timestamp) -> usize {
        let take = |_: &_| throttle.take(scope(account), &class.quota(high), now);
        (0..50_000).filter(take).count()
    }

    const NOW: Timestamp = Timestamp::from_seconds(1_000);
    const A: &str = "111122223333";

    #[test]
    fn forty_reads_a_second_are_shared_by_the_three_kinds() {
        let throttle = Throttle::default();
        assert_eq!(admitted(&throttle, A, Class::GetParameters, false, NOW), 40);
        for class in [Class::GetParameter, Class::GetParametersByPath] {
            assert_eq!(admitted(&throttle, A, class, false, NOW), 0, "{class:?}");
        }
        let later = |millis| NOW.plus(Duration::from_millis(millis));
        assert_eq!(admitted(&throttle, A, Class::GetParameter, false, later(100)), 4);
        assert_eq!(
            admitted(&throttle, A, Class::GetParameter, false, later(3_600_000)),
            40
        );
        assert_eq!(
            admitted(&throttle, A, Class::GetParameter, false, NOW),
            0,
            "the clock was set back"
        );
    }

    #[test]
    fn accounts_and_kinds_do_not_take_from_each_other() {
        let throttle = Throttle::default();
        assert_eq!(admitted(&throttle, A, Class::GetParameter, false, NOW), 40);
        assert_eq!(
            admitted(&throttle, "999999999999", Class::GetParameter, false, NOW),
            40
        );
        assert_eq!(admitted(&throttle, A, Class::PutParameter, false, NOW), 3);
        assert_eq!(
            admitted(&throttle, A, Class::of("DescribeParameters"), false, NOW),
            10
        );
        assert_eq!(
            admitted(&throttle, A, Class::of("DeleteParameter"), false, NOW),
            10
        );
    }

    #[test]
    fn high_throughput_counts_each_kind_by_itself() {
        let throttle = Throttle::default();
        for (operation, expected) in [
            ("GetParameter", 10_000),
            ("GetParameters", 1_000),
            ("GetParametersByPath", 100),
            ("PutParameter", 10),
        ] {
            let class = Class::of(operation);
            assert_eq!(admitted(&throttle, A, class, true, NOW), expected, "{operation}");
        }
    }

    #[test]
    fn slow_callers_are_never_throttled() {
        let throttle = Throttle::default();
        for request in 0..1_000 {
            let now = NOW.plus(Duration::from_millis(334 * request));
            assert!(
                throttle.take(scope(A), &Class::PutParameter.quota(false), now),
                "{request}"
            );
        }
    }

    #[test]
    fn who_did_not_choose_it_is_not_throttled() {
        let (throttle, state) = (Throttle::default(), State::default());
        for _ in 0..1_000 {
            assert_eq!(throttle.admit(&state, scope(A), Class::PutParameter, NOW), Ok(()));
        }
    }
}
