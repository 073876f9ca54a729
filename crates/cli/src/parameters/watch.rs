//! Changes as they happen, through restarts of the server.

use std::thread;

use kagiban_client::Backoff;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Moment;
use crate::call::Client;
use crate::failure::Failure;
use crate::output;

/// How long the server holds an answer back; a call may take a minute in all.
const TIMEOUT_SECONDS: u64 = 45;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    events: Vec<Change>,
    cursor: String,
}

/// What happened to a parameter.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Change {
    pub(crate) kind: String,
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<u64>,
    #[serde(rename = "Type", default, skip_serializing_if = "Option::is_none")]
    pub(crate) type_: Option<String>,
    pub(crate) date: Moment,
}

/// Where a watch is, through whatever happens to the server.
pub(crate) struct Watch {
    client: Client,
    path: String,
    recursive: bool,
    /// None: from now on.
    cursor: Option<String>,
    backoff: Backoff,
    is_lost: bool,
}

impl Watch {
    /// A watch of what is below a path from now on, which has not asked yet.
    pub(crate) fn new(client: Client, path: String, recursive: bool) -> Watch {
        Watch {
            client,
            path,
            recursive,
            cursor: None,
            backoff: Backoff::endless(),
            is_lost: false,
        }
    }

    /// The same from `cursor` on, if there is one.
    pub(crate) fn after(self, cursor: Option<String>) -> Watch {
        Watch { cursor, ..self }
    }

    /// Where to go on after all that was told; none before the first answer, if none was given.
    pub(crate) fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Asks where now is, and what has happened since the cursor if there is one.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses, also a cursor that it does not know any more: whoever
    /// gave it wants to know that something was missed.
    pub(crate) fn begin(&mut self) -> Result<Vec<Change>, Failure> {
        self.poll(0)
    }

    /// What happened next; nothing after a while, or when the server is gone for the moment.
    ///
    /// # Errors
    ///
    /// If the server refuses.
    pub(crate) fn next(&mut self) -> Result<Vec<Change>, Failure> {
        match self.poll(TIMEOUT_SECONDS) {
            Ok(events) => {
                if std::mem::take(&mut self.is_lost) {
                    output::remark("the server is back");
                }
                self.backoff = Backoff::endless();
                Ok(events)
            }
            Err(failure) if failure.has_code("CursorExpiredException") => {
                output::remark(
                    "it has been too long: what happened meanwhile is not known; watching from now on",
                );
                self.cursor = None;
                self.poll(0)
            }
            Err(failure) if is_passing(&failure) => {
                if !std::mem::replace(&mut self.is_lost, true) {
                    output::remark(&format!("{failure}; trying again"));
                }
                thread::sleep(self.backoff.pause().unwrap_or_default());
                Ok(Vec::new())
            }
            Err(failure) => Err(failure),
        }
    }

    fn poll(&mut self, seconds: u64) -> Result<Vec<Change>, Failure> {
        let answer: Answer = self.client.call("WatchParameters", &self.question(seconds))?;
        self.cursor = Some(answer.cursor);
        Ok(answer.events)
    }

    fn question(&self, seconds: u64) -> Value {
        let mut body = json!({"Path": self.path, "Recursive": self.recursive, "TimeoutSeconds": seconds});
        if let Some(cursor) = &self.cursor {
            body["Cursor"] = cursor.as_str().into();
        }
        body
    }
}

/// Whether it is worth trying again.
fn is_passing(failure: &Failure) -> bool {
    matches!(failure, Failure::Unreachable { .. } | Failure::Answer(_))
        || ["InternalServerError", "ServiceUnavailable", "ThrottlingException"]
            .iter()
            .any(|code| failure.has_code(code))
}
