//! Text in pieces: characters that are cut by a read, and words of a command line.

use bytes::{Bytes, BytesMut};

/// Puts pieces of UTF-8 together so that no character is cut; what is no UTF-8 passes as it is.
#[derive(Debug, Default)]
pub(super) struct Whole {
    rest: BytesMut,
}

impl Whole {
    /// Takes a piece; returns it, with what the last one left, up to the last whole character.
    pub(super) fn take(&mut self, piece: &[u8]) -> Bytes {
        self.rest.extend_from_slice(piece);
        let whole = self.rest.len() - cut(&self.rest);
        self.rest.split_to(whole).freeze()
    }

    /// What is left at the end.
    pub(super) fn finish(self) -> Bytes {
        self.rest.freeze()
    }
}

/// How many bytes at the end begin a character that goes on: three at most.
fn cut(bytes: &[u8]) -> usize {
    let last = bytes.iter().rev().take(3).position(|byte| byte & 0xc0 != 0x80);
    let Some(back) = last else { return 0 };
    let length = match bytes[bytes.len() - 1 - back] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    if length > back + 1 { back + 1 } else { 0 }
}

/// Splits a command line into words, with quotes and backslashes as in a shell, and nothing else of one.
/// `None` if a quote is not closed.
pub(super) fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some('\''), other) => word.get_or_insert_default().push(other),
            (Some(_), '\\') if characters.peek().is_some_and(|next| "\"\\$`".contains(*next)) => {
                word.get_or_insert_default().extend(characters.next());
            }
            (Some(_), other) => word.get_or_insert_default().push(other),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().push(characters.next()?),
            (None, blank) if blank.is_ascii_whitespace() => words.extend(word.take()),
            (None, other) => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_not_cut_wherever_the_pieces_are() {
        let text = "aé€𝄞z".repeat(3);
        for size in 1..=text.len() {
            let mut whole = Whole::default();
            let mut all = Vec::new();
            for piece in text.as_bytes().chunks(size) {
                let taken = whole.take(piece);
                assert!(std::str::from_utf8(&taken).is_ok(), "{size}");
                all.extend_from_slice(&taken);
            }
            all.extend_from_slice(&whole.finish());
            assert_eq!(all, text.as_bytes(), "{size}");
        }
    }

    #[test]
    fn what_is_no_text_is_not_held_back() {
        let mut whole = Whole::default();
        assert_eq!(whole.take(b"\xff\xfe\x80\x80\x80"), &b"\xff\xfe\x80\x80\x80"[..]);
        assert_eq!(whole.take(b"\xe2\x82"), &b""[..]);
        assert_eq!(whole.take(b"x"), &b"\xe2\x82x"[..]);
        assert_eq!(whole.take(b"\xf0"), &b""[..]);
        assert_eq!(whole.finish(), &b"\xf0"[..]);
    }

    #[test]
    fn a_command_line_is_split_as_a_shell_would() {
        let split = |line| words(line).map(|words| words.join("|"));
        assert_eq!(split(" ls  -l ").as_deref(), Some("ls|-l"));
        assert_eq!(
            split(r#"a 'b  "c' "d \" \x" e\ f "" g"h"i"#).as_deref(),
            Some(r#"a|b  "c|d " \x|e f||ghi"#)
        );
        for open in ["'a", "\"a", "a\\"] {
            assert_eq!(words(open), None, "{open}");
        }
        assert_eq!(words("  "), Some(vec![]));
    }
}
