//! How fast a direction of a session may go, if the operator has set a limit.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// One direction's budget: a second's worth may go at once.
#[derive(Debug)]
pub(super) struct Pace(Option<Limit>);

#[derive(Debug)]
struct Limit {
    bytes_per_second: u64,
    /// When what has been let through so far has been paid for.
    paid: Mutex<Instant>,
}

impl Pace {
    pub(super) fn new(bytes_per_second: Option<u64>) -> Pace {
        Pace(bytes_per_second.map(|bytes_per_second| Limit {
            bytes_per_second: bytes_per_second.max(1),
            paid: Mutex::new(Instant::now()),
        }))
    }

    /// Waits until so many bytes may go.
    pub(super) async fn wait(&self, bytes: usize) {
        if let Some(limit) = &self.0 {
            sleep_until(limit.book(bytes, Instant::now())).await;
        }
    }
}

impl Limit {
    /// When bytes that come now may go.
    fn book(&self, bytes: usize, now: Instant) -> Instant {
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        let cost = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second as f64);
        let burst = Duration::from_secs(1);
        *paid = (*paid).max(now.checked_sub(burst).unwrap_or(now)) + cost;
        (*paid).max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_seconds_worth_goes_at_once_and_the_rest_at_the_pace() {
        let pace = Pace::new(Some(1000));
        let limit = pace.0.as_ref().unwrap();
        let now = Instant::now() + Duration::from_secs(10);
        assert_eq!(limit.book(1000, now), now);
        assert_eq!(limit.book(500, now), now + Duration::from_millis(500));
        assert_eq!(limit.book(500, now), now + Duration::from_secs(1));
        let later = now + Duration::from_secs(60);
        assert_eq!(limit.book(10, later), later, "no more than a second is saved up");
    }
}
