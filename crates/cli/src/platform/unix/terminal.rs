//! The terminal: raw while a session has it, and put back in whatever way that ends.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::sync::{Mutex, Once, PoisonError};

use kagiban_session::payload::Size;
use rustix::process::{Signal, kill_current_process_group};
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr};

/// How the terminal was before; here, and not in the guard, for a panic on another thread.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// The terminal itself, whatever standard input and output are: what a person types, and what they see.
///
/// # Errors
///
/// If there is none.
pub(crate) fn person() -> io::Result<(File, File)> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    Ok((terminal.try_clone()?, terminal))
}

/// The name of what all processes of this login have in common, which is a session of processes.
pub(crate) fn name() -> String {
    format!("terminal-{}", group_and_session().1)
}

/// This process's group and session; 0 where they were begun outside of this PID namespace, as in a container,
/// which rustix takes for impossible.
#[cfg(target_os = "linux")]
fn group_and_session() -> (i32, i32) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name, in brackets, may have anything in it; the state and the parent come before.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let mut numbers = fields
        .split_whitespace()
        .skip(2)
        .map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[cfg(not(target_os = "linux"))]
fn group_and_session() -> (i32, i32) {
    use rustix::process::{getpgrp, getsid};

    let session = getsid(None).map_or(0, |session| session.as_raw_nonzero().get());
    (getpgrp().as_raw_nonzero().get(), session)
}

/// Waits until the terminal is given to this process, if it runs in the background: stopped with the lock
/// in its hands, it would stop all others.
pub(crate) fn come_forward() {
    let (own, _) = group_and_session();
    let is_behind = |terminal| tcgetpgrp(terminal).is_ok_and(|group| group.as_raw_nonzero().get() != own);
    if person().is_ok_and(|(terminal, _)| is_behind(terminal)) {
        // Where that is ignored, the terminal itself will refuse.
        let _ = kill_current_process_group(Signal::TTIN);
    }
}

/// A terminal in raw mode; as it was again when this is dropped.
pub(crate) struct Raw(());

impl Raw {
    /// Makes the terminal of standard input raw; `None` if it is none.
    pub(crate) fn of_input() -> Option<Raw> {
        let stdin = io::stdin();
        let before = tcgetattr(stdin.as_fd()).ok()?;
        let mut raw = before.clone();
        raw.make_raw();
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let then = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                restore();
                then(panic);
            }));
        });
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
        tcsetattr(stdin.as_fd(), OptionalActions::Now, &raw).ok()?;
        Some(Raw(()))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        restore();
    }
}

fn restore() {
    let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(before) = before {
        // If it has gone away, there is nothing to put back.
        let _gone = tcsetattr(io::stdin().as_fd(), OptionalActions::Now, &before);
    }
}

/// Whether something can be read from standard input at this moment.
pub(crate) fn has_input() -> bool {
    rustix::io::ioctl_fionread(io::stdin().as_fd()).is_ok_and(|bytes| bytes > 0)
}

/// The terminal's size, whichever stream it is; without one, what AWS's plugin says.
pub(crate) fn size() -> Size {
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    let streams = [stdout.as_fd(), stdin.as_fd(), stderr.as_fd()];
    let mut sizes = streams.iter().filter(|stream| isatty(stream)).map(tcgetwinsize);
    let size = sizes.find_map(Result::ok);
    let size = size.map(|size| Size {
        cols: size.ws_col,
        rows: size.ws_row,
    });
    size.filter(|size| size.cols > 0 && size.rows > 0)
        .unwrap_or(Size::NO_TERMINAL)
}

/// Waits for standard input and reads some of it; nothing is its end.
///
/// # Errors
///
/// As the system says.
pub(crate) fn read(piece: &mut [u8]) -> io::Result<usize> {
    io::stdin().lock().read(piece)
}

/// Standard output, for what a node prints.
#[derive(Default)]
pub(crate) struct Screen(());

impl Screen {
    /// Writes it, and waits until it is out.
    ///
    /// # Errors
    ///
    /// If nobody takes it.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()
    }
}
