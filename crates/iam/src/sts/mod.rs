//! STS: credentials that end by themselves.

mod token;
pub mod wire;

pub use token::{InvalidToken, SessionClaims, SessionCredentials, SessionKey};
