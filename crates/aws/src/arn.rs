use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Region};

/// An Amazon Resource Name, `arn:partition:service:region:account:resource`.
///
/// One string with the places of its five colons; the resource part may hold more of them.
#[derive(Clone, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Arn {
    text: String,
    colons: [u16; 5],
}

impl Arn {
    /// Longest ARN that is read; IAM's own limit for ARNs in requests is the same.
    pub const MAX_LEN: usize = 2048;

    /// Room for a key's, and for most others.
    const USUAL_LEN: usize = 96;

    /// Builds the ARN of something that lives in an account and a Region.
    pub fn regional(service: &str, region: Region, account: AccountId, resource: fmt::Arguments<'_>) -> Arn {
        Self::built(service, region.as_str(), account, resource)
    }

    /// Builds the ARN of something that lives in an account and no Region, as IAM's and STS's do.
    pub fn global(service: &str, account: AccountId, resource: fmt::Arguments<'_>) -> Arn {
        Self::built(service, "", account, resource)
    }

    /// The resource of actions that have none: matched by the pattern `*` alone.
    pub const ANY: &'static str = "*";

    /// Put together by hand: every request makes several.
    fn built(service: &str, region: &str, account: AccountId, resource: fmt::Arguments<'_>) -> Arn {
        let mut text = String::with_capacity(Self::USUAL_LEN);
        let mut colons = [0; 5];
        let account = account.digits();
        for (colon, part) in colons
            .iter_mut()
            .zip(["arn", "aws", service, region, account.as_str()])
        {
            text.push_str(part);
            *colon = u16::try_from(text.len()).expect("services and Regions have short names");
            text.push(':');
        }
        text.write_fmt(resource)
            .expect("a String takes all that is written");
        Arn { text, colons }
    }

    fn part(&self, index: usize) -> &str {
        let start = usize::from(self.colons[index - 1]) + 1;
        match self.colons.get(index) {
            Some(&end) => &self.text[start..usize::from(end)],
            None => &self.text[start..],
        }
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `aws`, or another of AWS's worlds.
    pub fn partition(&self) -> &str {
        self.part(1)
    }

    /// The service, such as `kms`.
    pub fn service(&self) -> &str {
        self.part(2)
    }

    /// The Region's name; empty for global services.
    pub fn region(&self) -> &str {
        self.part(3)
    }

    /// The account's digits; empty or `aws` for what AWS itself owns.
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// The account as a number, if one is there.
    pub fn account_id(&self) -> Option<AccountId> {
        self.account().parse().ok()
    }

    /// Everything after the fifth colon, such as `parameter/prod/db`.
    pub fn resource(&self) -> &str {
        self.part(5)
    }
}

/// The places of the first five colons of a text that starts with `arn:`.
fn colons(text: &str) -> Option<[u16; 5]> {
    let mut places = [0; 5];
    let mut found = text
        .bytes()
        .enumerate()
        .filter(|(_, b)| *b == b':')
        .map(|(place, _)| place);
    for place in &mut places {
        *place = u16::try_from(found.next()?).ok()?;
    }
    Some(places)
}

impl FromStr for Arn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Arn, InvalidArn> {
        if text.len() > Self::MAX_LEN || !text.starts_with("arn:") {
            return Err(InvalidArn);
        }
        let arn = Arn {
            text: text.to_owned(),
            colons: colons(text).ok_or(InvalidArn)?,
        };
        if arn.partition().is_empty() || arn.service().is_empty() || arn.resource().is_empty() {
            return Err(InvalidArn);
        }
        Ok(arn)
    }
}

impl TryFrom<String> for Arn {
    type Error = InvalidArn;

    fn try_from(text: String) -> Result<Arn, InvalidArn> {
        text.parse()
    }
}

impl From<Arn> for String {
    fn from(arn: Arn) -> String {
        arn.text
    }
}

impl AsRef<str> for Arn {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The text is not an ARN.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not an ARN; write `arn:partition:service:region:account:resource`")]
pub struct InvalidArn;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resource_may_hold_colons() {
        let arn: Arn = "arn:aws:ssm:us-east-1:111122223333:parameter/a:3"
            .parse()
            .unwrap();
        assert_eq!(arn.resource(), "parameter/a:3");
        assert_eq!(arn.region(), "us-east-1");
        assert_eq!(arn.account_id().unwrap().number(), 111_122_223_333);
    }

    #[test]
    fn a_global_arn_has_an_empty_region() {
        let arn = Arn::global(
            "iam",
            "111122223333".parse().unwrap(),
            format_args!("user/{}", "alice"),
        );
        assert_eq!(arn.as_str(), "arn:aws:iam::111122223333:user/alice");
        assert_eq!(arn.region(), "");
    }

    #[test]
    fn what_lacks_a_part_is_not_an_arn() {
        for text in [
            "",
            "arn",
            "arn:aws:ssm",
            "arn:aws:ssm:us-east-1:1:",
            "arn::ssm:r:1:x",
            "x:aws:ssm:r:1:x",
        ] {
            assert_eq!(text.parse::<Arn>(), Err(InvalidArn), "{text}");
        }
    }

    #[test]
    fn an_arn_longer_than_the_limit_is_refused() {
        let text = format!("arn:aws:ssm:r:1:{}", "x".repeat(Arn::MAX_LEN));
        assert_eq!(text.parse::<Arn>(), Err(InvalidArn));
    }
}
