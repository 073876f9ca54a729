//! The time of day as servers say it.

use std::time::{Duration, SystemTime};

/// Reads a `Date` header, such as `Sun, 22 Nov 2026 12:00:00 GMT`.
///
/// Returns nothing for other forms: servers have written this one since RFC 1123.
pub fn http_date(text: &str) -> Option<SystemTime> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];

    let (_, rest) = text.split_once(", ")?;
    let mut words = rest.split([' ', ':']);
    let day: i64 = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = i64::try_from(MONTHS.iter().position(|name| *name == month)?).ok()? + 1;
    let year: i64 = words.next()?.parse().ok()?;
    let mut number = || words.next()?.parse::<u64>().ok();
    let seconds = number()? * 3600 + number()? * 60 + number()?;
    // Days since 1970 by the civil calendar, March first so that leap days come last.
    let (year, month) = match month <= 2 {
        true => (year - 1, month + 9),
        false => (year, month - 3),
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    let days = u64::try_from(days).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(days * 86_400 + seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_date_is_understood() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(at(0)));
        assert_eq!(
            http_date("Thu, 29 Feb 2024 23:59:59 GMT"),
            Some(at(1_709_251_199))
        );
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(at(784_111_777)));
        for text in ["", "yesterday", "Sun, 06 Nov", "Sun, 06 Foo 1994 08:49:37 GMT"] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }
}
