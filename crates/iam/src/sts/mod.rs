//! STS: credentials that end by themselves.

mod assume_role;
mod credentials;
mod get_caller_identity;
mod session_policies;
mod session_tags;
mod token;
pub mod wire;

pub use assume_role::AssumeRole;
pub use get_caller_identity::GetCallerIdentity;
pub use token::{Bearer, InvalidToken, SessionClaims, SessionCredentials, SessionKey};
