//! Signature Version 4: proves that a request came from a holder of a secret key.
//!
//! The secret never travels: both sides derive a [`SigningKey`] from it and compare HMACs of a
//! canonical form of the request. Interoperability bugs live in that form, so it has its own
//! module, and AWS's published examples are its tests.
//!
//! A server calls [`Presented::parse`], looks the access key up, and calls [`Presented::verify`].
//! A client calls [`sign`] (headers) or [`presign`] (query). Both forms cover the method, the path,
//! the query, the headers named in `SignedHeaders` and the body; what is outside (a header that is
//! not named) must not decide anything, so every `x-amz-*` header that is sent has to be named.
//!
//! Replay within the clock window is possible by design: the protocol has no nonce. TLS is the
//! answer to that, as it is at AWS.

mod authorization;
mod canonical;
mod credential;
mod digest;
mod error;
mod escape;
mod instant;
mod key;
mod node;
mod presented;
mod query_form;
mod request;
mod sign;

pub use credential::Scope;
pub use error::SignatureError;
pub use key::SigningKey;
pub use node::is_public_key;
pub use presented::Presented;
pub use request::{Headers, HttpRequest};
pub use sign::{Added, Credentials, presign, sign, sign_with};

/// The one algorithm; SigV4A (`AWS4-ECDSA-P256-SHA256`) is chosen only by multi-Region clients.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The last part of every credential scope.
const TERMINATOR: &str = "aws4_request";
