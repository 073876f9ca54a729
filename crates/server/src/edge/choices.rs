//! What the operator has chosen about answers.

use std::time::Duration;

use kagiban_ssm::public::PublicParameters;
use kagiban_ssm::sessions::Streams;
use kagiban_ssm::webhooks;

use crate::config::{AuditDurability, IssuerFetch};

/// What the operator has chosen about answers.
#[derive(Debug)]
pub struct Choices {
    /// What they wait for.
    pub durability: AuditDurability,
    /// Where the keys of OpenID Connect providers are fetched from.
    pub issuer_fetch: IssuerFetch,
    /// The public parameters.
    pub public: PublicParameters,
    /// Where clients open their data channels.
    pub streams: Streams,
    /// How long a webhook's delivery is tried.
    pub webhook_lifetime: Duration,
    /// Where webhooks deliver to over https.
    pub webhook_reach: IssuerFetch,
}

impl Default for Choices {
    fn default() -> Choices {
        Choices {
            durability: AuditDurability::default(),
            issuer_fetch: IssuerFetch::default(),
            public: PublicParameters::default(),
            streams: Streams::default(),
            webhook_lifetime: webhooks::LIFETIME,
            webhook_reach: IssuerFetch::default(),
        }
    }
}
