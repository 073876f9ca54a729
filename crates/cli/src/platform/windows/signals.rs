//! What a console tells its processes, and what that is to a session.

use std::io;
use std::time::Duration;

use kagiban_session::payload::Size;
use tokio::signal::windows::{
    CtrlBreak, CtrlC, CtrlClose, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown,
};
use tokio::time::{Interval, interval};

use super::terminal;
use crate::platform::Signalled;

/// A console tells nobody of its size who reads it as a stream of bytes: it is looked at so often.
const GLANCE: Duration = Duration::from_millis(500);

/// What a shell hears.
pub(crate) struct Signals {
    interrupt: CtrlC,
    leave: Leave,
    glance: Interval,
    size: Size,
}

/// What ends a session that is no shell.
pub(crate) struct Endings {
    interrupt: CtrlC,
    leave: Leave,
}

/// What ends every session.
struct Leave {
    broken: CtrlBreak,
    close: CtrlClose,
    shutdown: CtrlShutdown,
}

impl Signals {
    /// From now on.
    ///
    /// # Errors
    ///
    /// If the system tells nothing.
    pub(crate) fn new() -> io::Result<Signals> {
        Ok(Signals {
            interrupt: ctrl_c()?,
            leave: Leave::new()?,
            glance: interval(GLANCE),
            size: terminal::size(),
        })
    }

    /// The next one. May be dropped without losing one.
    pub(crate) async fn next(&mut self) -> Signalled {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return Signalled::Byte(0x03),
                () = self.leave.next() => return Signalled::Leave,
                _ = self.glance.tick() => {
                    let size = terminal::size();
                    if size != self.size {
                        self.size = size;
                        return Signalled::Resize;
                    }
                }
            }
        }
    }
}

impl Endings {
    /// From now on.
    ///
    /// # Errors
    ///
    /// If the system tells nothing.
    pub(crate) fn new() -> io::Result<Endings> {
        Ok(Endings {
            interrupt: ctrl_c()?,
            leave: Leave::new()?,
        })
    }

    /// Waits for one. May be dropped without losing it.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            () = self.leave.next() => (),
        }
    }
}

impl Leave {
    fn new() -> io::Result<Leave> {
        Ok(Leave {
            broken: ctrl_break()?,
            close: ctrl_close()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.broken.recv() => (),
            _ = self.close.recv() => (),
            _ = self.shutdown.recv() => (),
        }
    }
}
