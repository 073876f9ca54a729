use std::time::Duration;

/// How long a round trip takes, and how long to wait before sending again: as AWS's peers reckon it.
#[derive(Debug)]
pub(super) struct RoundTrip {
    smooth: f64,
    variation: f64,
    timeout: f64,
    doublings: u32,
}

const GRANULARITY_MS: f64 = 10.0;
const LONGEST_MS: f64 = 1000.0;

impl RoundTrip {
    pub(super) fn new() -> RoundTrip {
        RoundTrip {
            smooth: 100.0,
            variation: 0.0,
            timeout: 200.0,
            doublings: 0,
        }
    }

    /// An acknowledgement came after this long, for a message that was sent once.
    pub(super) fn sample(&mut self, took: Duration) {
        let took = took.as_secs_f64() * 1000.0;
        self.variation = 0.75 * self.variation + 0.25 * (self.smooth - took).abs();
        self.smooth = 0.875 * self.smooth + 0.125 * took;
        self.timeout = (self.smooth + GRANULARITY_MS.max(4.0 * self.variation)).min(LONGEST_MS);
    }

    /// Something was acknowledged: the way is open.
    pub(super) fn progress(&mut self) {
        self.doublings = 0;
    }

    /// Nothing came within the timeout.
    pub(super) fn expired(&mut self) {
        // DIFFERS: the peers send again every second at the latest, for ever. When nothing at all comes
        // back, that only feeds a queue; four seconds are soon enough for what was lost.
        self.doublings = (self.doublings + 1).min(5);
    }

    pub(super) fn timeout(&self) -> Duration {
        let doubled = self.timeout * f64::from(1u32 << self.doublings);
        Duration::from_secs_f64(doubled.min(4.0 * LONGEST_MS) / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timeout_follows_the_samples() {
        let mut trip = RoundTrip::new();
        assert_eq!(trip.timeout(), Duration::from_millis(200));
        trip.sample(Duration::from_millis(180));
        // variation 20, smooth 110
        assert_eq!(trip.timeout(), Duration::from_millis(190));
        for _ in 0..100 {
            trip.sample(Duration::from_millis(1));
        }
        assert!(trip.timeout() < Duration::from_millis(12), "{trip:?}");
        trip.sample(Duration::from_secs(60));
        assert_eq!(trip.timeout(), Duration::from_secs(1));
    }

    #[test]
    fn silence_doubles_it_until_something_comes() {
        let mut trip = RoundTrip::new();
        for _ in 0..9 {
            trip.expired();
        }
        assert_eq!(trip.timeout(), Duration::from_secs(4));
        trip.progress();
        assert_eq!(trip.timeout(), Duration::from_millis(200));
    }
}
