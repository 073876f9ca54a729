//! Moments: seconds since the epoch on the wire, ISO 8601 for everybody else.

use std::fmt;

use kagiban_aws::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// When something happened.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Moment(Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        #[expect(clippy::cast_possible_truncation, reason = "a cast of floats saturates")]
        let millis = (seconds * 1000.0).round() as i64;
        Ok(Moment(Timestamp::from_millis(millis)))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iso().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_of_the_wire_are_shown_as_a_date() {
        let moment: Moment = serde_json::from_str("1769850487.999").unwrap();
        assert_eq!(
            serde_json::to_string(&moment).unwrap(),
            "\"2026-01-31T09:08:07Z\""
        );
    }
}
