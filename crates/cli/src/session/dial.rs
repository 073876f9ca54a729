//! The sockets of a session's data channel: the first with the token that came with the session, each
//! further one with a token of its own.

use std::sync::Arc;

use kagiban_client::data_channel::{Dial, Dialled, NotDialled};
use kagiban_client::{Error, Signer, websocket};
use kagiban_session::handshake::Version;
use kagiban_session::message::MessageIds;
use kagiban_session::open::OpenDataChannel;

use super::{Api, Started};

/// The parameters of a query that make a URL presigned.
const PRESIGNED: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
];

/// Makes the sockets of one session.
pub(super) struct Dialler {
    api: Arc<Api>,
    started: Started,
    /// The client's name for itself, the same on all sockets.
    client_id: String,
    ids: MessageIds,
    is_fresh: bool,
}

impl Dialler {
    pub(super) fn new(started: Started, api: Arc<Api>) -> Dialler {
        let mut ids = MessageIds::new(super::talk::random());
        Dialler {
            api,
            started,
            client_id: ids.take().to_string(),
            ids,
            is_fresh: true,
        }
    }

    /// Asks for another token; the old one was for one socket.
    async fn resume(&mut self) -> Result<(), NotDialled> {
        let session = &self.started.session_id;
        let resumed = self.api.resume(session).await.map_err(as_an_end)?;
        if resumed.token_value.expose().is_empty() {
            return Err(NotDialled::Over(format!("Session: {session} timed out.")));
        }
        self.started.token_value = resumed.token_value;
        if !resumed.stream_url.is_empty() {
            self.started.stream_url = resumed.stream_url;
        }
        Ok(())
    }
}

impl Dial for Dialler {
    async fn dial(&mut self) -> Result<Dialled, NotDialled> {
        if !std::mem::replace(&mut self.is_fresh, false) {
            self.resume().await?;
        }
        let url = self.started.stream_url.parse();
        let url = url.map_err(|_| Error::Setting("the session's stream URL is no URL".to_owned()))?;
        let key = match is_presigned(&self.started.stream_url) {
            true => None,
            false => self.api.stream_key(),
        };
        let signer = match &key {
            Some((credentials, region)) => Signer::Key(credentials, *region, "ssmmessages"),
            None => Signer::Nobody,
        };
        let socket = websocket::connect(self.api.connector(), &url, &signer).await?;
        let request = self.ids.take().to_string();
        let token = self.started.token_value.clone();
        let open = OpenDataChannel::of_client(
            request,
            token,
            self.client_id.clone(),
            Version::CLIENT.to_string(),
        );
        let first_frame = open.to_text().into();
        Ok(Dialled { socket, first_frame })
    }
}

/// A server that refuses will refuse again; one that does not answer may.
fn as_an_end(error: Error) -> NotDialled {
    match &error {
        Error::Refused { code, .. } if !code.starts_with("Internal") && !code.contains("Throttl") => {
            NotDialled::Over(error.to_string())
        }
        Error::Setting(_) => NotDialled::Over(error.to_string()),
        _ => NotDialled::Again(error),
    }
}

fn is_presigned(url: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let mut names = query.split('&').filter_map(|pair| pair.split('=').next());
    names.any(|name| PRESIGNED.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_parameter_of_a_signature_is_enough_to_leave_a_url_alone() {
        assert!(!is_presigned("wss://h/v1/data-channel/s?role=publish_subscribe"));
        assert!(is_presigned(
            "wss://h/v1/data-channel/s?role=x&X-Amz-Algorithm=AWS4-HMAC-SHA256"
        ));
        assert!(!is_presigned("wss://h/X-Amz-Date=1"));
    }

    #[test]
    fn a_refusal_ends_the_session_and_silence_does_not() {
        let refused = |code: &str| Error::Refused {
            code: code.to_owned(),
            message: String::new(),
            decision: None,
        };
        assert!(matches!(
            as_an_end(refused("AccessDeniedException")),
            NotDialled::Over(_)
        ));
        assert!(matches!(
            as_an_end(refused("InternalServerError")),
            NotDialled::Again(_)
        ));
        let silent = Error::Unreachable {
            url: String::new(),
            cause: String::new(),
        };
        assert!(matches!(as_an_end(silent), NotDialled::Again(_)));
    }
}
