use hyper::StatusCode;
use kagiban_aws::Fault;
use kagiban_aws::sigv4::SignatureError;
use serde::Serialize;

use super::document::json;
use crate::http::Response;

/// Why nobody is signed in.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum FederationError {
    #[error("the request does not say which host it is for")]
    Host,
    #[error("the form cannot be read")]
    Form,
    #[error("Action is one of getSigninToken, login and logout")]
    Action,
    #[error("Session is a JSON object with sessionId, sessionKey and sessionToken")]
    Session,
    #[error("SessionDuration is a number of seconds from 900 to 43200")]
    SessionDuration,
    #[error("SessionDuration is not taken with credentials of GetFederationToken or of a chained role")]
    BoundDuration,
    #[error("long-lived access keys open no console; assume a role, or call GetFederationToken")]
    LongLived,
    #[error("credentials of GetSessionToken open no console; assume a role, or call GetFederationToken")]
    SessionToken,
    #[error("{0}")]
    Credentials(SignatureError),
    #[error("Destination is not a page of this console")]
    Destination,
    #[error("the sign-in link has been used already, or is too old; ask for another one")]
    SigninToken,
    #[error("{}", .0.message.as_deref().unwrap_or("internal error"))]
    Unavailable(Fault),
}

impl FederationError {
    /// For the audit, and for programs.
    pub(super) fn code(&self) -> &'static str {
        use FederationError::*;

        match self {
            Host | Form | Session | SessionDuration | BoundDuration => "ValidationError",
            Action => "InvalidAction",
            LongLived | SessionToken => "UnsupportedCredentials",
            Credentials(SignatureError::ExpiredToken) => "ExpiredToken",
            Credentials(_) => "InvalidClientTokenId",
            Destination => "InvalidDestination",
            SigninToken => "InvalidSigninToken",
            Unavailable(fault) => fault.code,
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            FederationError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// For programs. No sentence repeats anything that was sent.
    pub(super) fn response(&self) -> Response {
        #[derive(Serialize)]
        struct Body {
            code: &'static str,
            message: String,
        }

        let body = Body {
            code: self.code(),
            message: self.to_string(),
        };
        json(self.status(), &body)
    }
}

impl From<Fault> for FederationError {
    fn from(fault: Fault) -> FederationError {
        FederationError::Unavailable(fault)
    }
}
