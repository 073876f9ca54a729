//! Writing JSON members straight into a line: every request does, so nothing is allocated or looked
//! at twice. What is written is what `serde_json` writes, byte for byte.

use std::io::Write;
use std::net::IpAddr;

use super::line::DIGITS;

/// The members of an object that is being written, each with a comma behind it.
///
/// Names come with their quotes and the colon, as one literal to copy.
pub(super) struct Members<'o> {
    out: &'o mut Vec<u8>,
}

impl<'o> Members<'o> {
    pub(super) fn of(out: &'o mut Vec<u8>) -> Members<'o> {
        Members { out }
    }

    pub(super) fn text(&mut self, name: &'static str, value: &str) {
        self.out.extend_from_slice(name.as_bytes());
        text(self.out, value);
        self.out.push(b',');
    }

    pub(super) fn optional(&mut self, name: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    pub(super) fn unsigned(&mut self, name: &'static str, value: u64) {
        self.out.extend_from_slice(name.as_bytes());
        decimal(self.out, value, 1);
        self.out.push(b',');
    }

    pub(super) fn signed(&mut self, name: &'static str, value: i64) {
        self.out.extend_from_slice(name.as_bytes());
        if value < 0 {
            self.out.push(b'-');
        }
        decimal(self.out, value.unsigned_abs(), 1);
        self.out.push(b',');
    }

    /// A text of at least so many decimal digits.
    pub(super) fn digits(&mut self, name: &'static str, value: u64, least: usize) {
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b'"');
        decimal(self.out, value, least);
        self.out.extend_from_slice(b"\",");
    }

    pub(super) fn address(&mut self, name: &'static str, value: IpAddr) {
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b'"');
        match value {
            IpAddr::V4(address) => {
                for octet in address.octets() {
                    decimal(self.out, octet.into(), 1);
                    self.out.push(b'.');
                }
                self.out.pop();
            }
            IpAddr::V6(address) => write!(self.out, "{address}").expect("memory can be written"),
        }
        self.out.extend_from_slice(b"\",");
    }

    pub(super) fn list<'t>(&mut self, name: &'static str, values: impl Iterator<Item = &'t str>) {
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b'[');
        for (index, value) in values.enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            text(self.out, value);
        }
        self.out.extend_from_slice(b"],");
    }

    pub(super) fn map<'t>(&mut self, name: &'static str, pairs: impl Iterator<Item = (&'t str, &'t str)>) {
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b'{');
        for (index, (key, value)) in pairs.enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            text(self.out, key);
            self.out.push(b':');
            text(self.out, value);
        }
        self.out.extend_from_slice(b"},");
    }

    /// Takes the last comma away.
    pub(super) fn end(self) {
        self.out.pop();
    }
}

fn text(out: &mut Vec<u8>, value: &str) {
    out.push(b'"');
    let bytes = value.as_bytes();
    // No early end: this way the compiler looks at sixteen bytes at once.
    let is_plain = bytes.iter().fold(true, |plain, byte| {
        plain & (*byte >= b' ') & (*byte != b'"') & (*byte != b'\\')
    });
    if is_plain {
        out.extend_from_slice(bytes);
    } else {
        bytes.iter().for_each(|byte| escaped(out, *byte));
    }
    out.push(b'"');
}

fn escaped(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        ..b' ' => {
            let digits = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
            out.extend_from_slice(b"\\u00");
            return out.extend_from_slice(&digits);
        }
        _ => return out.push(byte),
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Writes a number with leading zeros up to `least` digits (at most 20).
pub(super) fn decimal(out: &mut Vec<u8>, mut value: u64, least: usize) {
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    while value > 0 {
        start -= 1;
        digits[start] = DIGITS[usize::try_from(value % 10).expect("below ten")];
        value /= 10;
    }
    let start = start.min(digits.len() - least);
    out.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Members<'_>)) -> String {
        let mut out = Vec::new();
        let mut members = Members::of(&mut out);
        write(&mut members);
        members.end();
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn texts_and_numbers_are_what_serde_json_writes(
            texts in prop::collection::vec("[\0-\u{7f}é\u{2028}😀]{0,40}", 3),
            unsigned: u64,
            signed: i64,
            address: IpAddr,
        ) {
            let ours = written(|members| {
                members.text("", &texts[0]);
                members.unsigned("", unsigned);
                members.signed("", signed);
                members.address("", address);
                members.list("", texts.iter().map(String::as_str));
                members.map("", [(&*texts[1], &*texts[2])].into_iter());
            });
            let map = std::collections::BTreeMap::from([(&texts[1], &texts[2])]);
            let theirs = serde_json::to_string(&(&texts[0], unsigned, signed, address, &texts, map)).unwrap();
            prop_assert_eq!(format!("[{ours}]"), theirs);
        }
    }

    #[test]
    fn digits_are_filled_up_with_zeros() {
        assert_eq!(written(|members| members.digits("", 42, 12)), "\"000000000042\"");
        assert_eq!(written(|members| members.digits("", 0, 1)), "\"0\"");
        assert_eq!(written(|members| members.list("", std::iter::empty())), "[]");
    }
}
