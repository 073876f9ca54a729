//! Java's regular expressions, said in the words of the engine that is used here.
//!
//! The two languages agree in most of what people write, and part where it would be noticed late: `\d`
//! is ASCII in Java, a dot is no carriage return, `a++` gives nothing back, `[[:alpha:]]` is a set of
//! letters and a colon. So each pattern is read as Java reads it and written anew; what the engine cannot
//! say is refused, never taken for something else.
//!
//! Source: the documentation of `java.util.regex.Pattern`, Java 17.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

mod class;
mod escape;

/// What a dot stands for: anything but what ends a line.
const DOT: &str = r"[^\n\r\u{85}\u{2028}\u{2029}]";

/// Why a pattern is refused; callers get AWS's one sentence for all of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct NotOffered;

type Said<T = ()> = Result<T, NotOffered>;

/// Says a pattern of Java's in the engine's words.
///
/// # Errors
///
/// [`NotOffered`]: look-around, back-references, possessive quantifiers, atomic groups, and what Java
/// itself refuses, as far as it is seen here; the engine sees the rest.
pub(super) fn translate(pattern: &str) -> Said<String> {
    let mut reader = Reader {
        rest: pattern.chars().peekable(),
        said: String::with_capacity(pattern.len() * 2),
        flags: Flags::default(),
        outer: Vec::new(),
        last: Last::Nothing,
    };
    while let Some(next) = reader.next() {
        reader.item(next)?;
    }
    if reader.outer.is_empty() {
        Ok(reader.said)
    } else {
        Err(NotOffered)
    }
}

/// Flags that change how what follows is read; the engine knows the others itself.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    /// `s`: a dot is any character.
    dot_all: bool,
    /// `d`: only a line feed ends a line.
    unix_lines: bool,
    /// `x`: blanks and comments mean nothing.
    comments: bool,
    /// `U`: classes know all of Unicode.
    unicode: bool,
}

/// What a quantifier would belong to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Last {
    Nothing,
    Item,
    /// A quantifier, which `?` may make reluctant.
    Quantifier,
    Reluctant,
}

struct Reader<'p> {
    rest: Peekable<Chars<'p>>,
    said: String,
    flags: Flags,
    /// The flags of what is around the groups that are open.
    outer: Vec<Flags>,
    last: Last,
}

impl Reader<'_> {
    /// The next character that means something.
    fn next(&mut self) -> Option<char> {
        while self.flags.comments && self.skip_comment() {}
        self.rest.next()
    }

    fn skip_comment(&mut self) -> bool {
        let is_blank = |c: &char| matches!(c, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r');
        if self.rest.next_if_eq(&'#').is_some() {
            while self.rest.next_if(|&c| c != '\n').is_some() {}
            return true;
        }
        self.rest.next_if(is_blank).is_some()
    }

    fn take(&mut self, wanted: char) -> bool {
        self.rest.next_if_eq(&wanted).is_some()
    }

    fn item(&mut self, next: char) -> Said {
        match next {
            '(' => return self.open(),
            ')' => {
                self.flags = self.outer.pop().ok_or(NotOffered)?;
                self.said.push(')');
            }
            '|' => {
                self.said.push('|');
                self.last = Last::Nothing;
                return Ok(());
            }
            '*' | '+' | '?' | '{' => return self.quantifier(next),
            '[' => self.class()?,
            '\\' => self.escape()?,
            '.' if self.flags.dot_all => self.said.push_str("(?s:.)"),
            '.' if self.flags.unix_lines => self.said.push_str(r"[^\n]"),
            '.' => self.said.push_str(DOT),
            '^' | '$' => self.said.push(next),
            other => self.literal(other),
        }
        self.last = Last::Item;
        Ok(())
    }

    fn literal(&mut self, character: char) {
        let mut bytes = [0; 4];
        self.said
            .push_str(&regex::escape(character.encode_utf8(&mut bytes)));
    }

    /// What follows `(`.
    fn open(&mut self) -> Said {
        self.last = Last::Nothing;
        if !self.take('?') {
            self.outer.push(self.flags);
            self.said.push('(');
            return Ok(());
        }
        if self.take('<') {
            return self.named();
        }
        let around = self.flags;
        let switches = self.switches()?;
        match self.rest.next() {
            Some(':') => self.outer.push(around),
            // For what is left of the group around it.
            Some(')') if switches.is_empty() => return Ok(()),
            Some(')') => {
                write!(self.said, "(?{switches})").expect("a String takes all");
                return Ok(());
            }
            _ => return Err(NotOffered), // Among them look-ahead and atomic groups.
        }
        write!(self.said, "(?{switches}:").expect("a String takes all");
        Ok(())
    }

    fn named(&mut self) -> Said {
        let mut name = String::new();
        while let Some(letter) = self.rest.next_if(char::is_ascii_alphanumeric) {
            name.push(letter);
        }
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !is_name || !self.take('>') {
            return Err(NotOffered); // Look-behind, too.
        }
        self.outer.push(self.flags);
        write!(self.said, "(?<{name}>").expect("a String takes all");
        Ok(())
    }

    /// Reads flags, and returns those that the engine has to know.
    fn switches(&mut self) -> Said<String> {
        let mut switches = String::new();
        let mut on = true;
        loop {
            match self.rest.peek() {
                Some('-') if on => {
                    on = false;
                    switches.push('-');
                }
                Some('s') => self.flags.dot_all = on,
                Some('d') => self.flags.unix_lines = on,
                Some('x') => self.flags.comments = on,
                Some('U') => self.flags.unicode = on,
                Some('u') => {} // The engine always folds the cases of all of Unicode.
                Some(&known @ ('i' | 'm')) => switches.push(known),
                _ => break,
            }
            self.rest.next();
        }
        if switches.ends_with('-') {
            switches.pop();
        }
        Ok(switches)
    }

    fn quantifier(&mut self, first: char) -> Said {
        self.last = match (self.last, first) {
            (Last::Item, '{') => return self.count(),
            (Last::Item, _) => Last::Quantifier,
            (Last::Quantifier, '?') => Last::Reluctant,
            _ => return Err(NotOffered), // `a++` and its kind give nothing back, which takes backtracking to say.
        };
        self.said.push(first);
        Ok(())
    }

    /// What follows `{`: `n}`, `n,}` or `n,m}`.
    fn count(&mut self) -> Said {
        self.said.push('{');
        self.number()?;
        if self.take(',') {
            self.said.push(',');
            if self.rest.peek() != Some(&'}') {
                self.number()?;
            }
        }
        if !self.take('}') {
            return Err(NotOffered);
        }
        self.said.push('}');
        self.last = Last::Quantifier;
        Ok(())
    }

    fn number(&mut self) -> Said {
        let before = self.said.len();
        while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
            self.said.push(digit);
        }
        if self.said.len() == before {
            Err(NotOffered)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        let said = translate(pattern).unwrap_or_else(|_| panic!("{pattern}"));
        Regex::new(&format!(r"\A(?:{said})\z"))
            .unwrap_or_else(|error| panic!("{said}: {error}"))
            .is_match(text)
    }

    /// Each as Java's documentation has it.
    #[test]
    fn patterns_mean_what_they_mean_in_java() {
        for (pattern, yes, no) in [
            (r"\d+", "42", "\u{663}\u{664}"),
            (r"\w+", "a_1", "\u{e9}"),
            (r"(?U)\w+", "\u{e9}", "-"),
            (r"a\sb", "a\tb", "a\u{a0}b"),
            (r"a\hb", "a\u{a0}b", "a\nb"),
            (r"a\Rb", "a\r\nb", "ab"),
            ("a.b", "a\u{e9}b", "a\rb"),
            ("(?s)a.b", "a\nb", "ab"),
            ("(?s:a.)(b.)", "a\nbc", "a\nb\n"),
            ("(?d)a.b", "a\rb", "a\nb"),
            ("(?i)abc", "AbC", "abd"),
            ("((?i)a)b", "Ab", "aB"),
            ("(?i:a(?-i)b)c", "Abc", "aBc"),
            ("(?x) a b # both\n c", "abc", "a b c"),
            (r"\Qa.b*\E+", "a.b***", "aXb"),
            (r"\Qa.b", "a.b", "aXb"),
            ("[[:alpha:]]+", "al:p", "xyz"),
            ("[a-c[x-z]]+", "axc", "d"),
            ("[a-z&&[^aeiou]]+", "xyz", "a"),
            ("[^a-c&&b]", "a", "b"),
            (r"[\d\-.]+", "1-2.3", "a"),
            ("[a-]+", "a-", "b"),
            ("[+--]", ",", "a"),
            ("[]a]+", "]a", "b"),
            (r"[\]\[^]+", "[]^", "a"),
            ("[~~&]", "~", "a"),
            (r"\p{Alpha}\p{Punct}", "a!", "\u{e9}!"),
            (r"\P{Digit}\p{Lu}\pL", "aB\u{e9}", "1Ba"),
            (r"\p{IsAlphabetic}\p{IsLatin}", "\u{3b1}a", "1a"),
            (r"\x41\u0042\x{43}\0104\cA", "ABCD\u{1}", "ABCD"),
            (r"\<a\>\-\/", "<a>-/", "a-/"),
            (r"^a\Z", "a", "a\n"),
            ("(?<name>a){2,}?b*?c{3}", "aaccc", "accc"),
            ("", "", "a"),
            ("a|", "", "b"),
        ] {
            assert!(matches(pattern, yes), "{pattern:?} and {yes:?}");
            assert!(!matches(pattern, no), "{pattern:?} and {no:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn letters_mean_themselves(text in "[a-zA-Z0-9 @/:;,_~%é日-]{0,40}") {
            proptest::prop_assert!(matches(&text, &text));
        }

        #[test]
        fn what_is_quoted_means_itself(text in r"[ -~é日]{0,40}") {
            if !text.contains(r"\E") && !text.ends_with('\\') {
                let quoted = format!(r"\Q{text}\E");
                proptest::prop_assert!(matches(&quoted, &text));
            }
        }

        #[test]
        fn whatever_is_written_is_said_or_refused(text in r"[ -~é]{0,60}") {
            if let Ok(said) = translate(&text) {
                let _ = Regex::new(&said);
            }
        }
    }
}
