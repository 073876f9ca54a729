//! The types that values of condition keys are declared as.

use crate::condition::binary;
use crate::condition::date::Moment;
use crate::condition::ip::Network;
use crate::condition::numeric::Decimal;

/// What a value of a condition key is meant to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ValueKind {
    /// Anything.
    Text,
    /// A decimal.
    Numeric,
    /// `true` or `false`.
    Boolean,
    /// An address, or a network of them.
    Ip,
    /// Base64.
    Binary,
    /// ISO 8601, or seconds since 1970.
    Date,
}

impl ValueKind {
    /// Whether conditions of this type could read the text.
    pub fn accepts(self, text: &str) -> bool {
        match self {
            ValueKind::Text => true,
            ValueKind::Numeric => Decimal::parse(text).is_some(),
            ValueKind::Boolean => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
            ValueKind::Ip => Network::parse(text).is_some(),
            ValueKind::Binary => binary::parse(text).is_some(),
            ValueKind::Date => Moment::parse(text).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_of_its_kind_or_not() {
        use ValueKind::*;

        for (kind, good, bad) in [
            (Numeric, "-1.5", "one"),
            (Boolean, "True", "yes"),
            (Ip, "10.0.0.0/8", "10.0.0"),
            (Binary, "QmluYXJ5", "no!"),
            (Date, "2026-01-31T09:08:07Z", "yesterday"),
        ] {
            assert!(kind.accepts(good) && Text.accepts(bad), "{good}");
            assert!(!kind.accepts(bad), "{bad}");
        }
    }
}
