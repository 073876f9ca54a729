use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A Region's name, such as `eu-west-1`: a label that separates state, not a place.
///
/// Kept inline, because every request carries one and none should allocate for it.
#[derive(Clone, Copy, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region {
    bytes: [u8; Self::MAX_LEN],
    len: u8,
}

impl Region {
    /// AWS's own names have at most 14 characters; the rest is for private ones.
    pub const MAX_LEN: usize = 31;

    /// The home of the global services (IAM, STS).
    pub fn us_east_1() -> Region {
        "us-east-1".parse().expect("a lower-case name within the limit")
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).expect("parsed from ASCII")
    }
}

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(text: &str) -> Result<Region, InvalidRegion> {
        let well_formed = (1..=Self::MAX_LEN).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !well_formed {
            return Err(InvalidRegion);
        }
        let mut bytes = [0; Self::MAX_LEN];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Region {
            bytes,
            len: u8::try_from(text.len()).expect("at most MAX_LEN"),
        })
    }
}

impl TryFrom<String> for Region {
    type Error = InvalidRegion;

    fn try_from(text: String) -> Result<Region, InvalidRegion> {
        text.parse()
    }
}

impl From<Region> for String {
    fn from(region: Region) -> String {
        region.as_str().to_owned()
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text cannot be a Region's name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a region is 1 to {} of `a-z`, `0-9` and `-`, such as `us-east-1`",
    Region::MAX_LEN
)]
pub struct InvalidRegion;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_prints_as_it_was_written() {
        assert_eq!("eu-west-1".parse::<Region>().unwrap().to_string(), "eu-west-1");
    }

    #[test]
    fn what_could_break_an_arn_or_a_key_is_refused() {
        for text in ["", "EU-WEST-1", "a/b", "a:b", "a b", "ü", &"x".repeat(32)] {
            assert_eq!(text.parse::<Region>(), Err(InvalidRegion), "{text}");
        }
    }
}
