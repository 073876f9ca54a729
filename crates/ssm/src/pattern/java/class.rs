//! Sets of characters: `[…]`, with sets within sets and what two sets share.

use super::escape::Escaped;
use super::{NotOffered, Reader, Said};

/// What was read of a set. All but single characters are said already.
enum Element {
    /// Of a set within it; a `]` that follows means itself.
    Begin,
    /// Which may begin a range.
    Character(char),
    Other,
}

impl Reader<'_> {
    /// What follows `[`, up to its `]`.
    pub(super) fn class(&mut self) -> Said {
        let mut depth = 0_usize;
        let mut next = self.begin(&mut depth);
        while depth > 0 {
            let is_first = matches!(next, Element::Begin);
            next = self.element(&mut depth, is_first)?;
            if let Element::Character(first) = next {
                self.range(first)?;
            }
        }
        Ok(())
    }

    fn begin(&mut self, depth: &mut usize) -> Element {
        *depth += 1;
        self.said.push('[');
        if self.take('^') {
            self.said.push('^');
        }
        Element::Begin
    }

    fn element(&mut self, depth: &mut usize, is_first: bool) -> Said<Element> {
        match self.next().ok_or(NotOffered)? {
            ']' if !is_first => {
                *depth -= 1;
                self.said.push(']');
            }
            '[' => return Ok(self.begin(depth)),
            '&' if self.take('&') => self.said.push_str("&&"),
            '\\' => match self.escaped()? {
                Escaped::Character(character) => return Ok(Element::Character(character)),
                Escaped::Set(set) => self.said.push_str(&set),
                Escaped::Quotation(text) => text.chars().for_each(|character| self.one(character)),
                Escaped::Other(_) => return Err(NotOffered),
            },
            other => return Ok(Element::Character(other)),
        }
        Ok(Element::Other)
    }

    /// One character, or the range that it begins.
    fn range(&mut self, first: char) -> Said {
        let mut ahead = self.rest.clone();
        let is_range = ahead.next() == Some('-') && !matches!(ahead.next(), None | Some(']' | '['));
        self.one(first);
        if !is_range {
            return Ok(());
        }
        self.take('-');
        let last = match self.next().ok_or(NotOffered)? {
            '\\' => match self.escaped()? {
                Escaped::Character(character) => character,
                _ => return Err(NotOffered),
            },
            other => other,
        };
        self.said.push('-');
        self.one(last);
        Ok(())
    }

    /// A character that means itself in a set as well.
    fn one(&mut self, character: char) {
        if character.is_alphanumeric() {
            self.said.push(character);
        } else {
            self.said.push_str(&format!(r"\u{{{:x}}}", u32::from(character)));
        }
    }
}
