//! `~.` and `~?` after a line break, as in ssh: the way out of a session that does not answer.

/// What the help says, for a terminal in raw mode.
pub(super) const HELP: &str = "~?\r\n\
Supported escape sequences:\r\n\
 ~.   - end the session\r\n\
 ~?   - this message\r\n\
 ~~   - send the escape character by typing it twice\r\n\
(Escapes are only recognized immediately after newline.)\r\n";

/// Reads along with what is typed.
#[derive(Debug)]
pub(super) struct Escapes {
    state: State,
}

#[derive(Debug)]
enum State {
    Inside,
    LineStart,
    Tilde,
}

/// What was typed, without escapes, and what the last of them asks for.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Typed {
    pub(super) bytes: Vec<u8>,
    pub(super) help: bool,
    /// Nothing after it counts.
    pub(super) end: bool,
}

impl Escapes {
    pub(super) fn new() -> Escapes {
        Escapes {
            state: State::LineStart,
        }
    }

    /// Takes what was typed.
    pub(super) fn read(&mut self, typed: &[u8]) -> Typed {
        let mut left = Typed::default();
        for byte in typed {
            match (&self.state, byte) {
                (State::LineStart, b'~') => {
                    self.state = State::Tilde;
                    continue;
                }
                (State::Tilde, b'.') => {
                    left.end = true;
                    return left;
                }
                (State::Tilde, b'?') => {
                    left.help = true;
                    self.state = State::LineStart;
                    continue;
                }
                (State::Tilde, b'~') => (),
                (State::Tilde, _) => left.bytes.push(b'~'),
                _ => (),
            }
            left.bytes.push(*byte);
            self.state = match byte {
                b'\r' | b'\n' => State::LineStart,
                _ => State::Inside,
            };
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&str]) -> (String, bool, bool) {
        let mut escapes = Escapes::new();
        let (mut text, mut help, mut end) = (Vec::new(), false, false);
        for piece in pieces {
            let typed = escapes.read(piece.as_bytes());
            text.extend(typed.bytes);
            (help, end) = (help || typed.help, end || typed.end);
        }
        (String::from_utf8(text).unwrap(), help, end)
    }

    #[test]
    fn escapes_count_only_at_the_start_of_a_line() {
        assert_eq!(read(&["~."]), (String::new(), false, true));
        assert_eq!(
            read(&["ls\r", "~", ".never sent"]),
            ("ls\r".to_owned(), false, true)
        );
        assert_eq!(read(&["cd ~.\r"]), ("cd ~.\r".to_owned(), false, false));
        assert_eq!(read(&["\n~?~."]), ("\n".to_owned(), true, true));
    }

    #[test]
    fn a_tilde_that_is_no_escape_is_sent() {
        assert_eq!(read(&["~~."]), ("~.".to_owned(), false, false));
        assert_eq!(read(&["~", "/x\r~\r~a"]), ("~/x\r~\r~a".to_owned(), false, false));
    }
}
