//! The client, as a session sees it: what it sends and gets, in the clear.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use kagiban_client::data_channel::{Inlet, News, Outlet};
use kagiban_session::channel::Event;
use kagiban_session::cipher::SessionCipher;
use kagiban_session::handshake::Version;
use kagiban_session::message::PayloadType;
use kagiban_session::payload::{EndOfStream, Flag, Size};

use crate::failure::Failure;

/// The session's key, shared by both directions.
pub(super) type Cipher = Option<Arc<Mutex<SessionCipher>>>;

/// The other end, after the handshake.
pub(super) struct Peer {
    pub(super) input: Input,
    pub(super) out: Out,
    /// Whether it speaks our own dialect.
    pub(super) is_fast: bool,
    pub(super) version: Version,
}

/// What the client sends.
pub(super) struct Input {
    inlet: Inlet,
    cipher: Cipher,
    is_over: bool,
}

/// Where what it gets is put.
#[derive(Clone)]
pub(super) struct Out {
    outlet: Outlet,
    cipher: Cipher,
}

/// One thing that the client sent.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Sent {
    /// For the program or port.
    Bytes(Bytes),
    /// Its terminal's size.
    Size(Size),
    /// The connection at its end is gone; the next bytes are another's.
    Disconnect,
    /// It has no more to say.
    NoMore,
    /// It, or somebody else, ends the session.
    End,
}

impl Input {
    pub(super) fn new(inlet: Inlet, cipher: Cipher) -> Input {
        Input {
            inlet,
            cipher,
            is_over: false,
        }
    }

    /// What comes next. May be dropped without losing anything.
    ///
    /// # Errors
    ///
    /// If the channel is lost for good, or the client does not have the key.
    pub(super) async fn next(&mut self) -> Result<Sent, Failure> {
        let sent = self.receive().await;
        self.is_over |= matches!(sent, Ok(Sent::End) | Err(_));
        sent
    }

    /// Whether the client, or somebody else, has ended the session.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Waits until it is; what else the client sends is not wanted any more.
    pub(super) async fn until_over(&mut self) {
        while !self.is_over {
            let _unwanted = self.next().await;
        }
    }

    async fn receive(&mut self) -> Result<Sent, Failure> {
        loop {
            let (payload_type, payload) = match self.inlet.next().await {
                Some(News::Event(Event::Data {
                    payload_type,
                    payload,
                })) => (payload_type, payload),
                Some(News::Event(Event::Closed { .. })) | None => return Ok(Sent::End),
                Some(News::Over(why)) => return Err(Failure::Session(why)),
                Some(
                    News::Event(Event::PeerPresent | Event::PeerAway) | News::Interrupted | News::Resumed,
                ) => continue,
            };
            if let Some(sent) = self.understand(payload_type, payload)? {
                return Ok(sent);
            }
        }
    }

    fn understand(&self, payload_type: PayloadType, payload: Bytes) -> Result<Option<Sent>, Failure> {
        Ok(match payload_type {
            PayloadType::Output => Some(Sent::Bytes(self.open(payload)?)),
            PayloadType::Size => Size::parse(&payload).ok().map(Sent::Size),
            PayloadType::Flag => match Flag::parse(&payload) {
                Ok(Flag::TerminateSession) => Some(Sent::End),
                Ok(Flag::DisconnectToPort) => Some(Sent::Disconnect),
                Ok(Flag::ConnectToPortError) | Err(_) => None,
            },
            PayloadType::EndOfStream => Some(Sent::NoMore),
            _ => None,
        })
    }

    fn open(&self, payload: Bytes) -> Result<Bytes, Failure> {
        match &self.cipher {
            None => Ok(payload),
            Some(cipher) => {
                let cipher = cipher.lock().unwrap_or_else(PoisonError::into_inner);
                let opened = cipher.open(&payload);
                opened
                    .map(Bytes::from)
                    .map_err(|error| Failure::Session(error.to_string()))
            }
        }
    }
}

impl Out {
    pub(super) fn new(outlet: Outlet, cipher: Cipher) -> Out {
        Out { outlet, cipher }
    }

    /// Sends program output, standard error or an exit code, as soon as there is room.
    ///
    /// # Errors
    ///
    /// If the channel has ended.
    pub(super) async fn send(&self, payload_type: PayloadType, payload: Bytes) -> Result<(), Failure> {
        let payload = self.seal(payload)?;
        self.put(payload_type, payload).await
    }

    /// Tells that a port could not be connected with.
    ///
    /// # Errors
    ///
    /// If the channel has ended.
    pub(super) async fn flag(&self, flag: Flag) -> Result<(), Failure> {
        self.put(PayloadType::Flag, flag.to_bytes()).await
    }

    /// Says that nothing follows.
    ///
    /// # Errors
    ///
    /// If the channel has ended.
    pub(super) async fn end(&self, end: &EndOfStream) -> Result<(), Failure> {
        self.put(PayloadType::EndOfStream, end.to_bytes()).await
    }

    /// The longest payload that should be sent.
    pub(super) fn max_payload(&self) -> usize {
        self.outlet.max_payload()
    }

    async fn put(&self, payload_type: PayloadType, payload: Bytes) -> Result<(), Failure> {
        let sent = self.outlet.send(payload_type, payload).await;
        sent.map_err(|ended| Failure::Session(ended.to_string()))
    }

    fn seal(&self, payload: Bytes) -> Result<Bytes, Failure> {
        match &self.cipher {
            None => Ok(payload),
            Some(cipher) => {
                let mut cipher = cipher.lock().unwrap_or_else(PoisonError::into_inner);
                let sealed = cipher.seal(&payload);
                sealed
                    .map(Bytes::from)
                    .map_err(|error| Failure::Session(error.to_string()))
            }
        }
    }
}
