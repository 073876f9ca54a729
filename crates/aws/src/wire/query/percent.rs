use std::borrow::Cow;

/// RFC 3986: all but unreserved characters become `%XX`; a blank is `%20`, never `+`.
///
/// This is how IAM returns policy documents.
pub fn percent_encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";

    let mut encoded = String::with_capacity(text.len() + text.len() / 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let digit = |value: u8| char::from(HEX[usize::from(value)]);
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
}

/// Undoes form encoding, `+` for a blank included; `None` for a broken escape or no UTF-8.
pub(super) fn decode(text: &[u8]) -> Option<Cow<'_, str>> {
    if !text.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return std::str::from_utf8(text).ok().map(Cow::Borrowed);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex(*rest.next()?)? << 4 | hex(*rest.next()?)?,
            other => *other,
        });
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| value.try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_documents_are_encoded_as_iam_does() {
        assert_eq!(
            percent_encode("{\"a\": \"b+ü~\"}"),
            "%7B%22a%22%3A%20%22b%2B%C3%BC~%22%7D"
        );
    }

    #[test]
    fn forms_are_decoded() {
        assert_eq!(decode(b"a+b%2bc%C3%BC").as_deref(), Some("a b+cü"));
        assert!(matches!(decode(b"plain"), Some(Cow::Borrowed("plain"))));
    }

    #[test]
    fn broken_escapes_are_refused() {
        for text in [&b"%"[..], b"%4", b"%zz", b"%ff", b"\xff", b"%+1"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
