//! What each operating system does in its own way, behind names that are the same on all of them.
//!
//! Nothing else of this program asks which system it is on, but for the browser, and the stores and commands that are one
//! system's alone.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::{files, hidden, memory, process, signals, socket, terminal};
#[cfg(windows)]
pub(crate) use windows::{files, hidden, process, signals, socket, terminal};

use zeroize::Zeroizing;

/// What comes of a question whose answer is not shown.
pub(crate) enum Typed {
    /// A line, without its end.
    Line(Zeroizing<Vec<u8>>),
    /// The end of what is typed, or of the terminal.
    Nothing,
    /// Ctrl-C or a signal, and nobody has minded it.
    #[cfg_attr(windows, expect(dead_code, reason = "the console ends the process itself"))]
    Interrupted,
    /// More than any secret has.
    #[cfg_attr(windows, expect(dead_code, reason = "lines are short there"))]
    TooLong,
}

/// What a signal asks a shell for.
pub(crate) enum Signalled {
    /// A byte that a terminal would have sent for the key.
    Byte(u8),
    /// The terminal has another size.
    Resize,
    /// The session shall end.
    Leave,
}
