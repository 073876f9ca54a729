//! What each operating system does in its own way, behind names that are the same on all of them.
//!
//! Nothing else of this program asks which system it is on, but for the browser, and the stores and commands that are one
//! system's alone.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::{files, process, signals, socket, terminal};
#[cfg(windows)]
pub(crate) use windows::{files, process, signals, socket, terminal};

/// What a signal asks a shell for.
pub(crate) enum Signalled {
    /// A byte that a terminal would have sent for the key.
    Byte(u8),
    /// The terminal has another size.
    Resize,
    /// The session shall end.
    Leave,
}
