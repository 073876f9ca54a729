//! The handshake of a client, and the session's bytes after it, decrypted where they were encrypted.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use kagiban_client::Error;
use kagiban_client::data_channel::{self, Inlet, News, NotDialled, Outlet};
use kagiban_session::channel::{Channel, Event, Side, Start};
use kagiban_session::cipher::SessionCipher;
use kagiban_session::handshake::{
    Action, EncryptionChallenge, Extensions, HandshakeComplete, HandshakeRequest, HandshakeResponse,
    KmsParameters, KmsResult, ProcessedAction, RequestedAction, SessionType, Version,
};
use kagiban_session::message::PayloadType;
use kagiban_session::payload::{self, EndOfStream, Flag};
use serde_json::Value;

use super::dial::Dialler;
use super::{Api, PATIENCE, Started};
use crate::failure::Failure;
use crate::style::safe;

/// How long the node may take to begin.
const ARRIVAL: Duration = Duration::from_secs(60);

/// How long the gateway may take to say that a session is over, which it does once that is on record.
const LAST_WORD: Duration = Duration::from_secs(2);

/// The longest piece of a terminal's output or input in one message: pauses and interrupts feel quick.
const INTERACTIVE: usize = 16 << 10;

/// A session whose handshake is done.
pub(super) struct Opened {
    pub(super) session_type: SessionType,
    /// A port's properties.
    pub(super) properties: Value,
    /// The agent's version; the oldest if it has none that can be compared.
    pub(super) agent: Version,
    /// For the person.
    pub(super) message: String,
    pub(super) conversation: Conversation,
}

/// What comes from the node.
#[derive(Debug)]
pub(super) enum Heard {
    /// Of the terminal, standard output or the port.
    Output(Bytes),
    StdErr(Bytes),
    ExitCode(i32),
    Flag(Flag),
    /// Nothing more comes.
    End(EndOfStream),
    Interrupted,
    Resumed,
    /// The gateway has ended it.
    Closed(String),
    /// It cannot go on.
    Over(String),
}

type Cipher = Option<Arc<Mutex<SessionCipher>>>;

/// Both directions of a session.
pub(super) struct Conversation {
    inlet: Inlet,
    pub(super) out: Out,
    /// What came before it was asked for.
    first: Option<Heard>,
    /// Nothing comes any more.
    is_over: bool,
    pub(super) is_fast: bool,
    /// Whether the node says how it ended before the gateway does; else something else has ended it.
    pub(super) tells_its_end: bool,
}

/// The direction to the node.
#[derive(Clone)]
pub(super) struct Out {
    outlet: Outlet,
    cipher: Cipher,
    api: Arc<Api>,
    session: String,
}

/// The handshake while it goes on.
struct Handshake<'a> {
    session: String,
    target: &'a str,
    api: Arc<Api>,
    outlet: Outlet,
    cipher: Cipher,
    request: Option<(SessionType, Value, Version)>,
    is_fast: bool,
}

impl Conversation {
    /// Opens the data channel and shakes hands.
    ///
    /// # Errors
    ///
    /// If there is no channel, the node does not begin, or asks for what cannot be done.
    pub(super) async fn open(started: Started, target: &str, api: Api) -> Result<Opened, Failure> {
        let (api, session) = (Arc::new(api), started.session_id.clone());
        let now = Instant::now();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let unix_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        let random = random();
        let channel = Channel::new(Side::Client, Start { now, unix_ms, random });
        let dialler = Dialler::new(started, Arc::clone(&api));
        let opened = data_channel::open(channel, dialler, PATIENCE).await;
        let (outlet, inlet) = opened.map_err(|failed| match failed {
            NotDialled::Again(Error::Unreachable { url, cause }) => Failure::NoStream { url, cause },
            NotDialled::Again(error) => Failure::from(error),
            NotDialled::Over(why) => Failure::Missing(why),
        })?;
        let handshake = Handshake {
            session,
            target,
            api,
            outlet,
            cipher: None,
            request: None,
            is_fast: false,
        };
        handshake.shake(inlet).await
    }

    /// What comes next. May be dropped without losing anything.
    ///
    /// # Errors
    ///
    /// If the node does not have the session's key.
    pub(super) async fn next(&mut self) -> Result<Heard, Failure> {
        if let Some(first) = self.first.take() {
            self.is_over = matches!(first, Heard::Closed(_));
            return Ok(first);
        }
        loop {
            let heard = match self.inlet.next().await {
                Some(News::Event(Event::Data {
                    payload_type,
                    payload,
                })) => self.out.understand(payload_type, payload)?,
                Some(News::Event(Event::Closed { output })) => Some(Heard::Closed(output)),
                Some(News::Event(Event::PeerPresent | Event::PeerAway)) => None,
                Some(News::Interrupted) => Some(Heard::Interrupted),
                Some(News::Resumed) => Some(Heard::Resumed),
                Some(News::Over(why)) => Some(Heard::Over(why)),
                None => Some(Heard::Over("the data channel has ended".to_owned())),
            };
            if let Some(heard) = heard {
                self.is_over = matches!(heard, Heard::Closed(_) | Heard::Over(_));
                return Ok(heard);
            }
        }
    }

    /// Ends the session: tells the node, and the server if the node does not hear it. What still comes is
    /// not wanted.
    pub(super) async fn leave(&mut self) {
        let out = self.out.clone();
        let mut telling = pin!(out.terminate());
        while !self.is_over {
            tokio::select! {
                () = &mut telling => break,
                heard = self.next() => self.is_over |= heard.is_err(),
            }
        }
        self.until_over().await;
    }

    /// Waits until the gateway has said that the session is over: from then on whoever lists sessions finds
    /// it so.
    pub(super) async fn until_over(&mut self) {
        let until = tokio::time::Instant::now() + LAST_WORD;
        while !self.is_over {
            match tokio::time::timeout_at(until, self.next()).await {
                Ok(heard) => self.is_over |= heard.is_err(),
                Err(_silent) => return,
            }
        }
    }
}

impl Out {
    /// Sends bytes of the terminal or the port, as soon as there is room.
    ///
    /// # Errors
    ///
    /// If the channel has ended.
    pub(super) async fn send(&self, bytes: Bytes) -> Result<(), Failure> {
        let bytes = match &self.cipher {
            None => bytes,
            Some(cipher) => {
                let mut cipher = cipher.lock().unwrap_or_else(PoisonError::into_inner);
                cipher.seal(&bytes).map_err(unable)?.into()
            }
        };
        self.put(PayloadType::Output, bytes).await
    }

    /// Sends what is never encrypted: sizes, flags, the end.
    ///
    /// # Errors
    ///
    /// If the channel has ended.
    pub(super) async fn put(&self, payload_type: PayloadType, payload: Bytes) -> Result<(), Failure> {
        self.outlet.send(payload_type, payload).await.map_err(unable)
    }

    /// Ends the session: tells the node, and the server if the node does not hear it.
    pub(super) async fn terminate(&self) {
        let telling = async {
            self.put(PayloadType::Flag, Flag::TerminateSession.to_bytes())
                .await?;
            self.drained().await
        };
        let told = tokio::time::timeout(Duration::from_secs(2), telling).await;
        if !matches!(told, Ok(Ok(()))) {
            let asking = self.api.terminate(&self.session);
            let _nobody_hears = tokio::time::timeout(Duration::from_secs(5), asking).await;
        }
    }

    /// Waits until all that was sent is at the node.
    ///
    /// # Errors
    ///
    /// If the channel ends before.
    pub(super) async fn drained(&self) -> Result<(), Failure> {
        self.outlet.drained().await.map_err(unable)
    }

    /// The longest piece to send at once.
    pub(super) fn longest(&self) -> usize {
        self.outlet.max_payload()
    }

    /// The same where a person types.
    pub(super) fn longest_typed(&self) -> usize {
        self.longest().min(INTERACTIVE)
    }

    fn understand(&self, payload_type: PayloadType, payload: Bytes) -> Result<Option<Heard>, Failure> {
        Ok(match payload_type {
            PayloadType::Output => Some(Heard::Output(self.opened(payload)?)),
            PayloadType::StdErr => Some(Heard::StdErr(self.opened(payload)?)),
            PayloadType::ExitCode => payload::parse_exit_code(&self.opened(payload)?)
                .ok()
                .map(Heard::ExitCode),
            PayloadType::Flag => Flag::parse(&payload).ok().map(Heard::Flag),
            PayloadType::EndOfStream => Some(Heard::End(EndOfStream::parse(&payload).unwrap_or_default())),
            _ => None,
        })
    }

    fn opened(&self, payload: Bytes) -> Result<Bytes, Failure> {
        let Some(cipher) = &self.cipher else {
            return Ok(payload);
        };
        let cipher = cipher.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(cipher.open(&payload).map_err(unable)?.into())
    }
}

impl Handshake<'_> {
    async fn shake(mut self, mut inlet: Inlet) -> Result<Opened, Failure> {
        // For all of it: a node that only says that it is there would be waited for without an end.
        let due = tokio::time::Instant::now() + ARRIVAL;
        loop {
            let news = tokio::time::timeout_at(due, inlet.next()).await;
            let news =
                news.map_err(|_| Failure::Missing("the node does not begin the session".to_owned()))?;
            let (payload_type, payload) = match news {
                Some(News::Event(Event::Data {
                    payload_type,
                    payload,
                })) => (payload_type, payload),
                Some(News::Event(Event::Closed { output })) => {
                    return Ok(self.opened(inlet, Some(Heard::Closed(output)), String::new()));
                }
                Some(News::Over(why)) => return Err(Failure::Missing(safe(&why))),
                Some(_) => continue,
                None => return Err(Failure::Missing("the session has ended".to_owned())),
            };
            match payload_type {
                PayloadType::HandshakeRequest => self.respond(&payload).await?,
                PayloadType::EncryptionChallengeRequest => self.meet_challenge(&payload).await?,
                PayloadType::HandshakeComplete => {
                    let complete = HandshakeComplete::parse(&payload).map_err(unable)?;
                    return Ok(self.opened(inlet, None, complete.customer_message));
                }
                // An agent without a handshake has a shell.
                PayloadType::Output if self.request.is_none() => {
                    return Ok(self.opened(inlet, Some(Heard::Output(payload)), String::new()));
                }
                _ => (),
            }
        }
    }

    fn opened(self, inlet: Inlet, first: Option<Heard>, message: String) -> Opened {
        let shell = (SessionType::StandardStream, Value::Null, Version([0; 4]));
        let (session_type, properties, agent) = self.request.unwrap_or(shell);
        Opened {
            session_type,
            properties,
            agent,
            message,
            conversation: Conversation {
                inlet,
                out: Out {
                    outlet: self.outlet,
                    cipher: self.cipher,
                    api: self.api,
                    session: self.session,
                },
                tells_its_end: self.is_fast || matches!(first, Some(Heard::Closed(_))),
                first,
                is_over: false,
                is_fast: self.is_fast,
            },
        }
    }

    async fn respond(&mut self, payload: &[u8]) -> Result<(), Failure> {
        let request = HandshakeRequest::parse(payload).map_err(unable)?;
        let agent = Version::parse(&request.agent_version).unwrap_or(Version([0; 4]));
        let mut processed = Vec::new();
        for action in &request.requested_client_actions {
            processed.push(self.process(action, agent).await);
        }
        let fast = request.extensions.as_ref().and_then(Extensions::fast);
        let response = HandshakeResponse::new(processed, fast.map(|_| Extensions::ours()));
        self.put(PayloadType::HandshakeResponse, response.to_bytes())
            .await?;
        if let Some(fast) = fast {
            self.is_fast = true;
            self.outlet.speak_fast(fast).await.map_err(unable)?;
        }
        Ok(())
    }

    async fn process(&mut self, action: &RequestedAction, agent: Version) -> ProcessedAction {
        match action.read() {
            Ok(Action::SessionType(session)) => {
                self.request = Some((session.session_type, session.properties, agent));
                ProcessedAction::done(action, Value::Null)
            }
            Ok(Action::KmsEncryption(kms)) => match self.encrypt(&kms).await {
                Ok(result) => ProcessedAction::done(action, result),
                Err(error) => ProcessedAction::failed(action, error.to_string()),
            },
            Ok(Action::Unknown) => ProcessedAction::unsupported(action),
            Err(error) => ProcessedAction::failed(action, error.to_string()),
        }
    }

    async fn encrypt(&mut self, kms: &KmsParameters) -> Result<Value, Failure> {
        let context = BTreeMap::from([
            ("aws:ssm:SessionId", self.session.as_str()),
            ("aws:ssm:TargetId", self.target),
        ]);
        let key = self.api.data_key(&kms.key_id, &context).await?;
        let cipher = SessionCipher::new(&key.plain, Side::Client, random());
        self.cipher = Some(Arc::new(Mutex::new(cipher)));
        let result = KmsResult {
            ciphertext: key.ciphertext,
            hash: Value::Null,
            // UNSURE: what newer plugins of AWS do with the request's challenge is not known; agents need
            // it only where they are configured to.
            challenge_acknowledgement: false,
        };
        serde_json::to_value(result).map_err(unable)
    }

    async fn meet_challenge(&mut self, payload: &[u8]) -> Result<(), Failure> {
        let challenge = EncryptionChallenge::parse(payload).map_err(unable)?;
        let Some(cipher) = &self.cipher else {
            return Err(Failure::Answer(
                "a challenge came before there was a key".to_owned(),
            ));
        };
        let challenge = {
            let mut cipher = cipher.lock().unwrap_or_else(PoisonError::into_inner);
            let plain = cipher.open(&challenge.challenge).map_err(unable)?;
            cipher.seal(&plain).map_err(unable)?
        };
        let answer = EncryptionChallenge { challenge }.to_bytes();
        self.put(PayloadType::EncryptionChallengeResponse, answer).await
    }

    async fn put(&self, payload_type: PayloadType, payload: Bytes) -> Result<(), Failure> {
        self.outlet.send(payload_type, payload).await.map_err(unable)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn unable(error: impl ToString) -> Failure {
    Failure::Answer(error.to_string())
}

/// Random bytes.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system's generator works");
    bytes
}
