//! Identity providers, of OpenID Connect and of SAML: what the operations on the two have in common.

use kagiban_aws::{AccountId, Arn};
use kagiban_store::{Key, Record, Txn};

use crate::records::{OidcProvider, SamlProvider, Tag, keys};
use crate::state::ByName;
use crate::{Account, IamError, Requirement, Stored, tags};

/// The most providers of each kind in an account.
const MAX_PROVIDERS: usize = 100;

/// What the two kinds have in common.
pub(crate) trait Provider: Record + Clone {
    /// The beginning of an ARN's resource.
    const IN_ARN: &'static str;
    /// The name of their quota.
    const QUOTA: &'static str;
    /// How AWS begins the sentence that one is missing.
    const MISSING: &'static str;

    /// All of an account.
    fn all(account: &Account) -> &ByName<Self>;
    /// The end of the ARN.
    fn name(&self) -> &str;
    /// How the name is written in the map of all.
    fn place(name: &str) -> String;
    /// Where the record lies.
    fn key(account: AccountId, name: &str) -> Key;
    /// Tags.
    fn tags(&self) -> &[Tag];
    /// Tags, to be changed.
    fn tags_mut(&mut self) -> &mut Vec<Tag>;

    /// `arn:aws:iam::A:oidc-provider/…` or `…:saml-provider/…`
    fn arn(&self, account: AccountId) -> Arn {
        arn::<Self>(account, self.name())
    }
}

impl Provider for OidcProvider {
    const IN_ARN: &'static str = "oidc-provider/";
    const QUOTA: &'static str = "OpenIdConnectProvidersPerAccount";
    const MISSING: &'static str = "OpenIDConnect Provider not found for arn";

    fn all(account: &Account) -> &ByName<OidcProvider> {
        &account.oidc_providers
    }

    fn name(&self) -> &str {
        &self.url
    }

    fn place(name: &str) -> String {
        name.to_owned()
    }

    fn key(account: AccountId, name: &str) -> Key {
        keys::oidc_provider(account, name)
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }

    fn tags_mut(&mut self) -> &mut Vec<Tag> {
        &mut self.tags
    }
}

impl Provider for SamlProvider {
    const IN_ARN: &'static str = "saml-provider/";
    const QUOTA: &'static str = "SAMLProvidersPerAccount";
    const MISSING: &'static str = "Manifest not found for arn";

    fn all(account: &Account) -> &ByName<SamlProvider> {
        &account.saml_providers
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn place(name: &str) -> String {
        name.to_lowercase()
    }

    fn key(account: AccountId, name: &str) -> Key {
        keys::saml_provider(account, name)
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }

    fn tags_mut(&mut self) -> &mut Vec<Tag> {
        &mut self.tags
    }
}

/// The ARN of the provider of this name, which need not exist.
pub(crate) fn arn<P: Provider>(account: AccountId, name: &str) -> Arn {
    Arn::global("iam", account, format_args!("{}{name}", P::IN_ARN))
}

/// The ARN of a provider that may exist.
#[derive(Clone, Debug)]
pub(crate) struct ProviderArn(Arn);

impl ProviderArn {
    /// Takes a member that the wire demands.
    ///
    /// # Errors
    ///
    /// If it is no ARN. One of something else than a provider is merely not found.
    pub(crate) fn required(wire: Option<String>) -> Result<ProviderArn, IamError> {
        let arn = wire.unwrap_or_default().parse();
        arn.map(ProviderArn)
            .map_err(|_| IamError::ValidationError("Invalid ARN:  Could not be parsed!".to_owned()))
    }

    /// The ARN as it was given.
    pub(crate) fn arn(&self) -> &Arn {
        &self.0
    }

    /// The provider, if it exists under exactly this ARN.
    pub(crate) fn find<'a, P: Provider>(&self, account: &'a Account, id: AccountId) -> Option<&'a Stored<P>> {
        let name = self.0.resource().strip_prefix(P::IN_ARN)?;
        let provider = P::all(account).get(P::place(name).as_str())?;
        (provider.arn(id) == self.0).then_some(provider)
    }

    /// The provider.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub(crate) fn existing<'a, P: Provider>(
        &self,
        account: &'a Account,
        id: AccountId,
    ) -> Result<&'a Stored<P>, IamError> {
        self.find(account, id)
            .ok_or_else(|| IamError::NoSuchEntity(format!("{} {}", P::MISSING, self.0)))
    }

    /// What a caller must be allowed who acts on it, whether it exists or not.
    pub(crate) fn target<P: Provider>(
        &self,
        action: &'static str,
        account: &Account,
        id: AccountId,
    ) -> Requirement {
        let on = Requirement::on(action, self.0.as_str(), id);
        match self.find::<P>(account, id) {
            Some(provider) => tags::of_target(on, provider.tags()),
            None => on,
        }
    }
}

/// Refuses one provider too many.
///
/// # Errors
///
/// `LimitExceeded`.
// UNSURE: the quota's name in AWS's sentence.
pub(crate) fn room_for_one<P: Provider>(account: &Account) -> Result<(), IamError> {
    match P::all(account).len() {
        count if count < MAX_PROVIDERS => Ok(()),
        _ => Err(IamError::LimitExceeded(format!(
            "Cannot exceed quota for {}: {MAX_PROVIDERS}",
            P::QUOTA
        ))),
    }
}

/// Writes a new provider where none is.
pub(crate) fn made<P: Provider>(account: AccountId, new: &P) -> Txn {
    let key = P::key(account, new.name());
    let mut txn = Txn::new();
    txn.absent(key.clone()).put(key, new);
    txn
}

/// Writes a changed provider, provided that nobody else has changed it since it was read.
pub(crate) fn changed<P: Provider>(account: AccountId, read: &Stored<P>, new: &P) -> Txn {
    let key = P::key(account, read.name());
    let mut txn = Txn::new();
    txn.unchanged(key.clone(), Some(read.revision)).put(key, new);
    txn
}

/// Deletes a provider, provided that nobody has changed it since it was read.
pub(crate) fn gone<P: Provider>(account: AccountId, read: &Stored<P>) -> Txn {
    let key = P::key(account, read.name());
    let mut txn = Txn::new();
    txn.unchanged(key.clone(), Some(read.revision)).delete(key);
    txn
}

/// Gives a provider tags, or other values to those it has.
///
/// # Errors
///
/// If these are too many.
pub(crate) fn tagged<P: Provider>(
    account: AccountId,
    read: &Stored<P>,
    tags: &[Tag],
) -> Result<Txn, IamError> {
    let mut new = P::clone(read);
    *new.tags_mut() = tags::merge(read.tags(), tags)?;
    Ok(changed(account, read, &new))
}

/// Takes tags from a provider.
pub(crate) fn untagged<P: Provider>(account: AccountId, read: &Stored<P>, keys: &[String]) -> Txn {
    let mut new = P::clone(read);
    *new.tags_mut() = tags::remove(read.tags(), keys);
    changed(account, read, &new)
}
