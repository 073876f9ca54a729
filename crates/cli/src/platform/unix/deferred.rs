//! Signals that wait while the terminal is not as it was: those that would end or stop this process.
//!
//! At all other times they have their default effect, as long as nobody else in this process hears them. A
//! handler that was installed once stays for good, so that the effect is brought about by hand from then on.

use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::flag;
use signal_hook::low_level::emulate_default_handler;

const ENDS: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

static HANDLED: OnceLock<Vec<Handled>> = OnceLock::new();

/// A bit for each signal that somebody else hears.
static HEARD: AtomicU64 = AtomicU64::new(0);

/// A signal, and what its handlers know.
struct Handled {
    signal: i32,
    /// Whether it has its default effect at once.
    has_effect: Arc<AtomicBool>,
    /// Whether it has come.
    has_come: Arc<AtomicBool>,
}

/// For whoever hears these signals by now: they shall have their default effect no more.
pub(crate) fn hear(signals: &[i32]) {
    let heard = signals.iter().fold(0, |mask, signal| mask | bit(*signal));
    HEARD.fetch_or(heard, Ordering::SeqCst);
    HANDLED.get().into_iter().flatten().for_each(Handled::take_effect);
}

/// They wait until this is dropped.
pub(super) struct Deferred(&'static [Handled]);

impl Deferred {
    /// From now on.
    ///
    /// # Errors
    ///
    /// If the system does not let signals be handled.
    pub(super) fn new() -> io::Result<Deferred> {
        let handled = match HANDLED.get() {
            Some(handled) => handled,
            None => {
                let handled = handle()?;
                HANDLED.get_or_init(|| handled)
            }
        };
        for handled in handled {
            handled.has_come.store(false, Ordering::SeqCst);
            handled.has_effect.store(false, Ordering::SeqCst);
        }
        Ok(Deferred(handled))
    }

    /// Whether one has come that ends this process.
    pub(super) fn is_end(&self) -> bool {
        self.end().is_some()
    }

    fn end(&self) -> Option<&Handled> {
        let mut ends = self.0.iter().filter(|handled| ENDS.contains(&handled.signal));
        ends.find(|handled| handled.has_come.load(Ordering::SeqCst))
    }

    /// Whether one has come that stops it for a while; tells it once.
    pub(super) fn is_stop(&self) -> bool {
        let mut stops = self.0.iter().filter(|handled| handled.signal == SIGTSTP);
        stops.any(|handled| handled.has_come.swap(false, Ordering::SeqCst))
    }

    /// Stops this process, and comes back when it goes on.
    ///
    /// # Errors
    ///
    /// As the system says.
    pub(super) fn stop(&self) -> io::Result<()> {
        emulate_default_handler(SIGTSTP)
    }
}

impl Drop for Deferred {
    fn drop(&mut self) {
        self.0.iter().for_each(Handled::take_effect);
        if let Some(end) = self.end().filter(|end| !end.is_heard()) {
            // It ends this process; the system knows it.
            let _unknown = emulate_default_handler(end.signal);
        }
    }
}

impl Handled {
    fn is_heard(&self) -> bool {
        HEARD.load(Ordering::SeqCst) & bit(self.signal) != 0
    }

    /// At once from now on, unless somebody else hears it.
    fn take_effect(&self) {
        self.has_effect.store(!self.is_heard(), Ordering::SeqCst);
    }
}

/// What is ignored stays so: the commands that are started do not ignore a signal that is handled here.
fn handle() -> io::Result<Vec<Handled>> {
    let ignored = ignored();
    let signals = ENDS.into_iter().chain([SIGTSTP]);
    let signals = signals.filter(|signal| ignored & bit(*signal) == 0);
    let handled = signals.map(|signal| {
        let handled = Handled {
            signal,
            has_effect: Arc::default(),
            has_come: Arc::default(),
        };
        handled.take_effect();
        flag::register(signal, Arc::clone(&handled.has_come))?;
        flag::register_conditional_default(signal, Arc::clone(&handled.has_effect))?;
        Ok(handled)
    });
    handled.collect()
}

fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

/// A bit for each signal that this process ignores, as after `nohup`.
// UNSURE: Linux alone says so; elsewhere, a signal that is ignored is heard after a hidden prompt.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or(0)
}
