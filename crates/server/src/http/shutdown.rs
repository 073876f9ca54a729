use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// The word that the server is stopping; clones share it.
///
/// Connections look at it on every wake-up, so looking is one load of a flag that never changes.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    begun: AtomicBool,
    bell: Notify,
}

impl Shutdown {
    /// A server that goes on for now.
    pub fn new() -> Shutdown {
        Shutdown::default()
    }

    /// Says that the server is stopping. Once is enough; more does no harm.
    pub fn begin(&self) {
        self.0.begun.store(true, Ordering::Release);
        self.0.bell.notify_waiters();
    }

    /// Whether the server is stopping.
    pub fn has_begun(&self) -> bool {
        self.0.begun.load(Ordering::Acquire)
    }

    /// Returns once the server is stopping.
    pub async fn begun(&self) {
        // Listening before looking: a bell rung in between is heard.
        let bell = self.0.bell.notified();
        if !self.has_begun() {
            bell.await;
        }
    }
}
