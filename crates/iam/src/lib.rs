//! IAM and STS: who is calling, and may they.
//!
//! Every service builds on this crate. It keeps users, roles and policies ([`records`], [`State`]),
//! finds out who signed a request ([`authenticate`]), and is the one place that can make an
//! [`Authorized`] request, the only thing that a handler accepts ([`authorize`], [`Operation`]).

mod access_keys;
mod access_reports;
mod aliases;
mod attachments;
pub mod authenticate;
mod author;
mod authorization_details;
mod authorize;
pub mod bootstrap;
mod boundary;
mod call;
mod caller;
mod confines;
mod context;
mod credential_report;
mod decision;
pub mod document;
mod entity;
mod entropy;
mod error;
pub mod explanation;
mod grants;
mod groups;
mod inline_policies;
mod instance_profiles;
mod last_used;
pub mod managed_policies;
mod managed_policy;
mod mfa;
mod mfa_devices;
pub mod names;
mod oidc_providers;
mod operation;
pub mod operations;
pub mod page;
mod password_policy;
mod passwords;
mod policies;
pub mod principals;
mod providers;
mod qr_code;
mod quotas;
mod reasons;
pub mod records;
mod renaming;
mod roles;
mod saml_providers;
mod service_linked_roles;
mod service_sessions;

mod simulation;
mod state;
pub mod sts;
pub mod tags;
#[cfg(test)]
mod testing;
mod totp;
mod users;
mod uses;
mod view;
pub mod wire;

pub use author::Author;
pub use authorize::{
    Allowances, Authorized, Denied, Refused, Requirement, allowed, authorize, authorize_with,
};
pub use call::{Call, Facts, Scope};
pub use caller::{Caller, Identity, ProvenNode, Session};
pub use context::{ContextValue, Particulars};
pub use decision::Decision;
pub use entropy::{Entropy, hex};
pub use error::IamError;
pub use grants::{Covering, Grants};
pub use last_used::{LastUses, Writing};
pub use mfa::WrongCode;
pub use oidc_providers::ProviderUrl;
pub use operation::{Denial, Operation, Wait, With};
pub use service_sessions::{ServiceCall, pass_role};
pub use state::{Account, ByName, State, Stored, apply, misplaced};
pub use uses::{Usage, Uses};
pub use view::View;

#[cfg(test)]
mod scenes;
