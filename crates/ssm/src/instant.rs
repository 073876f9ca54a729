//! Moments as policies write them: ISO 8601 in UTC or with an offset.

use std::time::Duration;

use kagiban_aws::Timestamp;

/// Reads `2030-01-31T09:08:07.5Z` or `2030-01-31T09:08+02:00`: seconds and their fraction may be left
/// out, the offset may not.
///
/// Source: Systems Manager User Guide, "Assigning parameter policies" (`ISO_INSTANT`, `ISO_OFFSET_DATE_TIME`).
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let (local, offset) = split_offset(text)?;
    let (whole, fraction) = local.split_once('.').unwrap_or((local, "0"));
    let (date, time) = whole.split_once('T')?;
    let date = digits(date, '-', &[4, 2, 2])?;
    let time = match time.len() {
        5 => digits(time, ':', &[2, 2])? + "00",
        _ => digits(time, ':', &[2, 2, 2])?,
    };
    let local = Timestamp::from_basic(&format!("{date}T{time}Z"))?;
    Some(shifted(local.plus(read_fraction(fraction)?), offset))
}

/// The local part, and how many minutes it is ahead of UTC.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(local) = text.strip_suffix('Z') {
        return Some((local, 0));
    }
    let sign_at = text.rfind(['+', '-'])?;
    let (local, offset) = text.split_at_checked(sign_at)?;
    let (sign, offset) = offset.split_at_checked(1)?;
    let offset = digits(offset, ':', &[2, 2])?;
    let (hours, minutes): (i64, i64) = (offset[..2].parse().ok()?, offset[2..].parse().ok()?);
    let minutes = Some(hours * 60 + minutes).filter(|_| hours <= 18 && minutes < 60)?;
    Some((local, if sign == "-" { -minutes } else { minutes }))
}

/// The digits of groups with a separator between them, if each has its length.
fn digits(text: &str, separator: char, lengths: &[usize]) -> Option<String> {
    let groups: Vec<&str> = text.split(separator).collect();
    let right = |(group, length): (&&str, &usize)| {
        group.len() == *length && group.bytes().all(|digit| digit.is_ascii_digit())
    };
    let all = groups.len() == lengths.len() && groups.iter().zip(lengths).all(right);
    all.then(|| groups.concat())
}

fn read_fraction(digits: &str) -> Option<Duration> {
    let sound = (1..=9).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    let millis = digits.bytes().chain(*b"00").take(3);
    let millis = millis.fold(0, |sum, digit| sum * 10 + u64::from(digit.wrapping_sub(b'0')));
    sound.then(|| Duration::from_millis(millis))
}

fn shifted(local: Timestamp, minutes: i64) -> Timestamp {
    let by = Duration::from_secs(minutes.unsigned_abs() * 60);
    match minutes {
        0.. => local.minus(by),
        _ => local.plus(by),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_instant_and_an_offset_name_the_same_moment() {
        let instant = read("2030-01-31T09:08:07.500Z").unwrap();
        assert_eq!(instant.iso().to_string(), "2030-01-31T09:08:07Z");
        assert_eq!(instant.millis() % 1000, 500);
        for same in [
            "2030-01-31T09:08:07.5+00:00",
            "2030-01-31T11:38:07.5+02:30",
            "2030-01-31T01:08:07.50-08:00",
            "2030-02-01T03:08:07.500000000+18:00",
        ] {
            assert_eq!(read(same), Some(instant), "{same}");
        }
        assert_eq!(read("2030-01-31T09:08Z"), read("2030-01-31T09:08:00.000Z"));
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in [
            "",
            "2030-01-31",
            "2030-01-31T09:08:07",
            "2030-01-31 09:08:07Z",
            "2030-02-30T09:08:07Z",
            "2030-01-31T25:08:07Z",
            "2030-01-31T09:08:07.Z",
            "2030-01-31T09:08:07.1234567890Z",
            "2030-01-31T09:08:07+19:00",
            "2030-01-31T09:08:07+2:00",
            "2030-01-31T09Z",
            "20300131T090807Z",
            "1893456000",
            "２030-01-31T09:08:07Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn reading_any_text_never_panics(text in "[0-9TZ:.+é-]{0,40}") {
            let _ = read(&text);
        }

        #[test]
        fn a_printed_moment_reads_back(seconds in 0..253_402_300_799i64) {
            let moment = Timestamp::from_seconds(seconds);
            prop_assert_eq!(read(&moment.iso().to_string()), Some(moment));
        }
    }
}
