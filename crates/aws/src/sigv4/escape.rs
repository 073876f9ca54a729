//! RFC 3986 percent-encoding, in the one spelling that signatures use.

use std::borrow::Cow;

const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// Neither RFC 3986's reserved characters nor anything exotic: never escaped.
pub(super) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// The escape of `byte`, in upper-case hex.
pub(super) fn escape(byte: u8) -> [u8; 3] {
    [
        b'%',
        DIGITS[usize::from(byte >> 4)],
        DIGITS[usize::from(byte & 15)],
    ]
}

/// Appends `bytes`, escaping all but the unreserved.
pub(super) fn encode_into(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        if is_unreserved(*byte) {
            out.push(*byte);
        } else {
            out.extend_from_slice(&escape(*byte));
        }
    }
}

/// Appends one name or value of a query, decoded and escaped again.
///
/// A `+` becomes `%20`, since forms read it as a space: were it `%2B`, a signed `%2B` could be
/// swapped for a `+` and mean something else.
pub(super) fn normalize_into(text: &str, out: &mut Vec<u8>) -> Result<(), BadEscape> {
    for byte in decoded(text) {
        let byte = byte?;
        if is_unreserved(byte) {
            out.push(byte);
        } else {
            out.extend_from_slice(&escape(byte));
        }
    }
    Ok(())
}

/// One name or value of a query as its author meant it; allocates only if something is escaped.
pub(super) fn decode(text: &str) -> Result<Cow<'_, str>, BadEscape> {
    if !text.bytes().any(|b| matches!(b, b'%' | b'+')) {
        return Ok(Cow::Borrowed(text));
    }
    let bytes = decoded(text).collect::<Result<Vec<u8>, _>>()?;
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| BadEscape)
}

fn decoded(text: &str) -> impl Iterator<Item = Result<u8, BadEscape>> {
    let mut bytes = text.bytes();
    std::iter::from_fn(move || {
        Some(match bytes.next()? {
            b'+' => Ok(b' '),
            b'%' => digit(bytes.next())
                .zip(digit(bytes.next()))
                .map(|(high, low)| high << 4 | low)
                .ok_or(BadEscape),
            byte => Ok(byte),
        })
    })
}

fn digit(byte: Option<u8>) -> Option<u8> {
    let digit = char::from(byte?).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// A percent sign without two hex digits, or escapes that are not UTF-8.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct BadEscape;

#[cfg(test)]
mod tests {
    use super::*;

    fn normalized(text: &str) -> Result<String, BadEscape> {
        let mut out = Vec::new();
        normalize_into(text, &mut out).map(|()| String::from_utf8(out).unwrap())
    }

    #[test]
    fn every_spelling_of_a_parameter_has_one_canonical_form() {
        for text in ["a b/~", "a+b%2f%7e", "%61%20b%2F~"] {
            assert_eq!(normalized(text).unwrap(), "a%20b%2F~");
        }
        assert_eq!(normalized("%2B").unwrap(), "%2B");
        assert_eq!(normalized("ü").unwrap(), "%C3%BC");
    }

    #[test]
    fn an_escape_without_two_digits_is_refused() {
        for text in ["%", "%4", "%zz", "a%+1", "%é"] {
            assert_eq!(normalized(text), Err(BadEscape), "{text}");
            assert_eq!(decode(text), Err(BadEscape), "{text}");
        }
    }

    #[test]
    fn text_without_escapes_is_borrowed() {
        assert!(matches!(decode("host;x-amz-date"), Ok(Cow::Borrowed(_))));
    }
}
