//! Decimal numbers, compared exactly: a policy about 2⁶³ or a tenth means just that.

use std::cmp::Ordering;

/// A decimal number in one form: no leading zeros before the point, no trailing ones after it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Decimal {
    negative: bool,
    whole: Box<str>,
    fraction: Box<str>,
}

impl Decimal {
    /// Reads an optional sign, digits, and optionally a point and digits; no exponent.
    pub(crate) fn parse(text: &str) -> Option<Decimal> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (digits, ""),
        };
        let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Decimal {
            negative: negative && !zero,
            whole: whole.into(),
            fraction: fraction.into(),
        })
    }

    fn magnitude(&self, other: &Decimal) -> Ordering {
        self.whole
            .len()
            .cmp(&other.whole.len())
            .then_with(|| self.whole.cmp(&other.whole))
            .then_with(|| self.fraction.cmp(&other.fraction))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn spellings_of_one_number_are_equal() {
        assert_eq!(decimal("007.50"), decimal("+7.5"));
        assert_eq!(decimal("-0.0"), decimal("0"));
    }

    #[test]
    fn numbers_beyond_a_float_are_told_apart() {
        assert!(decimal("9007199254740993") > decimal("9007199254740992"));
        assert!(decimal("0.1") < decimal("0.10000000000000000001"));
    }

    #[test]
    fn nonsense_is_no_number() {
        for text in [
            "", "-", ".5", "5.", "1e3", "inf", "NaN", "1 ", "٣", "1.2.3", "--1",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_the_numbers(a in -2000i64..2000, b in -2000i64..2000) {
            let hundredths = |n: i64| {
                decimal(&format!("{}{}.{:02}", if n < 0 { "-" } else { "" }, n.abs() / 100, n.abs() % 100))
            };
            prop_assert_eq!(hundredths(a).cmp(&hundredths(b)), a.cmp(&b));
        }
    }
}
