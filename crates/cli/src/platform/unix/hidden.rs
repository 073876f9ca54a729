//! Typing that is not shown: the terminal neither echoes nor makes signals of keys meanwhile, and is as it
//! was before a signal ends this process.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::thread;
use std::time::Duration;

use rustix::io::ioctl_fionread;
use rustix::process::{Signal, kill_current_process_group};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::{Zeroize as _, Zeroizing};

use super::deferred::Deferred;
use super::terminal;
use crate::platform::Typed;

/// Longer than any secret; there is room for all of it, so that no copy is left by growing.
const MAX_BYTES: usize = 16 << 10;

/// How often it looks up while nothing is typed: for signals, and for who has made the terminal show things.
const GLANCE: Duration = Duration::from_millis(50);

/// How a line has ended, or was broken off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    /// By the enter key.
    Entered,
    /// By Ctrl-D at its beginning, or with the terminal.
    Nothing,
    /// By Ctrl-C.
    Interrupted,
    /// There is no room for more.
    TooLong,
    /// By a signal that ends this process.
    Signalled,
    /// By one that stops it for a while.
    Stopped,
}

/// Asks a question on the terminal and reads a line that is not shown.
///
/// # Errors
///
/// If the terminal cannot be used.
pub(crate) fn ask(question: &str) -> io::Result<Typed> {
    let (_, mut terminal) = terminal::person()?;
    let mut line = Line::new();
    let deferred = Deferred::new()?;
    let end = loop {
        match line.ask(&mut terminal, question, &deferred)? {
            End::Stopped => deferred.stop()?,
            end => break end,
        }
    };
    // A signal that has come has its effect now.
    drop(deferred);
    match end {
        End::Entered => Ok(Typed::Line(line.text)),
        End::Interrupted => {
            // As the terminal does it: to everybody who runs here, the shell of a script included.
            kill_current_process_group(Signal::INT)?;
            Ok(Typed::Interrupted)
        }
        End::Signalled | End::Stopped => Ok(Typed::Interrupted),
        End::TooLong => Ok(Typed::TooLong),
        End::Nothing => Ok(Typed::Nothing),
    }
}

/// A terminal that shows nothing; as it was again when this is dropped.
struct Unseen {
    terminal: File,
    before: Termios,
    unseen: Termios,
    /// What is done with what was typed and not read yet.
    rest: OptionalActions,
}

impl Unseen {
    fn new(terminal: File) -> io::Result<Unseen> {
        let before = tcgetattr(&terminal)?;
        let mut unseen = before.clone();
        unseen.local_modes.remove(
            LocalModes::ECHO
                | LocalModes::ECHONL
                | LocalModes::ICANON
                | LocalModes::ISIG
                | LocalModes::IEXTEN,
        );
        // Whoever reads does not wait: it has to look up.
        unseen.special_codes[SpecialCodeIndex::VMIN] = 0;
        unseen.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(terminal.as_fd(), OptionalActions::Now, &unseen)?;
        Ok(Unseen {
            terminal,
            before,
            unseen,
            rest: OptionalActions::Flush,
        })
    }

    fn interrupt(&self) -> u8 {
        self.before.special_codes[SpecialCodeIndex::VINTR]
    }

    /// While nothing is typed: whether the line ends for another reason. A shell that had the terminal
    /// while this process was stopped has set it as it likes it.
    fn look_up(&self, deferred: &Deferred) -> io::Result<Option<End>> {
        if deferred.is_end() {
            return Ok(Some(End::Signalled));
        }
        if deferred.is_stop() {
            return Ok(Some(End::Stopped));
        }
        match tcgetattr(&self.terminal) {
            // It has hung up.
            Err(_) => return Ok(Some(End::Nothing)),
            Ok(now) if now.local_modes != self.unseen.local_modes => {
                tcsetattr(self.terminal.as_fd(), OptionalActions::Now, &self.unseen)?;
            }
            Ok(_) => {}
        }
        Ok(None)
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        // If it has gone away, there is nothing to put back.
        let _gone = tcsetattr(self.terminal.as_fd(), self.rest, &self.before);
    }
}

/// What is typed, as far as there is some: not even a terminal that a shell has made wait for whole lines
/// again can hold up who reads it.
struct Keys<'a>(&'a File);

impl io::Read for Keys<'_> {
    fn read(&mut self, keys: &mut [u8]) -> io::Result<usize> {
        if ioctl_fionread(self.0).is_ok_and(|bytes| bytes > 0) {
            return self.0.read(keys);
        }
        thread::sleep(GLANCE);
        Ok(0)
    }
}

/// What has been typed, and whether a key's sequence is under way.
struct Line {
    text: Zeroizing<Vec<u8>>,
    /// Whether there was no room for some of it.
    is_too_long: bool,
    state: State,
}

/// The arrows and their like send several bytes, none of which was meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Plain,
    Escaped,
    Sequence,
}

impl Line {
    fn new() -> Line {
        Line {
            text: Zeroizing::new(Vec::with_capacity(MAX_BYTES)),
            is_too_long: false,
            state: State::Plain,
        }
    }

    /// Asks on a terminal that is as it was again afterwards.
    fn ask(&mut self, terminal: &mut File, question: &str, deferred: &Deferred) -> io::Result<End> {
        let mut unseen = Unseen::new(terminal.try_clone()?)?;
        terminal.write_all(question.as_bytes())?;
        let interrupt = unseen.interrupt();
        let end = self.read(&mut Keys(terminal), interrupt, || unseen.look_up(deferred))?;
        if end == End::Entered {
            // It may be the answer to the next question. The rest of a secret that was broken off would be
            // shown, and run by a shell.
            unseen.rest = OptionalActions::Now;
        }
        drop(unseen);
        terminal.write_all(b"\n")?;
        Ok(end)
    }

    /// A byte at a time: what comes after the line may be meant for somebody else. Looks up when there is
    /// none.
    fn read(
        &mut self,
        from: &mut impl io::Read,
        interrupt: u8,
        look_up: impl Fn() -> io::Result<Option<End>>,
    ) -> io::Result<End> {
        let mut byte = Zeroizing::new([0]);
        loop {
            let end = match from.read(&mut *byte) {
                Ok(0) => look_up()?,
                Ok(_) => self.take(byte[0], interrupt),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => None,
                Err(error) => return Err(error),
            };
            if let Some(end) = end {
                return Ok(end);
            }
        }
    }

    fn take(&mut self, byte: u8, interrupt: u8) -> Option<End> {
        match (self.state, byte) {
            // Whatever sequence is under way: none has these.
            (_, b'\n' | b'\r') if self.is_too_long => return Some(End::TooLong),
            (_, b'\n' | b'\r') => return Some(End::Entered),
            // Zero is for no key at all.
            (_, _) if byte == interrupt && byte != 0 => return Some(End::Interrupted),
            (_, 0x1b) => self.state = State::Escaped,
            (State::Escaped, b'[' | b'O') => self.state = State::Sequence,
            // Linux's own console sends two for F1 and its like.
            (State::Sequence, b'[') => {}
            (State::Escaped, _) | (State::Sequence, 0x40..=0x7e) => self.state = State::Plain,
            (State::Sequence, _) => {}
            (State::Plain, 0x04) if self.text.is_empty() => return Some(End::Nothing),
            (State::Plain, 0x08 | 0x7f) => self.erase(),
            (State::Plain, 0x15) => self.clear(),
            (State::Plain, 0x17) => self.erase_word(),
            (State::Plain, 0x00..=0x1f) => {}
            // All of the line is taken, since the rest of a secret that is pasted would be shown.
            (State::Plain, _) if self.text.len() == MAX_BYTES => self.is_too_long = true,
            (State::Plain, _) => self.text.push(byte),
        }
        None
    }

    fn clear(&mut self) {
        self.text.zeroize();
        self.is_too_long = false;
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
        let all = || Ok(Some(End::Nothing));
        let end = line.read(&mut keys.as_bytes(), 3, all).unwrap();
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
            ("a\u{1b}\u{1b}[Db\u{1b}[[Ac\n", "abc"),
            ("a\u{1b}[1\n", "a"),
            ("a\u{1b}\r", "a"),
        ] {
            assert_eq!(typed(keys), (expected.to_owned(), End::Entered), "{keys:?}");
        }
        for keys in ["abc\u{3}d\n", "\u{1b}\u{3}", "\u{1b}[1\u{3}"] {
            assert_eq!(typed(keys).1, End::Interrupted, "{keys:?}");
        }
        assert_eq!(typed("\u{4}").1, End::Nothing);
        assert_eq!(typed("").1, End::Nothing);
        let long = "x".repeat(MAX_BYTES + 1);
        assert_eq!(typed(&format!("{long}\n")).1, End::TooLong);
        assert_eq!(typed(&format!("{long}\u{15}a\n")), ("a".to_owned(), End::Entered));
    }
}
