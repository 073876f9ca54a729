//! When the channel is dialled again, and what is said if another agent is after it.
//!
//! A channel that is lost comes back soon. One that the server has closed because a newer connection of the
//! same node has taken it over is another matter: this process made none, so another one did, most likely
//! on a copy of this machine's disk. Each of the two would take the channel from the other as fast as it can
//! dial, and a hundred clones of one image would be a storm. So whoever loses it so waits longer each time,
//! and says what is wrong until somebody sees it.

use std::time::Duration;

use kagiban_client::{Backoff, spread};

/// A channel that lasted as long was well.
const WELL: Duration = Duration::from_secs(60);

/// A channel that nobody has taken for as long is not fought over any more.
const PEACE: Duration = Duration::from_secs(15 * 60);

/// So often it has to happen before more is said: an old process of this very agent may linger once.
const SUSPICIOUS: u32 = 2;

/// Then it is said again each time it has happened so often.
const AGAIN: u32 = 20;

/// How a channel has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Loss {
    /// It broke, was closed, or could not be opened.
    Ordinary,
    /// A newer connection of this node has it.
    TakenOver,
}

/// What is known of the channels so far.
pub(super) struct Holding {
    ordinary: Backoff,
    contended: Backoff,
    /// How often in a row the channel was taken over.
    taken_over: u32,
}

impl Holding {
    pub(super) fn new() -> Holding {
        Holding {
            ordinary: patience(),
            contended: contended(),
            taken_over: 0,
        }
    }

    /// A channel is gone, or was not there, after so long; returns how long to wait.
    pub(super) fn lost(&mut self, loss: Loss, lasted: Duration) -> Duration {
        match loss {
            Loss::TakenOver => {
                if lasted >= PEACE {
                    (self.contended, self.taken_over) = (contended(), 0);
                }
                self.taken_over += 1;
                self.contended.pause().unwrap_or(WELL)
            }
            Loss::Ordinary if lasted >= WELL => {
                self.ordinary = patience();
                spread(Duration::from_secs(2))
            }
            Loss::Ordinary => self.ordinary.pause().unwrap_or(WELL),
        }
    }

    /// How often another agent has taken the channel, when it is time to say so.
    pub(super) fn suspicion(&self) -> Option<u32> {
        let count = self.taken_over;
        let is_due = count == SUSPICIOUS || (count > 0 && count.is_multiple_of(AGAIN));
        is_due.then_some(count)
    }
}

/// At first within a second, at last within 20 seconds.
fn patience() -> Backoff {
    Backoff::new(Duration::from_secs(1), Duration::from_secs(20), u32::MAX)
}

/// At last within 40 seconds: so that the server, which looks at two minutes, sees that it goes on.
fn contended() -> Backoff {
    Backoff::new(Duration::from_secs(2), Duration::from_secs(40), u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::from_secs(5);

    #[test]
    fn a_channel_that_others_take_is_dialled_ever_more_seldom() {
        let mut holding = Holding::new();
        let pauses: Vec<Duration> = (0..8).map(|_| holding.lost(Loss::TakenOver, MOMENT)).collect();
        assert!(pauses[0] <= Duration::from_secs(2), "{pauses:?}");
        let at_last = &pauses[6..];
        assert!(
            at_last.iter().all(|pause| (20..=40).contains(&pause.as_secs())),
            "{pauses:?}"
        );
        // Also if it is held for a while in between: that is what the pauses of the others do.
        assert!(holding.lost(Loss::TakenOver, WELL * 2) >= Duration::from_secs(20));
        assert!(holding.lost(Loss::TakenOver, PEACE) <= Duration::from_secs(2));
    }

    #[test]
    fn it_is_said_early_and_now_and_then() {
        let mut holding = Holding::new();
        let said = (0..60).filter_map(|_| {
            holding.lost(Loss::TakenOver, MOMENT);
            holding.suspicion()
        });
        assert_eq!(said.collect::<Vec<_>>(), [2, 20, 40, 60]);
    }

    #[test]
    fn a_server_that_was_away_is_back_with_its_agents_soon() {
        let mut holding = Holding::new();
        for _ in 0..20 {
            holding.lost(Loss::Ordinary, Duration::ZERO);
        }
        assert!(holding.lost(Loss::Ordinary, MOMENT) >= Duration::from_secs(10));
        assert!(holding.lost(Loss::Ordinary, WELL) <= Duration::from_secs(2));
        assert_eq!(holding.suspicion(), None);
    }
}
