//! What Parameter Store's operations see.

use std::net::IpAddr;

use kagiban_aws::Timestamp;
use kagiban_iam::sts::SessionKey;
use kagiban_iam::{Scope, Stored};

use crate::nodes::Presence;
use crate::page::PageKey;
use crate::public::PublicParameters;
use crate::records::Parameter;
use crate::sessions::Streams;
use crate::sessions::token::TokenKey;
use crate::{ParameterName, State};

/// One revision of IAM, KMS and SSM, and the keys that go with them.
#[derive(Clone, Copy, Debug)]
pub struct View<'v> {
    /// Users, roles and policies.
    pub iam: &'v kagiban_iam::State,
    /// Keys and aliases.
    pub kms: &'v kagiban_kms::State,
    /// The top of KMS's key hierarchy, passed on unused.
    pub domain: &'v kagiban_kms::DomainKey,
    /// Parameters.
    pub ssm: &'v State,
    /// Parameters of nobody that everybody may be allowed to read.
    pub public: &'v PublicParameters,
    /// Seals the tokens of pages.
    pub pages: &'v PageKey,
    /// Seals the credentials of nodes.
    pub sessions: &'v SessionKey,
    /// Which nodes are there now.
    pub presence: &'v Presence,
    /// Makes the tokens of channels.
    pub tokens: &'v TokenKey,
    /// Where clients open their data channels.
    pub streams: &'v Streams,
    /// Whether webhooks are delivered to an address over https.
    pub delivers_to: fn(IpAddr) -> bool,
}

impl AsRef<kagiban_iam::State> for View<'_> {
    fn as_ref(&self) -> &kagiban_iam::State {
        self.iam
    }
}

impl<'v> View<'v> {
    /// The same revision as KMS sees it.
    pub fn kms(&self) -> kagiban_kms::View<'v> {
        kagiban_kms::View {
            iam: self.iam,
            kms: self.kms,
            domain: self.domain,
            dependants: self.ssm,
        }
    }

    /// A parameter by either spelling of its name; one that has expired is gone at that moment,
    /// whenever its records go.
    pub fn parameter(
        &self,
        scope: Scope,
        name: &ParameterName,
        now: Timestamp,
    ) -> Option<&'v Stored<Parameter>> {
        let parameter = self.ssm.parameter(scope, name);
        parameter.filter(|parameter| !parameter.has_expired(now))
    }

    /// What can be read by a name: a parameter of the account, or a public one.
    pub(crate) fn readable(
        &self,
        scope: Scope,
        name: &ParameterName,
        now: Timestamp,
    ) -> Option<&'v Stored<Parameter>> {
        match name.is_public() {
            true => self.public.get(name),
            false => self.parameter(scope, name, now),
        }
    }
}
