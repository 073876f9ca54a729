//! What the message gateway says on its wire: JSON in, XML out, and the id in the path.
//!
//! botocore has no model of this service; its only callers are agents and plugins, and what they send and
//! read is little.

use kagiban_aws::wire::{Input, Output, Protocol, Raw, Service};
use kagiban_aws::{AccountId, Fault, Region, SecretString};
use kagiban_iam::{Call, Scope};
use kagiban_ssm::View;
use serde::{Deserialize, Serialize};

use super::caller;

/// How clients address it. No target is its: it is found by its paths.
pub const SERVICE: Service = Service {
    name: "ssmmessages",
    protocol: Protocol::Json { target: "" },
};

/// What a request is about: the last part of its path. Nothing that its body says is of use.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Named {
    /// A node's id, or a session's.
    pub id: String,
}

impl Input for Named {
    fn read(raw: Raw<'_>) -> Result<Named, Fault> {
        let named = match raw {
            Raw::Json(bytes) => serde_json::from_slice(bytes).ok(),
            Raw::Form(_) => None,
        };
        named.ok_or_else(|| Fault::sender("SerializationException", "the path names nothing"))
    }
}

impl Named {
    /// As operations read it.
    pub(super) fn to_raw(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("text can be written")
    }
}

/// A token that opens a channel.
#[derive(Debug)]
pub struct Created {
    /// `CreateControlChannel` or `CreateDataChannel`.
    pub(super) operation: &'static str,
    /// The token; only characters that stand for themselves in XML.
    pub(super) token: SecretString,
}

impl Output for Created {
    fn write(&self, _request_id: &str, out: &mut Vec<u8>) {
        let Created { operation, token } = self;
        for part in [
            "<",
            operation,
            "Response><MessageSchemaVersion>1.0</MessageSchemaVersion><TokenValue>",
            token.expose(),
            "</TokenValue></",
            operation,
            "Response>",
        ] {
            out.extend_from_slice(part.as_bytes());
        }
    }
}

/// Who has asked for an upgrade: for the gateway, not for the wire.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Opened {
    /// The account and the Region that the request was signed for, if it was signed at all.
    pub(super) signed_for: Option<(AccountId, Region)>,
    /// The node that the caller is, if it is one.
    pub(super) node: Option<String>,
}

impl Output for Opened {
    fn write(&self, _request_id: &str, out: &mut Vec<u8>) {
        serde_json::to_writer(out, self).expect("text and numbers can be written");
    }
}

impl Opened {
    /// Who has asked, as far as a signature says it.
    pub(super) fn of(call: &Call<'_>, view: &View<'_>) -> Opened {
        let signed = !call.caller.is_anonymous();
        Opened {
            signed_for: signed.then_some((call.scope.account, call.scope.region)),
            node: caller::node(call, view).map(|node| node.as_str().to_owned()),
        }
    }

    /// The account and the Region that the request was signed for, if it was signed.
    pub(super) fn scope(&self) -> Option<Scope> {
        let (account, region) = self.signed_for?;
        Some(Scope { account, region })
    }

    /// Reads it back.
    pub(super) fn read(bytes: &[u8]) -> Opened {
        serde_json::from_slice(bytes).expect("it was written above")
    }
}
