//! Operations that may take a processor for long, such as the search for an RSA key.
//!
//! The thread that read such a request is left to the other requests, and only so many run at a
//! time that a processor remains for those; the rest wait their turn.

use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::block_in_place;

/// Turns for slow operations.
pub(super) struct Slow(Semaphore);

impl Slow {
    /// As many turns as there are processors but one; one if there is only one.
    pub(super) fn new() -> Slow {
        let processors = available_parallelism().map_or(1, usize::from);
        Slow(Semaphore::new(processors.saturating_sub(1).max(1)))
    }

    /// Waits for a turn, then works without holding up the tasks of this thread.
    pub(super) async fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        let _turn = self.0.acquire().await.expect("nobody closes it");
        block_in_place(work)
    }
}
