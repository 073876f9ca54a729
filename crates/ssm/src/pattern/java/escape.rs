//! What follows a backslash.

use super::{NotOffered, Reader, Said};

const HORIZONTAL: &str = r" \t\u{a0}\u{1680}\u{180e}\u{2000}-\u{200a}\u{202f}\u{205f}\u{3000}";
const VERTICAL: &str = r"\n\u{b}\u{c}\r\u{85}\u{2028}\u{2029}";

/// What an escape stands for.
pub(super) enum Escaped {
    /// One character.
    Character(char),
    /// A set of them, in brackets.
    Set(String),
    /// What stands between `\Q` and `\E`.
    Quotation(String),
    /// Something without width, or longer than one character: nothing for a set.
    Other(&'static str),
}

impl Reader<'_> {
    /// Outside of sets.
    pub(super) fn escape(&mut self) -> Said {
        match self.escaped()? {
            Escaped::Character(character) => self.literal(character),
            Escaped::Set(set) => self.said.push_str(&set),
            // One thing for the quantifier behind it, as long as it is one character; Java has the last one count.
            Escaped::Quotation(text) => self.said.push_str(&regex::escape(&text)),
            Escaped::Other(said) => self.said.push_str(said),
        }
        Ok(())
    }

    /// Reads what follows a backslash.
    pub(super) fn escaped(&mut self) -> Said<Escaped> {
        use Escaped::{Character, Other, Quotation, Set};

        let unicode = self.flags.unicode;
        let class = |ascii: &str, all: &str| Set(if unicode { all } else { ascii }.to_owned());
        Ok(match self.rest.next().ok_or(NotOffered)? {
            'd' => class("[0-9]", r"\d"),
            'D' => class("[^0-9]", r"\D"),
            'w' => class("[a-zA-Z0-9_]", r"\w"),
            'W' => class("[^a-zA-Z0-9_]", r"\W"),
            's' => class(r"[ \t\n\u{b}\u{c}\r]", r"\s"),
            'S' => class(r"[^ \t\n\u{b}\u{c}\r]", r"\S"),
            'h' => Set(format!("[{HORIZONTAL}]")),
            'H' => Set(format!("[^{HORIZONTAL}]")),
            'v' => Set(format!("[{VERTICAL}]")),
            'V' => Set(format!("[^{VERTICAL}]")),
            'p' => Set(self.property(false)?),
            'P' => Set(self.property(true)?),
            't' => Character('\t'),
            'n' => Character('\n'),
            'r' => Character('\r'),
            'f' => Character('\u{c}'),
            'a' => Character('\u{7}'),
            'e' => Character('\u{1b}'),
            'c' => Character(self.control()?),
            '0' => Character(self.octal()?),
            'x' if self.take('{') => Character(self.braced()?),
            'x' => Character(self.hexadecimal(2)?),
            'u' => Character(self.hexadecimal(4)?),
            'Q' => Quotation(self.quotation()),
            'R' => Other(r"(?:\r\n|[\n\u{b}\u{c}\r\u{85}\u{2028}\u{2029}])"),
            'A' => Other(r"\A"),
            // The whole value is matched: nothing is left behind it that a line's end could be.
            'z' | 'Z' => Other(r"\z"),
            // UNSURE: Java's boundaries are of ASCII or of Unicode, by its version.
            'b' if self.rest.peek() != Some(&'{') => Other(r"\b"),
            'B' => Other(r"\B"),
            letter if letter.is_ascii_alphanumeric() => return Err(NotOffered), // Back-references, too.
            other => Character(other),
        })
    }

    /// What follows `\p`, as a set.
    fn property(&mut self, is_without: bool) -> Said<String> {
        let mut name = String::new();
        if self.take('{') {
            while let Some(letter) = self.rest.next_if(|&c| c != '}') {
                name.push(letter);
            }
            self.take('}').then_some(()).ok_or(NotOffered)?;
        } else {
            name.push(self.rest.next().ok_or(NotOffered)?);
        }
        let not = if is_without { "^" } else { "" };
        if let Some(ascii) = (!self.flags.unicode).then(|| posix(&name)).flatten() {
            return Ok(format!("[{not}[:{ascii}:]]"));
        }
        let is_plain = name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '=');
        if !is_plain || name.starts_with("In") || name.starts_with("java") {
            return Err(NotOffered); // Blocks, and Java's own methods.
        }
        let name = name.strip_prefix("Is").unwrap_or(&name);
        Ok(format!("[{not}\\p{{{name}}}]"))
    }

    fn control(&mut self) -> Said<char> {
        let key = self.rest.next().filter(char::is_ascii).ok_or(NotOffered)?;
        Ok(char::from(u8::try_from(key).map_err(|_| NotOffered)? ^ 0x40))
    }

    /// One to three digits, at most 0377.
    fn octal(&mut self) -> Said<char> {
        let mut value = 0;
        let mut digits = 0;
        while digits < if value < 0o40 { 3 } else { 2 } {
            let Some(digit) = self.rest.next_if(|c| c.is_digit(8)) else {
                break;
            };
            value = value * 8 + digit.to_digit(8).ok_or(NotOffered)?;
            digits += 1;
        }
        if digits == 0 {
            return Err(NotOffered);
        }
        char::from_u32(value).ok_or(NotOffered)
    }

    fn hexadecimal(&mut self, digits: usize) -> Said<char> {
        let mut value = 0;
        for _ in 0..digits {
            let digit = self.rest.next().and_then(|c| c.to_digit(16));
            value = value * 16 + digit.ok_or(NotOffered)?;
        }
        char::from_u32(value).ok_or(NotOffered) // No halves of characters.
    }

    /// What follows `\x{`.
    fn braced(&mut self) -> Said<char> {
        let mut digits = String::new();
        while let Some(digit) = self.rest.next_if(char::is_ascii_hexdigit) {
            digits.push(digit);
        }
        let value = u32::from_str_radix(&digits, 16).map_err(|_| NotOffered)?;
        if !self.take('}') {
            return Err(NotOffered);
        }
        char::from_u32(value).ok_or(NotOffered)
    }

    /// What follows `\Q`, up to `\E` or the pattern's end.
    fn quotation(&mut self) -> String {
        let mut text = String::new();
        while let Some(next) = self.rest.next() {
            if next == '\\' && self.take('E') {
                break;
            }
            text.push(next);
        }
        text
    }
}

/// The engine's word for one of Java's POSIX classes, which know ASCII only.
fn posix(name: &str) -> Option<&'static str> {
    Some(match name {
        "Lower" => "lower",
        "Upper" => "upper",
        "ASCII" => "ascii",
        "Alpha" => "alpha",
        "Digit" => "digit",
        "Alnum" => "alnum",
        "Punct" => "punct",
        "Graph" => "graph",
        "Print" => "print",
        "Blank" => "blank",
        "Cntrl" => "cntrl",
        "XDigit" => "xdigit",
        "Space" => "space",
        _ => return None,
    })
}
