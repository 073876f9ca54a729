use std::borrow::Cow;

use super::{SignatureError, TERMINATOR};
use crate::Region;

/// Where and when a signature holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Scope<'a> {
    /// `yyyymmdd`, UTC; the same day as the request's timestamp once it is verified.
    pub date: &'a str,
    /// The client's choice: it becomes the Region of the request.
    pub region: Region,
    /// Such as `ssm`.
    pub service: &'a str,
}

/// `AKID/yyyymmdd/region/service/aws4_request`, found to have its five parts.
#[derive(Clone, Debug)]
pub(super) struct Credential<'a> {
    text: Cow<'a, str>,
    region: Region,
    /// Where the first four parts end.
    ends: [usize; 4],
}

impl<'a> Credential<'a> {
    const MAX_LEN: usize = 256;

    pub(super) fn parse(text: Cow<'a, str>) -> Result<Credential<'a>, SignatureError> {
        let mut slashes = text
            .bytes()
            .enumerate()
            .filter(|(_, b)| *b == b'/')
            .map(|(at, _)| at);
        let mut ends = [0; 4];
        for end in &mut ends {
            *end = slashes.next().ok_or(SignatureError::CredentialParts)?;
        }
        if slashes.next().is_some() || text.len() > Self::MAX_LEN {
            return Err(SignatureError::CredentialParts);
        }
        let date = &text[ends[0] + 1..ends[1]];
        if date.len() != 8 || !date.bytes().all(|b| b.is_ascii_digit()) {
            return Err(SignatureError::CredentialParts);
        }
        let region = text[ends[1] + 1..ends[2]]
            .parse()
            .map_err(|_| SignatureError::WrongRegion)?;
        if &text[ends[3] + 1..] != TERMINATOR {
            return Err(SignatureError::WrongTerminator);
        }
        Ok(Credential { text, region, ends })
    }

    pub(super) fn access_key_id(&self) -> &str {
        &self.text[..self.ends[0]]
    }

    pub(super) fn scope(&self) -> Scope<'_> {
        let [id, date, region, service] = self.ends;
        Scope {
            date: &self.text[id + 1..date],
            region: self.region,
            service: &self.text[region + 1..service],
        }
    }

    /// `yyyymmdd/region/service/aws4_request`, as it is signed.
    pub(super) fn signed(&self) -> &str {
        &self.text[self.ends[0] + 1..]
    }
}
