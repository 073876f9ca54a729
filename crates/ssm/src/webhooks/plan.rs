//! When a delivery that failed is tried again.

use std::time::Duration;

/// How often a delivery is tried.
const ATTEMPTS: u32 = 10;
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// How old a delivery may become, if nobody says otherwise.
pub const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How long to pause after the attempt of this number, the first being 1; none to give up.
///
/// None either if the delivery, `age` old by now, would be older than `lifetime` by then. It begins at about a second and grows fourfold up to an hour: ten attempts take some four hours. `random`
/// spreads the pauses over a quarter, so that many deliveries do not come back at once.
pub fn pause(attempt: u32, age: Duration, lifetime: Duration, random: u32) -> Option<Duration> {
    let growth = 4_u32.saturating_pow(attempt.saturating_sub(1));
    let pause = Duration::from_secs(growth.into()).min(LONGEST);
    let jitter = pause.mul_f64(f64::from(random) / f64::from(u32::MAX) / 4.0);
    let pause = pause - jitter;
    (attempt < ATTEMPTS && age + pause <= lifetime).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moments of all attempts by a clock that only the pauses and the attempts move.
    fn attempts(each: Duration, random: u32) -> Vec<Duration> {
        let (mut now, mut moments) = (Duration::ZERO, Vec::new());
        for attempt in 1.. {
            moments.push(now);
            now += each;
            match pause(attempt, now, LIFETIME, random) {
                Some(pause) => now += pause,
                None => break,
            }
        }
        moments
    }

    #[test]
    fn pauses_grow_from_a_second_to_an_hour_and_end_after_ten_attempts() {
        let seconds: Vec<u64> = attempts(Duration::ZERO, 0)
            .iter()
            .map(Duration::as_secs)
            .collect();
        assert_eq!(seconds, [0, 1, 5, 21, 85, 341, 1365, 4965, 8565, 12165]);
    }

    #[test]
    fn chance_shortens_a_pause_by_a_quarter_at_most() {
        for attempt in 1..10 {
            let [full, least] =
                [0, u32::MAX].map(|random| pause(attempt, Duration::ZERO, LIFETIME, random).unwrap());
            assert_eq!(least, full.mul_f64(0.75));
        }
    }

    #[test]
    fn a_delivery_is_given_up_after_a_day_however_few_attempts_it_had() {
        let slow = attempts(Duration::from_secs(5 * 60 * 60), 0);
        assert!(slow.len() < 10);
        assert!(*slow.last().unwrap() <= LIFETIME);
    }
}
