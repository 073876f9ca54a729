use std::borrow::Cow;

/// An error as the client sees it: what [`wire`](crate::wire) turns into JSON or XML.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// HTTP status. JSON services answer 400 to everything that is the caller's doing.
    pub status: u16,
    /// AWS's code, such as `ParameterNotFound`: scripts and SDKs match on it.
    pub code: &'static str,
    /// The sentence; some of AWS's errors have none at all.
    pub message: Option<Cow<'static, str>>,
    /// Why it was denied, sealed for `sts:DecodeAuthorizationMessage`: goes into a header.
    pub sealed_reason: Option<Box<str>>,
}

impl Fault {
    /// A fault of the caller's making, with status 400.
    pub fn sender(code: &'static str, message: impl Into<Cow<'static, str>>) -> Fault {
        Fault {
            status: 400,
            code,
            message: Some(message.into()),
            sealed_reason: None,
        }
    }

    /// One of the errors that AWS sends without a message.
    pub fn bare(code: &'static str) -> Fault {
        Fault {
            status: 400,
            code,
            message: None,
            sealed_reason: None,
        }
    }

    /// The same fault with another HTTP status.
    #[must_use]
    pub fn with_status(self, status: u16) -> Fault {
        Fault { status, ..self }
    }

    /// The caller's fault (`Sender` in XML) as opposed to ours (`Receiver`).
    pub fn is_sender(&self) -> bool {
        self.status < 500
    }
}
