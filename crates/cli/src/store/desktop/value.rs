//! Values as D-Bus writes them: each at a multiple of its own size, lengths before contents, and types in
//! a signature apart from the values.
//!
//! Source: D-Bus Specification, "Marshaling (Wire Format)".

/// A value of one of the types that are of use here; all numbers but one are of none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Value {
    Byte(u8),
    Bool(bool),
    U32(u32),
    /// Another number, as its bits.
    Number(u64),
    Text(String),
    Path(String),
    Signature(String),
    /// An array of bytes.
    Bytes(Vec<u8>),
    /// An array of anything else, whose elements have this signature.
    Array(String, Vec<Value>),
    Struct(Vec<Value>),
    Entry(Box<(Value, Value)>),
    Variant(Box<Value>),
}

/// Nothing that a store of secrets says is nested deeper.
const MAX_DEPTH: usize = 16;

impl Value {
    /// An array of names and values, as attributes of items are.
    pub(super) fn names(pairs: &[(&str, &str)]) -> Value {
        let entry = |(name, value): &(&str, &str)| {
            Value::Entry(Box::new((
                Value::Text((*name).to_owned()),
                Value::Text((*value).to_owned()),
            )))
        };
        Value::Array("{ss}".to_owned(), pairs.iter().map(entry).collect())
    }

    /// An array of names and values of any type, as properties are.
    pub(super) fn properties<const N: usize>(pairs: [(&str, Value); N]) -> Value {
        let entry = |(name, value): (&str, Value)| {
            let name = Value::Text(name.to_owned());
            Value::Entry(Box::new((name, Value::Variant(Box::new(value)))))
        };
        Value::Array("{sv}".to_owned(), pairs.map(entry).into())
    }

    /// An array of objects.
    pub(super) fn paths(paths: &[&str]) -> Value {
        let paths = paths.iter().map(|path| Value::Path((*path).to_owned()));
        Value::Array("o".to_owned(), paths.collect())
    }

    /// What a variant holds; anything else is itself.
    pub(super) fn inner(self) -> Value {
        match self {
            Value::Variant(inner) => *inner,
            other => other,
        }
    }

    /// The text or path.
    pub(super) fn text(self) -> Option<String> {
        match self {
            Value::Text(text) | Value::Path(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes.
    pub(super) fn bytes(self) -> Option<Vec<u8>> {
        match self {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The elements of an array or a struct.
    pub(super) fn elements(self) -> Option<Vec<Value>> {
        match self {
            Value::Array(_, elements) | Value::Struct(elements) => Some(elements),
            _ => None,
        }
    }

    /// Its type.
    pub(super) fn signature(&self) -> String {
        match self {
            Value::Byte(_) => "y".to_owned(),
            Value::Bool(_) => "b".to_owned(),
            Value::U32(_) => "u".to_owned(),
            Value::Number(_) => "t".to_owned(),
            Value::Text(_) => "s".to_owned(),
            Value::Path(_) => "o".to_owned(),
            Value::Signature(_) => "g".to_owned(),
            Value::Bytes(_) => "ay".to_owned(),
            Value::Array(element, _) => format!("a{element}"),
            Value::Struct(members) => {
                format!("({})", members.iter().map(Value::signature).collect::<String>())
            }
            Value::Entry(entry) => format!("{{{}{}}}", entry.0.signature(), entry.1.signature()),
            Value::Variant(_) => "v".to_owned(),
        }
    }

    /// Appends it to a message, whose start is at a multiple of eight.
    pub(super) fn write(&self, to: &mut Vec<u8>) {
        pad(to, alignment(self.signature().as_bytes()[0]));
        match self {
            Value::Byte(byte) => to.push(*byte),
            Value::Bool(bool) => number(u32::from(*bool), to),
            Value::U32(value) => number(*value, to),
            Value::Number(value) => to.extend_from_slice(&value.to_le_bytes()),
            Value::Text(text) | Value::Path(text) => {
                length(text.len(), to);
                to.extend_from_slice(text.as_bytes());
                to.push(0);
            }
            Value::Signature(text) => {
                to.push(u8::try_from(text.len()).expect("signatures here are short"));
                to.extend_from_slice(text.as_bytes());
                to.push(0);
            }
            Value::Bytes(bytes) => {
                length(bytes.len(), to);
                to.extend_from_slice(bytes);
            }
            Value::Array(element, values) => array(element, values, to),
            Value::Struct(members) => members.iter().for_each(|member| member.write(to)),
            Value::Entry(entry) => {
                entry.0.write(to);
                entry.1.write(to);
            }
            Value::Variant(inner) => {
                Value::Signature(inner.signature()).write(to);
                inner.write(to);
            }
        }
    }
}

/// The length of an array counts neither itself nor the padding before the first element.
fn array(element: &str, values: &[Value], to: &mut Vec<u8>) {
    let at = to.len();
    length(0, to);
    pad(to, alignment(element.as_bytes()[0]));
    let start = to.len();
    values.iter().for_each(|value| value.write(to));
    let size = u32::try_from(to.len() - start).expect("messages here are short");
    to[at..at + 4].copy_from_slice(&size.to_le_bytes());
}

fn length(length: usize, to: &mut Vec<u8>) {
    number(u32::try_from(length).expect("messages here are short"), to);
}

fn number(value: u32, to: &mut Vec<u8>) {
    to.extend_from_slice(&value.to_le_bytes());
}

/// Fills up to a multiple of `to`.
pub(super) fn pad(bytes: &mut Vec<u8>, to: usize) {
    bytes.resize(bytes.len().next_multiple_of(to), 0);
}

fn alignment(code: u8) -> usize {
    match code {
        b'y' | b'g' | b'v' => 1,
        b'n' | b'q' => 2,
        b'x' | b't' | b'd' | b'(' | b'{' => 8,
        _ => 4,
    }
}

/// Reads values from a message.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    is_big_endian: bool,
}

impl<'a> Reader<'a> {
    /// The bytes start at a multiple of eight of their message.
    pub(super) fn new(bytes: &'a [u8], is_big_endian: bool) -> Reader<'a> {
        Reader {
            bytes,
            at: 0,
            is_big_endian,
        }
    }

    /// All values of a signature; `None` if the bytes are not that.
    pub(super) fn all(&mut self, signature: &str) -> Option<Vec<Value>> {
        let mut rest = signature.as_bytes();
        let mut values = Vec::new();
        while !rest.is_empty() {
            let (one, after) = rest.split_at(first(rest, 0)?);
            values.push(self.value(one, 0)?);
            rest = after;
        }
        Some(values)
    }

    fn value(&mut self, signature: &[u8], depth: usize) -> Option<Value> {
        let (&code, inside) = signature.split_first()?;
        if depth > MAX_DEPTH {
            return None;
        }
        self.align(alignment(code))?;
        Some(match code {
            b'y' => Value::Byte(self.take(1)?[0]),
            b'b' => Value::Bool(self.number()? == 1),
            b'u' => Value::U32(self.number()?),
            b'i' | b'h' => Value::Number(self.number()?.into()),
            b'n' | b'q' => Value::Number(u16::from_le_bytes(self.take(2)?.try_into().ok()?).into()),
            b'x' | b't' | b'd' => Value::Number(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            b's' | b'o' => {
                let length = self.number()? as usize;
                let text = self.text(length)?;
                if code == b's' {
                    Value::Text(text)
                } else {
                    Value::Path(text)
                }
            }
            b'g' => Value::Signature(self.signature()?),
            b'v' => {
                let signature = self.signature()?;
                let whole = first(signature.as_bytes(), 0)? == signature.len();
                let inner = whole.then(|| self.value(signature.as_bytes(), depth + 1))?;
                Value::Variant(Box::new(inner?))
            }
            b'a' => self.array(inside, depth)?,
            b'(' => Value::Struct(self.members(inside.strip_suffix(b")")?, depth)?),
            b'{' => {
                let members = self.members(inside.strip_suffix(b"}")?, depth)?;
                let [name, value] = <[Value; 2]>::try_from(members).ok()?;
                Value::Entry(Box::new((name, value)))
            }
            _ => return None,
        })
    }

    fn array(&mut self, element: &[u8], depth: usize) -> Option<Value> {
        let length = self.number()? as usize;
        self.align(alignment(*element.first()?))?;
        if element == b"y" {
            return Some(Value::Bytes(self.take(length)?.to_vec()));
        }
        let end = self
            .at
            .checked_add(length)
            .filter(|&end| end <= self.bytes.len())?;
        let mut values = Vec::new();
        while self.at < end {
            values.push(self.value(element, depth + 1)?);
        }
        let signature = String::from_utf8(element.to_vec()).ok()?;
        (self.at == end).then_some(Value::Array(signature, values))
    }

    fn members(&mut self, mut signature: &[u8], depth: usize) -> Option<Vec<Value>> {
        let mut values = Vec::new();
        while !signature.is_empty() {
            let (one, after) = signature.split_at(first(signature, 0)?);
            values.push(self.value(one, depth + 1)?);
            signature = after;
        }
        // A struct of nothing would take no room, and an array of such would never end.
        (!values.is_empty()).then_some(values)
    }

    fn number(&mut self) -> Option<u32> {
        let bytes = self.take(4)?.try_into().ok()?;
        Some(match self.is_big_endian {
            true => u32::from_be_bytes(bytes),
            false => u32::from_le_bytes(bytes),
        })
    }

    fn signature(&mut self) -> Option<String> {
        let length = self.take(1)?[0].into();
        self.text(length)
    }

    fn text(&mut self, length: usize) -> Option<String> {
        let text = String::from_utf8(self.take(length)?.to_vec()).ok()?;
        (self.take(1)? == [0]).then_some(text)
    }

    fn align(&mut self, to: usize) -> Option<()> {
        self.take(self.at.next_multiple_of(to) - self.at).map(drop)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }
}

/// The length of the first complete type in a signature.
fn first(signature: &[u8], depth: usize) -> Option<usize> {
    if depth > MAX_DEPTH {
        return None;
    }
    let close = match signature.first()? {
        b'a' => return Some(1 + first(&signature[1..], depth + 1)?),
        b'(' => b')',
        b'{' => b'}',
        _ => return Some(1),
    };
    let mut at = 1;
    while *signature.get(at)? != close {
        at += first(&signature[at..], depth + 1)?;
    }
    Some(at + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(values: &[Value]) -> (String, Vec<u8>) {
        let mut bytes = Vec::new();
        values.iter().for_each(|value| value.write(&mut bytes));
        (values.iter().map(Value::signature).collect(), bytes)
    }

    fn sample() -> Vec<Value> {
        let secret = Value::Struct(vec![
            Value::Path("/s/1".to_owned()),
            Value::Bytes(vec![1, 2, 3]),
            Value::Bytes(Vec::new()),
            Value::Text("text/plain".to_owned()),
        ]);
        vec![
            Value::Byte(7),
            Value::Bool(true),
            Value::names(&[("a", "1"), ("ab", "")]),
            secret,
            Value::properties([("x", Value::names(&[])), ("y", Value::U32(9))]),
            Value::paths(&["/", "/a/b"]),
            Value::Variant(Box::new(Value::Variant(Box::new(Value::Number(1))))),
            Value::Signature("a{sv}".to_owned()),
        ]
    }

    #[test]
    fn what_is_written_reads_back() {
        let values = sample();
        let (signature, bytes) = written(&values);
        assert_eq!(signature, "yba{ss}(oayays)a{sv}aovg");
        assert_eq!(Reader::new(&bytes, false).all(&signature), Some(values));
    }

    #[test]
    fn the_bytes_are_those_of_the_specification() {
        let (signature, bytes) = written(&[
            Value::Text("foo".to_owned()),
            Value::U32(5),
            Value::Bytes(vec![1]),
        ]);
        assert_eq!(signature, "suay");
        assert_eq!(bytes, b"\x03\0\0\0foo\0\x05\0\0\0\x01\0\0\0\x01");
        let big = b"\0\0\0\x03foo\0\0\0\0\x05\0\0\0\x01\x01";
        assert_eq!(Reader::new(big, true).all("suay").unwrap()[1], Value::U32(5));
    }

    #[test]
    fn what_is_nested_too_deep_or_has_no_end_is_refused() {
        let deep = "a".repeat(300) + "y";
        for signature in [&deep, "()", "(", "a", "a{s", "a()", "{s}", "?", "a{sss}"] {
            let bytes = [0xff; 64];
            assert_eq!(Reader::new(&bytes, false).all(signature), None, "{signature}");
            assert!(
                Reader::new(&[0; 64], false)
                    .all(signature)
                    .is_none_or(|values| values.len() == 1)
            );
        }
        // Variants in variants, each byte-wise.
        let nested = b"\x01v\0".repeat(1000);
        assert_eq!(Reader::new(&nested, false).all("v"), None);
    }

    proptest! {
        #[test]
        fn bytes_of_anybody_are_refused_or_read_and_nothing_else(
            at in 0..200_usize, byte: u8, cut in 0..200_usize, big: bool,
            signature in "[ybnqiuxtdsoghav(){}]{0,12}", noise in proptest::collection::vec(any::<u8>(), 0..80)
        ) {
            let (whole, mut bytes) = written(&sample());
            let length = bytes.len();
            bytes[at % length] = byte;
            let _ = Reader::new(&bytes, big).all(&whole);
            let _ = Reader::new(&bytes[..cut.min(length)], big).all(&whole);
            let _ = Reader::new(&noise, big).all(&signature);
        }
    }
}
