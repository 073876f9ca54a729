use crate::Timestamp;

/// When a request says it was signed, in the spelling that was signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Instant {
    pub(super) time: Timestamp,
    basic: [u8; 16],
}

impl Instant {
    /// `time` to the second.
    pub(super) fn new(time: Timestamp) -> Option<Instant> {
        Instant::from_basic(time.basic().to_string().as_bytes())
    }

    /// Reads `20260131T090807Z`.
    pub(super) fn from_basic(text: &[u8]) -> Option<Instant> {
        let basic = text.try_into().ok()?;
        let time = Timestamp::from_basic(std::str::from_utf8(text).ok()?)?;
        Some(Instant { time, basic })
    }

    /// Reads a `Date` header: the basic form, or HTTP's `Sat, 31 Jan 2026 09:08:07 GMT`.
    pub(super) fn from_http(text: &[u8]) -> Option<Instant> {
        match text.len() {
            16 => Instant::from_basic(text),
            _ => Instant::from_basic(&rearranged(text)?),
        }
    }

    /// `20260131T090807Z`.
    pub(super) fn basic(&self) -> &str {
        std::str::from_utf8(&self.basic).expect("parsed from a str")
    }

    /// `20260131`, which the credential scope must repeat.
    pub(super) fn day(&self) -> &str {
        &self.basic()[..8]
    }
}

/// Turns `Sat, 31 Jan 2026 09:08:07 GMT` into the basic form. Every field has its fixed place; the
/// day of the week adds nothing and is not read.
fn rearranged(text: &[u8]) -> Option<[u8; 16]> {
    const MONTHS: [&[u8; 3]; 12] = [
        b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
    ];

    // botocore prints UTC as `-0000`.
    if !matches!(text.get(25..)?, b" GMT" | b" UTC" | b" +0000" | b" -0000") {
        return None;
    }
    let month = MONTHS.iter().position(|month| text[8..11] == month[..])? + 1;
    let mut basic = *b"________T______Z";
    basic[..4].copy_from_slice(&text[12..16]);
    basic[4] = if month < 10 { b'0' } else { b'1' };
    basic[5] = b"0123456789"[month % 10];
    basic[6..8].copy_from_slice(&text[5..7]);
    basic[9..11].copy_from_slice(&text[17..19]);
    basic[11..13].copy_from_slice(&text[20..22]);
    basic[13..15].copy_from_slice(&text[23..25]);
    Some(basic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_header_is_read_in_both_spellings() {
        let basic = Instant::from_http(b"20260131T090807Z").unwrap();
        assert_eq!(Instant::from_http(b"Sat, 31 Jan 2026 09:08:07 GMT"), Some(basic));
        assert_eq!(
            Instant::from_http(b"Sat, 31 Jan 2026 09:08:07 -0000"),
            Some(basic)
        );
        assert_eq!(basic.day(), "20260131");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in ["", "yesterday", "2026-01-31", "20260131T090807"] {
            assert_eq!(Instant::from_http(text.as_bytes()), None, "{text}");
        }
    }
}
