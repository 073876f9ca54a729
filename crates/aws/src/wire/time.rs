//! Timestamps: epoch seconds in JSON, ISO 8601 in XML and forms.

use std::io::Write;

use crate::Timestamp;

/// Reads ISO 8601 in UTC with an optional fraction, `2026-01-31T09:08:07.5Z`, or epoch seconds.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    text.parse().ok().and_then(from_seconds).or_else(|| iso(text))
}

/// From epoch seconds with a fraction, rounded to milliseconds.
pub(super) fn from_seconds(seconds: f64) -> Option<Timestamp> {
    // What a year of four digits can say.
    const END: f64 = 253_402_300_800.0;
    (seconds.abs() < END).then(|| {
        #[expect(clippy::cast_possible_truncation, reason = "the range was looked at above")]
        Timestamp::from_millis((seconds * 1000.0).round() as i64)
    })
}

/// Appends epoch seconds with at most three decimals, as JSON services do.
pub(super) fn write_seconds(time: Timestamp, out: &mut Vec<u8>) {
    let millis = time.millis();
    let (sign, millis) = (if millis < 0 { "-" } else { "" }, millis.unsigned_abs());
    let (seconds, fraction) = (millis / 1000, millis % 1000);
    match fraction {
        0 => write!(out, "{sign}{seconds}"),
        _ => write!(out, "{sign}{seconds}.{fraction:03}"),
    }
    .expect("a Vec takes all that is written");
}

fn iso(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, fraction.strip_suffix('Z')?),
        None => (text.strip_suffix('Z')?, ""),
    };
    let shape = |at: usize, c: u8| whole.as_bytes().get(at) == Some(&c);
    let separated = shape(4, b'-') && shape(7, b'-') && shape(13, b':') && shape(16, b':');
    if !separated || fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let basic: String = whole
        .chars()
        .filter(|c| !matches!(c, '-' | ':'))
        .chain(['Z'])
        .collect();
    let millis = fraction.bytes().chain(*b"000").take(3);
    let millis = millis.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Some(Timestamp::from_millis(
        Timestamp::from_basic(&basic)?.millis() + millis,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(millis: i64) -> String {
        let mut out = Vec::new();
        write_seconds(Timestamp::from_millis(millis), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_seconds_have_at_most_three_decimals() {
        assert_eq!(written(1_528_932_105_382), "1528932105.382");
        assert_eq!(written(1_528_932_105_000), "1528932105");
        assert_eq!(written(1_528_932_105_007), "1528932105.007");
        assert_eq!(written(-1_500), "-1.500");
    }

    #[test]
    fn both_forms_are_read() {
        let moment = Some(Timestamp::from_millis(1_769_850_487_250));
        assert_eq!(read("2026-01-31T09:08:07.25Z"), moment);
        assert_eq!(read("1769850487.25"), moment);
        assert_eq!(
            read("2026-01-31T09:08:07Z"),
            Some(Timestamp::from_seconds(1_769_850_487))
        );
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "Z",
            "NaN",
            "inf",
            "1e300",
            "2026-01-31",
            "2026-13-31T09:08:07Z",
            "2026-01-31T09:08:07.Zé",
            "é026-01-31T09:08:07Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
