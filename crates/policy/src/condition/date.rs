//! Moments: ISO 8601 as the W3C profiles it, or seconds since 1970.

use time::{Date, Month, PrimitiveDateTime, Time};

/// A moment, in nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Moment(i128);

const NANOS: i128 = 1_000_000_000;

impl Moment {
    /// Reads a date (`2026-01-31`), a date with a time and a zone (`2026-01-31T09:08:07.5Z`,
    /// `2026-01-31T09:08+01:00`) or seconds since the epoch (`1577836800`). A time without a zone is UTC.
    pub(crate) fn parse(text: &str) -> Option<Moment> {
        if !text.is_ascii() {
            return None;
        }
        Self::epoch(text).or_else(|| Self::iso(text))
    }

    fn epoch(text: &str) -> Option<Moment> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let seconds: i64 = whole.parse().ok()?;
        let nanos = nanos(fraction)?;
        let sign = if whole.starts_with('-') { -1 } else { 1 };
        Some(Moment(i128::from(seconds) * NANOS + sign * nanos))
    }

    fn iso(text: &str) -> Option<Moment> {
        let (date, clock) = match text.split_once('T') {
            Some((date, clock)) => (date, Some(clock)),
            None => (text, None),
        };
        let midnight = PrimitiveDateTime::new(self::date(date)?, Time::MIDNIGHT).as_utc();
        let seconds = i128::from(midnight.unix_timestamp());
        let within = clock.map_or(Some(0), self::clock)?;
        Some(Moment(seconds * NANOS + within))
    }
}

fn date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let month = Month::try_from(number::<u8>(month, 2)?).ok()?;
    Date::from_calendar_date(number::<i32>(year, 4)?, month, number(day, 2)?).ok()
}

/// Nanoseconds from midnight UTC, the zone taken into account.
fn clock(text: &str) -> Option<i128> {
    let (local, offset_minutes) = match text.find(['Z', '+', '-']) {
        None => (text, 0),
        Some(at) => (&text[..at], offset(&text[at..])?),
    };
    let (local, fraction) = local.split_once('.').unwrap_or((local, "0"));
    let mut parts = local.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |second| number(second, 2))?;
    if parts.next().is_some() {
        return None;
    }
    let (h, m, s) = Time::from_hms(hour, minute, second).ok()?.as_hms();
    let seconds = (i128::from(h) * 60 + i128::from(m) - offset_minutes) * 60 + i128::from(s);
    Some(seconds * NANOS + nanos(fraction)?)
}

/// Minutes east of UTC.
fn offset(text: &str) -> Option<i128> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, minutes) = digits
        .split_once(':')
        .or_else(|| (digits.len() == 4).then(|| digits.split_at(2)))?;
    let (hours, minutes) = (number::<u8>(hours, 2)?, number::<u8>(minutes, 2)?);
    (hours < 24 && minutes < 60).then(|| sign * (i128::from(hours) * 60 + i128::from(minutes)))
}

/// Exactly so many digits, as a number.
fn number<T: std::str::FromStr>(text: &str, digits: usize) -> Option<T> {
    let fits = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

/// The digits after a decimal point, as nanoseconds; finer ones are dropped.
fn nanos(fraction: &str) -> Option<i128> {
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    Some(digits.fold(0, |sum, digit| sum * 10 + i128::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    #[test]
    fn one_moment_has_many_spellings() {
        for text in [
            "1577836800",
            "1577836800.0",
            "2020-01-01",
            "2020-01-01T00:00Z",
            "2020-01-01T00:00:00Z",
            "2020-01-01T00:00:00",
            "2020-01-01T00:00:00.000Z",
            "2020-01-01T01:30:00+01:30",
            "2019-12-31T19:00:00-0500",
        ] {
            assert_eq!(moment(text), Moment(1_577_836_800 * NANOS), "{text}");
        }
        assert!(moment("2020-01-01T00:00:00.5Z") > moment("2020-01-01T00:00:00.25Z"));
        assert!(moment("-1.5") < moment("-1"));
    }

    #[test]
    fn nonsense_is_no_moment() {
        for text in [
            "",
            "now",
            "x2020-01-01",
            "2020-02-30",
            "2020-13-01",
            "2020-1-1",
            "2020-01-01T",
            "2020-01-01T1Z",
            "2020-01-01T00:00:00+25:00",
            "2020-01-01T24:00:00Z",
            "2020-01-01T00:00:00ZZ",
            "1.",
            "２０２０-01-01",
            "--1",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }
}
