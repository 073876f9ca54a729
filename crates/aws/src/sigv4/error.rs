use std::borrow::Cow;
use std::time::Duration;

use crate::wire::Protocol;
use crate::{Fault, Timestamp};

/// Why a request's signature does not prove who sent it.
///
/// The sentences are AWS's where they are known.
/// DIFFERS: AWS repeats the malformed header; we do not, because a secret key that was pasted into
/// the wrong place would end up in logs.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SignatureError {
    /// Signed by a managed node that is not known.
    #[error("Not existing InstanceId {id}")]
    UnknownNode {
        /// The node that was named.
        id: Box<str>,
    },
    /// Nothing is signed.
    #[error("Request is missing Authentication Token")]
    Missing,
    /// Signed in the header and in the query: which one counts would be a guess.
    #[error("Only one authentication mechanism is allowed: the Authorization header or query parameters.")]
    BothForms,
    /// Another scheme, or SigV4A.
    #[error("Unsupported AWS 'algorithm'; use 'AWS4-HMAC-SHA256'.")]
    UnsupportedAlgorithm,
    /// Parts are missing; one sentence for each.
    #[error("{}", lacks.join(" "))]
    Incomplete {
        /// AWS's sentences.
        lacks: Vec<&'static str>,
    },
    /// The header is not a list of `key=value`.
    #[error("Authorization header holds what is not a valid key=value pair (missing equal-sign).")]
    NotKeyValue,
    /// What must stand alone came twice.
    #[error("'{name}' must be given once.")]
    Repeated {
        /// The header or parameter.
        name: &'static str,
    },
    /// Longer than any client sends.
    #[error("'{name}' is longer than {limit} bytes.")]
    TooLong {
        /// The header, parameter or part of the request.
        name: &'static str,
        /// In bytes.
        limit: usize,
    },
    /// More parts than any client sends.
    #[error("'{name}' has more than {limit} parts.")]
    TooMany {
        /// The header, parameter or part of the request.
        name: &'static str,
        /// How many are allowed.
        limit: usize,
    },
    /// Not from the root.
    #[error("The path must start with '/'.")]
    MalformedPath,
    /// A percent sign without two hex digits.
    #[error("The query string contains a syntax error.")]
    MalformedQuery,
    /// Not five parts, or the date is none.
    #[error("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.")]
    CredentialParts,
    /// The timestamp cannot be read.
    #[error("Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601")]
    InvalidDate,
    /// Not within 1 second and 7 days.
    #[error("X-Amz-Expires must be between 1 and 604800 seconds.")]
    InvalidExpires,
    /// Not lower case, not sorted, or a name twice.
    #[error("SignedHeaders must be lower-case names in ascending order, separated by ';'.")]
    InvalidSignedHeaders,
    /// A header that decides something is outside the signature.
    #[error("'{name}' must be a 'SignedHeader' in the AWS Authorization.")]
    UnsignedHeader {
        /// At most 64 characters of its name.
        name: Box<str>,
    },
    /// The scope's Region cannot be one.
    #[error("Credential should be scoped to a valid region.")]
    WrongRegion,
    /// The scope does not end as it must.
    #[error("Credential should be scoped with a valid terminator: 'aws4_request'.")]
    WrongTerminator,
    /// The scope names another service than the one that was asked.
    #[error("Credential should be scoped to correct service: '{service}'.")]
    WrongService {
        /// The one that serves.
        service: Box<str>,
    },
    /// The scope's day is not the timestamp's.
    #[error(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
         '{scope}' != '{day}', from '{timestamp}'."
    )]
    WrongDay {
        /// The scope's.
        scope: Box<str>,
        /// The timestamp's.
        day: Box<str>,
        /// `yyyymmddThhmmssZ`.
        timestamp: Box<str>,
    },
    /// Signed too long ago.
    #[error(
        "Signature expired: {} is now earlier than {} ({} - {})",
        signed.basic(), now.minus(*window).basic(), now.basic(), span(*window)
    )]
    Expired {
        /// When the request says it was signed.
        signed: Timestamp,
        /// Our clock.
        now: Timestamp,
        /// How long signatures of this kind hold.
        window: Duration,
    },
    /// Signed in the future.
    #[error(
        "Signature not yet current: {} is still later than {} ({} + {})",
        signed.basic(), now.plus(*window).basic(), now.basic(), span(*window)
    )]
    NotYetCurrent {
        /// When the request says it was signed.
        signed: Timestamp,
        /// Our clock.
        now: Timestamp,
        /// How far clocks may differ.
        window: Duration,
    },
    /// Another secret, or the request is not the one that was signed.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS \
         Secret Access Key and signing method. Consult the service documentation for details."
    )]
    Mismatch,
    /// No such access key, or it is inactive. Raised by whoever looks keys up.
    #[error("The security token included in the request is invalid.")]
    UnknownAccessKey,
    /// The session token is not ours, or not for this access key. Raised by whoever opens tokens.
    #[error("The security token included in the request is invalid.")]
    InvalidToken,
    /// The session is over. Raised by whoever opens tokens.
    #[error("The security token included in the request is expired")] // AWS's: no full stop
    ExpiredToken,
}

fn span(window: Duration) -> String {
    match window.as_secs() {
        seconds if seconds % 60 == 0 => format!("{} min.", seconds / 60),
        seconds => format!("{seconds} sec."),
    }
}

impl SignatureError {
    /// The error as clients of `protocol` know it: SDKs refresh credentials or mend their clock
    /// by the code, so it has to be the right one.
    pub fn fault(&self, protocol: Protocol) -> Fault {
        match protocol {
            Protocol::Json { .. } => self.json(),
            Protocol::Query { .. } => self.query(),
        }
    }

    /// JSON 1.1: always 400.
    fn json(&self) -> Fault {
        let code = match self.kind() {
            Kind::Missing => {
                return Fault::sender(
                    "MissingAuthenticationTokenException",
                    "Missing Authentication Token",
                );
            }
            Kind::Incomplete | Kind::MalformedQuery => "IncompleteSignatureException",
            Kind::Mismatch => "InvalidSignatureException",
            Kind::Unknown => "UnrecognizedClientException",
            Kind::Expired => "ExpiredTokenException",
            Kind::Node => "InvalidInstanceId",
        };
        Fault::sender(code, self.sentence())
    }

    fn query(&self) -> Fault {
        let (status, code) = match self.kind() {
            Kind::Missing => (403, "MissingAuthenticationToken"),
            Kind::Incomplete => (400, "IncompleteSignature"),
            Kind::MalformedQuery => (400, "MalformedQueryString"),
            Kind::Mismatch => (403, "SignatureDoesNotMatch"),
            Kind::Unknown => (403, "InvalidClientTokenId"),
            Kind::Expired => (403, "ExpiredToken"),
            Kind::Node => (400, "InvalidInstanceId"),
        };
        Fault::sender(code, self.sentence()).with_status(status)
    }

    fn sentence(&self) -> Cow<'static, str> {
        self.to_string().into()
    }

    fn kind(&self) -> Kind {
        use SignatureError::*;

        match self {
            Missing => Kind::Missing,
            UnsupportedAlgorithm
            | Incomplete { .. }
            | NotKeyValue
            | Repeated { .. }
            | TooLong { .. }
            | TooMany { .. }
            | MalformedPath
            | CredentialParts
            | InvalidDate
            | InvalidExpires
            | InvalidSignedHeaders => Kind::Incomplete,
            MalformedQuery => Kind::MalformedQuery,
            BothForms
            | UnsignedHeader { .. }
            | WrongRegion
            | WrongTerminator
            | WrongService { .. }
            | WrongDay { .. }
            | Expired { .. }
            | NotYetCurrent { .. }
            | Mismatch => Kind::Mismatch,
            UnknownAccessKey | InvalidToken => Kind::Unknown,
            ExpiredToken => Kind::Expired,
            UnknownNode { .. } => Kind::Node,
        }
    }
}

/// What AWS has one code for.
enum Kind {
    Missing,
    Incomplete,
    MalformedQuery,
    Mismatch,
    Unknown,
    Expired,
    Node,
}
