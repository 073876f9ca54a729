//! The background thread: writes what can wait, flushes, rolls segments, and tries again.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use super::log::Shared;

/// How long a record of [`Urgency::Soon`](super::Urgency::Soon) may stay in memory.
const WRITE_EVERY: Duration = Duration::from_millis(50);
/// How long a record may stay off the disk.
const FLUSH_EVERY: Duration = Duration::from_millis(900);

/// Starts the thread; it holds the directory's lock until it ends.
pub(super) fn start(shared: Arc<Shared>, lock: File) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("audit".to_owned()).spawn(move || {
        let _lock = lock;
        Flusher {
            shared,
            flushed_at: Instant::now(),
        }
        .run();
    })
}

struct Flusher {
    shared: Arc<Shared>,
    flushed_at: Instant,
}

impl Flusher {
    fn run(&mut self) {
        loop {
            let stopping = self.shared.stopping.load(Ordering::Acquire);
            self.round(stopping);
            if stopping {
                return;
            }
            self.rest();
        }
    }

    /// Sleeps until something is appended, or for as long as what was appended may wait.
    fn rest(&self) {
        if self.is_clean() {
            self.shared.stirred.store(false, Ordering::Release);
            // Who appended in between found the flag still set and did not wake us: look again.
            if self.is_clean() && !self.hurried() {
                self.sleep_until_woken();
                return;
            }
        }
        let until = Instant::now() + WRITE_EVERY;
        while !self.hurried() {
            match until.checked_duration_since(Instant::now()) {
                Some(left) if !left.is_zero() => thread::park_timeout(left),
                _ => break,
            }
        }
    }

    fn sleep_until_woken(&self) {
        while !self.hurried() && !self.shared.stirred.load(Ordering::Acquire) {
            thread::park();
        }
    }

    fn hurried(&self) -> bool {
        self.shared.hurried.load(Ordering::Acquire) || self.shared.stopping.load(Ordering::Acquire)
    }

    fn is_clean(&self) -> bool {
        self.shared.flushed.borrow().sequence == self.shared.last_sequence()
    }

    /// Writes; flushes if it is time, somebody waits for it or this is the end; rolls if it must.
    fn round(&mut self, last: bool) {
        let hurried = self.shared.hurried.swap(false, Ordering::AcqRel);
        let was_failing = self.shared.failing.load(Ordering::Relaxed);
        let (sequence, file) = match self.shared.write_waiting() {
            Ok(written) => written,
            Err(error) => return complain(was_failing, &error),
        };
        if was_failing && !self.shared.failing.load(Ordering::Relaxed) {
            tracing::info!("the audit log can be written again");
        }
        let is_due = last || hurried || self.flushed_at.elapsed() >= FLUSH_EVERY;
        if is_due && self.shared.flushed.borrow().sequence < sequence {
            self.flush(sequence, &file);
        }
    }

    fn flush(&mut self, sequence: u64, file: &File) {
        self.flushed_at = Instant::now();
        if self.shared.sync(file).is_err() {
            return; // said where it happened
        }
        self.shared.flushed.send_modify(|state| state.sequence = sequence);
        if let Err(error) = self.shared.roll(SystemTime::now()) {
            tracing::warn!(%error, "the audit log cannot begin a new segment; the present one grows on");
        }
    }
}

fn complain(already: bool, error: &io::Error) {
    if !already {
        tracing::error!(%error, "the audit log cannot be written; requests are refused until it can");
    }
}
