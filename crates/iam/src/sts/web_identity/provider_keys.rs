//! Keys that an operator puts into a provider's record, for issuers that nobody here can reach.

use kagiban_aws::Arn;
use kagiban_store::Txn;

use super::keys::{InlineKeys, InvalidKeySet};
use crate::providers::{ProviderArn, changed};
use crate::records::OidcProvider;
use crate::{Call, IamError, Requirement, State};

/// Keys for an OpenID Connect provider that may exist; without any, its issuer is asked for them.
///
/// AWS has no operation for this, so it is no operation of IAM's; Kagiban's own service has one.
#[derive(Clone, Debug)]
pub struct ProviderKeys {
    provider: ProviderArn,
    keys: Option<InlineKeys>,
}

/// Why keys cannot be a provider's.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidProviderKeys {
    /// The provider's ARN is none.
    #[error("{0}")]
    Arn(IamError),
    /// The keys are none.
    #[error(transparent)]
    Keys(#[from] InvalidKeySet),
}

impl ProviderKeys {
    /// Takes the ARN of a provider and a set of keys; an empty text is none.
    ///
    /// # Errors
    ///
    /// If the first is no ARN, or the second no set that verifies tokens.
    pub fn parse(provider: Option<String>, keys: String) -> Result<ProviderKeys, InvalidProviderKeys> {
        let provider = ProviderArn::required(provider).map_err(InvalidProviderKeys::Arn)?;
        let keys = match keys.is_empty() {
            true => None,
            false => Some(InlineKeys::parse(keys)?),
        };
        Ok(ProviderKeys { provider, keys })
    }

    /// ARN of the provider.
    pub fn provider(&self) -> &Arn {
        self.provider.arn()
    }

    /// What a caller must be allowed: whoever says which certificates an issuer has may say which keys.
    ///
    /// None if the caller's account is not kept here.
    pub fn requirement(&self, call: &Call<'_>, state: &State) -> Option<Requirement> {
        const ACTION: &str = "iam:UpdateOpenIDConnectProviderThumbprint";
        let id = call.scope.account;
        let account = state.account(id)?;
        Some(self.provider.target::<OidcProvider>(ACTION, account, id))
    }

    /// Puts them into the provider's record instead of those that are there; none without a provider.
    pub fn put(self, call: &Call<'_>, state: &State) -> Option<Txn> {
        let id = call.scope.account;
        let provider = self.provider.find::<OidcProvider>(state.account(id)?, id)?;
        let new = OidcProvider {
            keys: self.keys,
            ..OidcProvider::clone(provider)
        };
        Some(changed(id, provider, &new))
    }
}
