//! Who a request says it is from.

use std::fmt;
use std::time::SystemTime;

use kagiban_aws::sigv4::{self, HttpRequest};
use kagiban_aws::{Region, SecretString};

use crate::{Credentials, Error};

/// What a request will be: a list of lower-case names and values stands for its headers.
pub type Unsigned<'a> = HttpRequest<'a, [(&'a str, &'a str)]>;

/// The headers that prove it.
pub type Proof = Vec<(&'static str, SecretString)>;

/// How requests are signed.
#[derive(Clone, Copy)]
pub enum Signer<'a> {
    /// Not at all.
    Nobody,
    /// With an access key, for a Region and a service's signing name.
    Key(&'a Credentials, Region, &'a str),
    /// In another way.
    Other(&'a (dyn Fn(&Unsigned<'_>) -> Result<Proof, Error> + Send + Sync)),
}

impl fmt::Debug for Signer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Signer::Nobody => "Nobody",
            Signer::Key(..) => "Key",
            Signer::Other(_) => "Other",
        })
    }
}

impl Signer<'_> {
    /// The headers to add to a request; all that are given are signed.
    ///
    /// # Errors
    ///
    /// If the request cannot be made canonical.
    pub fn headers(
        &self,
        method: &str,
        path: &str,
        query: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Proof, Error> {
        let request = HttpRequest {
            method,
            path,
            query,
            headers,
            body,
        };
        match self {
            Signer::Nobody => Ok(Vec::new()),
            Signer::Key(credentials, region, service) => signed(&request, credentials, *region, service),
            Signer::Other(sign) => sign(&request),
        }
    }
}

fn signed(
    request: &Unsigned<'_>,
    credentials: &Credentials,
    region: Region,
    service: &str,
) -> Result<Proof, Error> {
    let credentials = sigv4::Credentials {
        access_key_id: &credentials.access_key_id,
        secret: credentials.secret.expose(),
        session_token: credentials.session_token.as_ref().map(SecretString::expose),
    };
    let added = sigv4::sign(request, &credentials, region, service, SystemTime::now().into())
        .map_err(|error| Error::Setting(format!("the request cannot be signed: {error}")))?;
    let headers = added
        .headers()
        .map(|(name, value)| (name, value.to_owned().into()));
    Ok(headers.collect())
}
