//! STS: credentials that end by themselves.

mod assume_role;
mod assume_role_with_web_identity;
mod authorization_message;
mod credentials;
mod decode_authorization_message;
mod get_access_key_info;
mod get_caller_identity;
mod get_federation_token;
mod get_session_token;
mod session_policies;
mod session_tags;
mod token;
pub mod web_identity;
pub mod wire;

pub use assume_role::AssumeRole;
pub use assume_role_with_web_identity::AssumeRoleWithWebIdentity;
pub use decode_authorization_message::DecodeAuthorizationMessage;
pub use get_access_key_info::GetAccessKeyInfo;
pub use get_caller_identity::GetCallerIdentity;
pub use get_federation_token::GetFederationToken;
pub use get_session_token::GetSessionToken;
pub use token::{Bearer, Federation, InvalidToken, SessionClaims, SessionCredentials, SessionKey};
