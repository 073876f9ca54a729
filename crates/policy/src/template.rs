//! Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}`.
//!
//! A template is a text with live wildcards and holes. What fills a hole is literal: a tag whose value is
//! `*` does not become a wildcard.

use std::borrow::Cow;

use crate::context::{Context, ContextKey, Values};
use crate::effort::Effort;
use crate::glob::{Token, literal, matches_tokens, tokens};

/// A text with at least one variable in it.
#[derive(Clone, Debug)]
pub(crate) struct Template(Box<[Piece]>);

#[derive(Clone, Debug)]
enum Piece {
    Text(Box<str>),
    /// `${*}`, `${?}` or `${$}`.
    Literal(char),
    Variable {
        key: ContextKey,
        default: Option<Box<str>>,
    },
}

impl Template {
    /// Reads the variables in a text; `None` if there are none. An opening that is never closed and
    /// a name that is empty are plain text.
    pub(crate) fn parse(text: &str) -> Option<Template> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, piece, after)) = next_variable(rest) {
            plain.push_str(before);
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain).into()));
            }
            pieces.push(piece);
            rest = after;
        }
        if pieces.is_empty() {
            return None;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.into()));
        }
        Some(Template(pieces.into()))
    }

    /// The text with its holes filled; `None` if a key is absent and has no default, or the effort gave
    /// up.
    pub(crate) fn fill(&self, context: &dyn Context, effort: &Effort) -> Option<String> {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Literal(char) => filled.push(*char),
                Piece::Variable { key, default } => {
                    filled.push_str(&value(context, key, default.as_deref())?);
                }
            }
            if !effort.read(filled.len()) {
                return None;
            }
        }
        Some(filled)
    }

    /// Whether the subject matches the filled pattern; `None` if a key is absent and has no default.
    /// Without meaning if the effort gave up.
    pub(crate) fn matches(&self, subject: &str, context: &dyn Context, effort: &Effort) -> Option<bool> {
        Some(matches_tokens(&self.pattern(context, effort)?, subject, effort))
    }

    /// The pattern with its holes filled; `None` if a key is absent and has no default, or the effort
    /// gave up.
    pub(crate) fn pattern(&self, context: &dyn Context, effort: &Effort) -> Option<Vec<Token>> {
        let mut pattern = Vec::with_capacity(64); // a typical resource
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => pattern.extend(tokens(text)),
                Piece::Literal(char) => pattern.extend(literal(char.encode_utf8(&mut [0; 4]))),
                Piece::Variable { key, default } => {
                    pattern.extend(literal(&value(context, key, default.as_deref())?));
                }
            }
            if !effort.read(pattern.len()) {
                return None;
            }
        }
        Some(pattern)
    }

    /// What every filled text starts with: the text before the first variable or wildcard.
    pub(crate) fn literal_prefix(&self) -> &str {
        match self.0.first() {
            Some(Piece::Text(text)) => text.split(['*', '?']).next().unwrap_or_default(),
            Some(Piece::Literal(_) | Piece::Variable { .. }) | None => "",
        }
    }

    /// The keys that the variables name.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &ContextKey> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable { key, .. } => Some(key),
            Piece::Text(_) | Piece::Literal(_) => None,
        })
    }
}

/// Only single-valued keys fill a hole: which of several values would be meant?
fn value<'a>(context: &'a dyn Context, key: &ContextKey, default: Option<&'a str>) -> Option<Cow<'a, str>> {
    match context.values(key) {
        Values::One(value) => Some(value),
        Values::Absent | Values::Many(_) => default.map(Cow::Borrowed),
    }
}

/// The text before the first variable, the variable, and the text after it.
fn next_variable(text: &str) -> Option<(&str, Piece, &str)> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find("${")?;
        let inside = &text[start + 2..];
        let length = closing_brace(inside)?;
        if let Some(piece) = variable(&inside[..length]) {
            return Some((&text[..start], piece, &inside[length + 1..]));
        }
        from = start + 2;
    }
}

/// The place of the brace that closes a variable; those inside a quoted default do not.
fn closing_brace(inside: &str) -> Option<usize> {
    let mut quoted = false;
    inside.bytes().position(|byte| {
        quoted ^= byte == b'\'';
        byte == b'}' && !quoted
    })
}

fn variable(inside: &str) -> Option<Piece> {
    match inside {
        "*" => return Some(Piece::Literal('*')),
        "?" => return Some(Piece::Literal('?')),
        "$" => return Some(Piece::Literal('$')),
        _ => {}
    }
    let (name, default) = match inside.split_once(',') {
        None => (inside, None),
        Some((name, default)) => (name, Some(unquoted(default.trim())?)),
    };
    let name = name.trim();
    (!name.is_empty()).then(|| Piece::Variable {
        key: ContextKey::new(name),
        default: default.map(Into::into),
    })
}

fn unquoted(text: &str) -> Option<&str> {
    text.strip_prefix('\'')?.strip_suffix('\'')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Facts;
    use proptest::prelude::*;

    fn fill(text: &str, facts: &Facts) -> Option<String> {
        Template::parse(text).unwrap().fill(facts, &Effort::new())
    }

    #[test]
    fn a_variable_is_filled_whatever_its_case() {
        let facts = Facts::new().with("aws:username", "alice");
        assert_eq!(fill("user/${AWS:UserName}!", &facts).unwrap(), "user/alice!");
    }

    #[test]
    fn a_default_stands_in_for_an_absent_key() {
        assert_eq!(
            fill("${aws:PrincipalTag/team, 'no}ne'}/x", &Facts::new()).unwrap(),
            "no}ne/x"
        );
        assert_eq!(fill("${aws:PrincipalTag/team}", &Facts::new()), None);
    }

    #[test]
    fn escapes_stand_for_themselves() {
        assert_eq!(fill("a${*}b${?}c${$}{d}", &Facts::new()).unwrap(), "a*b?c${d}");
    }

    #[test]
    fn what_is_no_variable_is_plain_text() {
        for text in ["", "plain", "$x", "${", "${}", "${open", "a${,'x'}", "${k, bare}"] {
            assert!(Template::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_wildcard_in_a_value_is_literal() {
        let facts = Facts::new().with("k", "*");
        let pattern = Template::parse("${k}*").unwrap();
        let pattern = pattern.pattern(&facts, &Effort::new()).unwrap();
        assert_eq!(pattern, [Token::Byte(b'*'), Token::Run]);
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in r"[${}',a-c*? é]{0,24}") {
            let _ = Template::parse(&text).and_then(|template| template.fill(&Facts::new(), &Effort::new()));
        }
    }
}
