//! Strict JSON with places: what a policy document is written in.
//!
//! Strings and numbers are read by `serde_json`; the structure is read here, because a policy asks for
//! three things that a plain value tree has lost: a key written twice is refused (which of the two did
//! the author mean?), nesting is bounded tightly, and every value knows where it stands in the text, for
//! the simulator's positions and for rewriting principals in place.

use std::ops::Range;

/// One value and the bytes of the text it came from.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) span: Range<usize>,
}

/// A JSON value. Numbers stay as they are written: policies compare them as text or as decimals.
#[derive(Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Box<str>),
    Text(Box<str>),
    List(Vec<Node>),
    Object(Vec<(Box<str>, Node)>),
}

/// The text is not strict JSON, repeats a key or nests too deeply.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct NotJson;

/// The deepest value that a meaningful policy has is a condition's, at seven.
const MAX_DEPTH: usize = 16;

/// Reads one value and nothing after it.
pub(crate) fn read(text: &str) -> Result<Node, NotJson> {
    let mut reader = Reader { text, at: 0 };
    let node = reader.node(MAX_DEPTH)?;
    reader.skip_space();
    if reader.at == text.len() {
        Ok(node)
    } else {
        Err(NotJson)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), NotJson> {
        if self.take(byte) { Ok(()) } else { Err(NotJson) }
    }

    fn node(&mut self, depth: usize) -> Result<Node, NotJson> {
        self.skip_space();
        let start = self.at;
        let value = self.value(depth)?;
        Ok(Node {
            value,
            span: start..self.at,
        })
    }

    fn value(&mut self, depth: usize) -> Result<Value, NotJson> {
        match self.peek().ok_or(NotJson)? {
            b'{' => self.object(depth.checked_sub(1).ok_or(NotJson)?),
            b'[' => self.list(depth.checked_sub(1).ok_or(NotJson)?),
            b'"' => self.string().map(Value::Text),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, NotJson> {
        if !self.text[self.at..].starts_with(word) {
            return Err(NotJson);
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, NotJson> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
            self.at += 1;
        }
        let written = &self.text[start..self.at];
        match serde_json::from_str::<serde_json::Number>(written) {
            Ok(_) => Ok(Value::Number(written.into())),
            Err(_) => Err(NotJson),
        }
    }

    /// A string, escapes resolved. The closing quote is found here, the rest is left to `serde_json`.
    fn string(&mut self) -> Result<Box<str>, NotJson> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek().ok_or(NotJson)? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        let quoted = self.text.get(start..self.at).ok_or(NotJson)?;
        serde_json::from_str(quoted).map_err(|_| NotJson)
    }

    fn list(&mut self, depth: usize) -> Result<Value, NotJson> {
        self.at += 1;
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.node(depth)?);
            if self.take(b']') {
                return Ok(Value::List(items));
            }
            self.expect(b',')?;
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, NotJson> {
        self.at += 1;
        let mut members = Vec::new();
        if self.take(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            members.push(self.member(depth)?);
            if self.take(b'}') {
                break;
            }
            self.expect(b',')?;
        }
        if repeats_a_key(&members) {
            Err(NotJson)
        } else {
            Ok(Value::Object(members))
        }
    }

    fn member(&mut self, depth: usize) -> Result<(Box<str>, Node), NotJson> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(NotJson);
        }
        let key = self.string()?;
        self.expect(b':')?;
        Ok((key, self.node(depth)?))
    }
}

fn repeats_a_key(members: &[(Box<str>, Node)]) -> bool {
    let mut keys: Vec<&str> = members.iter().map(|(key, _)| &**key).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_written_twice_is_refused() {
        assert!(read(r#"{"a":1,"b":2}"#).is_ok());
        assert!(read(r#"{"a":1,"a":1}"#).is_err());
        assert!(read(r#"{"a":1,"\u0061":1}"#).is_err());
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(&nested(MAX_DEPTH)).is_ok());
        assert!(read(&nested(MAX_DEPTH + 1)).is_err());
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read(&"{\"a\":".repeat(100_000)).is_err());
    }

    #[test]
    fn a_value_knows_its_place() {
        let text = r#" { "a" : [ "x" ] } "#;
        let Value::Object(members) = read(text).unwrap().value else {
            panic!("an object")
        };
        assert_eq!(&text[members[0].1.span.clone()], r#"[ "x" ]"#);
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_serde_json_reads(text in r#"[\[\]{}",:0-9a-e.\\ntruefalsu\- ]{0,24}"#) {
            let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            let ours = read(&text).is_ok();
            prop_assert!(!ours || theirs, "only we read {}", text);
        }

        #[test]
        fn what_serde_json_writes_is_read(keys in proptest::collection::btree_map(".{0,6}", ".{0,6}", 0..4)) {
            let text = serde_json::to_string(&keys).unwrap();
            prop_assert!(read(&text).is_ok(), "{}", text);
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,200}") {
            let _ = read(&text);
        }
    }
}
