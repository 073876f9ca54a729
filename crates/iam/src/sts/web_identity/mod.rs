//! Web identities: tokens of OpenID Connect providers, verified.
//!
//! A token is read ([`token`]), its issuer looked up among the providers of the role's account, its
//! claims compared with the provider's and the clock's, and its signature verified with the issuer's
//! keys ([`keys`]). The keys lie in the provider's record, or in [`Issuers`], which the server fills
//! from the issuer itself; here nothing is ever fetched. What comes out is a [`WebIdentity`], the only
//! thing that lets a requirement be asked for in somebody else's name than the caller's.

mod identity;
mod issuers;
mod keys;
mod provider_keys;
mod token;

pub(crate) use identity::Presented;
pub use identity::WebIdentity;
pub use issuers::Issuers;
pub use keys::{InlineKeys, InvalidKeySet, KeySet};
pub use provider_keys::{InvalidProviderKeys, ProviderKeys};
