//! What `ec2messages` says on the wire. botocore has no model of it.

use kagiban_aws::Fault;
use kagiban_aws::wire::{Input, Output, Raw};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// GetMessages.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetMessagesRequest {
    /// The node's id.
    pub destination: String,
    /// A UUID, which the answer repeats.
    pub messages_request_id: String,
}

/// Messages, of which there are none.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetMessagesResponse {
    /// The node's id.
    pub destination: String,
    /// None.
    pub messages: [(); 0],
    /// The request's.
    pub messages_request_id: String,
}

/// What an agent says about a message that it has been given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AboutMessageRequest {
    /// The message's id.
    pub message_id: String,
}

/// An answer without anything in it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Nothing {}

macro_rules! wires {
    (reads $($input:ident),*; writes $($output:ident),*) => {
        $(impl Input for $input {
            fn read(raw: Raw<'_>) -> Result<$input, Fault> {
                read(raw)
            }
        })*
        $(impl Output for $output {
            fn write(&self, _request_id: &str, out: &mut Vec<u8>) {
                serde_json::to_writer(out, self).expect("text can be written");
            }
        })*
    };
}

wires!(reads GetMessagesRequest, AboutMessageRequest; writes GetMessagesResponse, Nothing);

fn read<T: DeserializeOwned + Default>(raw: Raw<'_>) -> Result<T, Fault> {
    let read = match raw {
        Raw::Json(b"") => Some(T::default()),
        Raw::Json(bytes) => serde_json::from_slice(bytes).ok(),
        Raw::Form(_) => None,
    };
    read.ok_or_else(|| Fault::bare("SerializationException"))
}
