//! One request's circumstances: what everything but the operation itself can know about it.

use std::net::IpAddr;

use kagiban_aws::{AccountId, Region, Timestamp};

use crate::Caller;

/// The account and Region that a request is about: state is keyed by the two.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Scope {
    /// The caller's account.
    pub account: AccountId,
    /// The Region in the credential scope; the only reliable source when all share one endpoint.
    pub region: Region,
}

impl Scope {
    /// The same account in another Region.
    #[must_use]
    pub fn at(self, region: Region) -> Scope {
        Scope { region, ..self }
    }
}

/// One request: who calls, for which scope, in which circumstances.
#[derive(Clone, Copy, Debug)]
pub struct Call<'c> {
    /// Who signed.
    pub caller: &'c Caller,
    /// Account and Region.
    pub scope: Scope,
    /// What the network and the clock say.
    pub facts: &'c Facts,
    /// The service that calls another one for the caller, such as `ssm`; none for direct calls.
    pub via: Option<&'static str>,
}

impl<'c> Call<'c> {
    /// The same call as another service makes it for the caller: conditions then see
    /// `kms:ViaService`, `aws:ViaAWSService` and `aws:CalledVia`.
    #[must_use]
    pub fn via(self, service: &'static str) -> Call<'c> {
        Call {
            via: Some(service),
            ..self
        }
    }
}

/// What the network and the clock say about a request.
#[derive(Clone, Debug)]
pub struct Facts {
    /// A UUID; goes back to the client, into the log and into the audit.
    pub request_id: String,
    /// When the request was received.
    pub now: Timestamp,
    /// The peer's address.
    pub source_ip: IpAddr,
    /// Whether it came over TLS.
    pub secure: bool,
    /// The client's own name for itself, if it gave one.
    pub user_agent: Option<String>,
    /// The page that the client says it comes from, if it said one.
    pub referer: Option<String>,
}
