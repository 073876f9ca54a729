//! Typing that is not shown: the terminal neither echoes nor makes signals of keys meanwhile, and is as it
//! was before a signal ends this process.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;

use rustix::process::{Signal, getpgrp, kill_current_process_group};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};
use zeroize::{Zeroize as _, Zeroizing};

/// Longer than any secret; there is room for all of it, so that no copy is left by growing.
const MAX_BYTES: usize = 16 << 10;

/// How a line has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum End {
    /// By the enter key.
    Entered,
    /// By Ctrl-D at its beginning, or with the terminal.
    Nothing,
    /// By Ctrl-C, and nobody has minded the signal.
    Interrupted,
    /// There is no room for more.
    TooLong,
}

/// Asks a question and reads a line that is not shown.
///
/// # Errors
///
/// If the terminal cannot be used.
pub(super) fn ask(terminal: &mut File, question: &str) -> io::Result<(Zeroizing<Vec<u8>>, End)> {
    let mut line = Line::new();
    let before = tcgetattr(&*terminal)?;
    let unseen = Unseen::new(terminal.try_clone()?, before.clone())?;
    terminal.write_all(question.as_bytes())?;
    let end = line.read(terminal, before.special_codes[SpecialCodeIndex::VINTR]);
    drop(unseen);
    terminal.write_all(b"\n")?;
    let end = end?;
    if end == End::Interrupted {
        // As the terminal does it: to everybody who runs here, the shell of a script included.
        kill_current_process_group(Signal::INT)?;
    }
    Ok((line.text, end))
}

/// Waits until the terminal is given to this process, if it runs in the background: stopped with the lock
/// in its hands, it would stop all others.
pub(super) fn come_forward(terminal: &File) {
    if tcgetpgrp(terminal).is_ok_and(|group| group != getpgrp()) {
        // Where that is ignored, the terminal itself will refuse.
        let _ = kill_current_process_group(Signal::TTIN);
    }
}

/// A terminal that shows nothing; as it was again when this is dropped.
struct Unseen {
    terminal: File,
    before: Termios,
}

impl Unseen {
    fn new(terminal: File, before: Termios) -> io::Result<Unseen> {
        let mut unseen = before.clone();
        unseen
            .local_modes
            .remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
        unseen.special_codes[SpecialCodeIndex::VMIN] = 1;
        unseen.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(terminal.as_fd(), OptionalActions::Now, &unseen)?;
        Ok(Unseen { terminal, before })
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        // If it has gone away, there is nothing to put back.
        let _gone = tcsetattr(self.terminal.as_fd(), OptionalActions::Now, &self.before);
    }
}

/// What has been typed, and whether a key's sequence is under way.
struct Line {
    text: Zeroizing<Vec<u8>>,
    keys: Keys,
}

/// The arrows and their like send several bytes, none of which was meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Keys {
    Plain,
    Escaped,
    Sequence,
}

impl Line {
    fn new() -> Line {
        Line {
            text: Zeroizing::new(Vec::with_capacity(MAX_BYTES)),
            keys: Keys::Plain,
        }
    }

    /// A byte at a time: what comes after the line may be meant for somebody else.
    fn read(&mut self, from: &mut impl io::Read, interrupt: u8) -> io::Result<End> {
        let mut byte = Zeroizing::new([0]);
        loop {
            match from.read(&mut *byte) {
                Ok(0) => return Ok(End::Nothing),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            if let Some(end) = self.take(byte[0], interrupt) {
                return Ok(end);
            }
        }
    }

    fn take(&mut self, byte: u8, interrupt: u8) -> Option<End> {
        match (self.keys, byte) {
            (Keys::Escaped, b'[' | b'O') => self.keys = Keys::Sequence,
            (Keys::Escaped, _) | (Keys::Sequence, 0x40..=0x7e) => self.keys = Keys::Plain,
            (Keys::Sequence, _) => {}
            (Keys::Plain, b'\n' | b'\r') => return Some(End::Entered),
            // Zero is for no key at all.
            (Keys::Plain, _) if byte == interrupt && byte != 0 => return Some(End::Interrupted),
            (Keys::Plain, 0x04) if self.text.is_empty() => return Some(End::Nothing),
            (Keys::Plain, 0x08 | 0x7f) => self.erase(),
            (Keys::Plain, 0x15) => self.text.zeroize(),
            (Keys::Plain, 0x17) => self.erase_word(),
            (Keys::Plain, 0x1b) => self.keys = Keys::Escaped,
            (Keys::Plain, 0x00..=0x1f) => {}
            (Keys::Plain, _) if self.text.len() == MAX_BYTES => return Some(End::TooLong),
            (Keys::Plain, _) => self.text.push(byte),
        }
        None
    }

    /// A whole character of UTF-8.
    fn erase(&mut self) {
        while self.text.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
    }

    fn erase_word(&mut self) {
        while self.text.last() == Some(&b' ') {
            self.text.pop();
        }
        while self.text.last().is_some_and(|&byte| byte != b' ') {
            self.text.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &str) -> (String, End) {
        let mut line = Line::new();
        let end = line.read(&mut keys.as_bytes(), 3).unwrap();
        (String::from_utf8(line.text.to_vec()).unwrap(), end)
    }

    #[test]
    fn keys_edit_the_line_as_everywhere() {
        for (keys, expected) in [
            ("hunter2\nmore", "hunter2"),
            ("aé\u{7f}b\r", "ab"),
            ("\u{8}a\u{8}\u{8}b\n", "b"),
            ("wrong\u{15}right\n", "right"),
            ("one two  \u{17}three\n", "one three"),
            ("a\u{1b}[Ab\u{1b}[200~c\u{1b}OPd\n", "abcd"),
            ("a\u{1a}\u{4}\0b\n", "ab"),
        ] {
            assert_eq!(typed(keys), (expected.to_owned(), End::Entered), "{keys:?}");
        }
        assert_eq!(typed("abc\u{3}d\n").1, End::Interrupted);
        assert_eq!(typed("\u{4}").1, End::Nothing);
        assert_eq!(typed("").1, End::Nothing);
        assert_eq!(typed(&"x".repeat(MAX_BYTES + 1)).1, End::TooLong);
    }
}
