//! Waiting longer each time, and never quite as long as the neighbour.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The pauses between attempts: twice as long each time, of which a random half.
#[derive(Debug)]
pub struct Backoff {
    next: Duration,
    longest: Duration,
    left: u32,
}

impl Backoff {
    /// For a call that is throttled: five attempts, so four pauses.
    pub fn of_call() -> Backoff {
        Backoff::new(Duration::from_millis(400), Duration::from_secs(10), 4)
    }

    /// For who waits for as long as it takes.
    pub fn endless() -> Backoff {
        Backoff::new(Duration::from_millis(500), Duration::from_secs(30), u32::MAX)
    }

    /// Pauses of at most `first`, then twice that, up to `longest`; after so many it is time to give up.
    pub fn new(first: Duration, longest: Duration, pauses: u32) -> Backoff {
        Backoff {
            next: first,
            longest,
            left: pauses,
        }
    }

    /// The next pause; `None` when it is time to give up.
    pub fn pause(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let half = self.next / 2;
        self.next = (self.next * 2).min(self.longest);
        Some(half + half.mul_f64(chance()))
    }
}

/// A pause of up to `longest`, so that those who lost the same server do not come back at once.
pub fn spread(longest: Duration) -> Duration {
    longest.mul_f64(chance())
}

/// Between 0 and 1: the clock's fraction is as good as dice for keeping clients apart.
fn chance() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    f64::from(since.subsec_nanos() % 1_000_000) / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_pauses_four_times_ever_longer() {
        let mut backoff = Backoff::of_call();
        let pauses: Vec<Duration> = std::iter::from_fn(|| backoff.pause()).collect();
        assert_eq!(pauses.len(), 4);
        for (pause, longest) in pauses.iter().zip([400, 800, 1600, 3200]) {
            let longest = Duration::from_millis(longest);
            assert!(
                *pause >= longest / 2 && *pause <= longest,
                "{pause:?} of {longest:?}"
            );
        }
    }
}
