//! Signals, and what they are to a session.

use std::io;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::deferred;
use crate::platform::Signalled;

/// What a shell hears.
pub(crate) struct Signals {
    interrupt: Signal,
    quit: Signal,
    stop: Signal,
    resize: Signal,
    terminate: Signal,
    hangup: Signal,
}

/// What ends a session that is no shell.
pub(crate) struct Endings {
    interrupt: Signal,
    terminate: Signal,
    /// What ssh sends to its ProxyCommand.
    hangup: Signal,
}

impl Signals {
    /// From now on.
    ///
    /// # Errors
    ///
    /// If the system lets nobody wait for signals.
    pub(crate) fn new() -> io::Result<Signals> {
        let signals = Signals {
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            stop: signal(SignalKind::from_raw(SIGTSTP))?,
            resize: signal(SignalKind::window_change())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        };
        deferred::hear(&[SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP]);
        Ok(signals)
    }

    /// The next one. May be dropped without losing one.
    pub(crate) async fn next(&mut self) -> Signalled {
        tokio::select! {
            _ = self.interrupt.recv() => Signalled::Byte(0x03),
            _ = self.quit.recv() => Signalled::Byte(0x1c),
            _ = self.stop.recv() => Signalled::Byte(0x1a),
            _ = self.resize.recv() => Signalled::Resize,
            _ = self.terminate.recv() => Signalled::Leave,
            _ = self.hangup.recv() => Signalled::Leave,
        }
    }
}

impl Endings {
    /// From now on.
    ///
    /// # Errors
    ///
    /// If the system lets nobody wait for signals.
    pub(crate) fn new() -> io::Result<Endings> {
        let endings = Endings {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        };
        deferred::hear(&[SIGHUP, SIGINT, SIGTERM]);
        Ok(endings)
    }

    /// Waits for one. May be dropped without losing it.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
            _ = self.hangup.recv() => (),
        }
    }
}
