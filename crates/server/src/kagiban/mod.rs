//! The service that AWS does not have: what Kagiban can say beyond the services it stands in for.
//!
//! It speaks JSON 1.1 under the target `Kagiban` and the signing name `kagiban`, so every ordinary
//! client reaches it: its model, `service-2.json` beside this file, is in botocore's format, and
//! `aws configure add-model` takes it. It lives here because it sees every service's state.
//!
//! # Who may see what
//!
//! - Whoever asks why a user or role may or may not do something needs `iam:SimulatePrincipalPolicy` on
//!   that user or role, as for AWS's simulator, and has to be of its account.
//! - The text of a statement, and what a condition in it asks for, is shown to those who may read the
//!   policy: `iam:GetUserPolicy`, `iam:GetGroupPolicy` or `iam:GetRolePolicy` on whom it is written
//!   into, `iam:GetPolicyVersion` on a managed policy, `iam:GetRole` for a trust policy,
//!   `kms:GetKeyPolicy` for a key's. Everybody else gets names, kinds and places.
//! - Nobody needs a permission to ask about their own requests, and without one learns no more than
//!   the request's answer has told them. A request that the asker may not see is answered like one that
//!   does not exist.
//! - Whoever puts keys into an OpenID Connect provider's record needs
//!   `iam:UpdateOpenIDConnectProviderThumbprint` on it: both say whose word is taken for the issuer's.

mod check;
mod closed;
mod error;
mod given;
pub mod operations;
mod principal;
mod readable;
mod recorded;
mod remedy;
mod target;
mod view;
pub mod wire;

pub use error::KagibanError;
pub use view::View;
