//! The client's end of a session, as if the gateway had led it here.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use kagiban_session::channel::{Channel, Event, Side, Start};
use kagiban_session::control::{InteractiveShell, TaskAcknowledge, TaskComplete};
use kagiban_session::handshake::{Action, Extensions, HandshakeRequest, HandshakeResponse, ProcessedAction};
use kagiban_session::message::{Flags, Message, MessageId, MessageType, PayloadType};
use serde_json::{Value, json};
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::server::{PATIENCE, Socket};

pub(crate) struct Client {
    socket: Socket,
    channel: Channel,
    /// Whether our own dialect is spoken once the hands are shaken.
    is_fast: bool,
    /// What it says that it is, if it is not as new as ours.
    pub(crate) version: Option<&'static str>,
    pub(crate) request: Option<HandshakeRequest>,
}

impl Client {
    /// A client that has not shaken hands.
    pub(crate) fn new(socket: Socket, is_fast: bool) -> Client {
        let start = Start {
            now: Instant::now(),
            unix_ms: 1_700_000_000_000,
            random: [5; 16],
        };
        Client {
            socket,
            channel: Channel::new(Side::Client, start),
            is_fast,
            version: None,
            request: None,
        }
    }

    /// Loses the socket.
    pub(crate) async fn hang_up(&mut self) {
        let _may_be_gone = self.socket.close(None).await;
    }

    /// Goes on over another socket.
    pub(crate) fn moved(&mut self, socket: Socket) {
        self.socket = socket;
        self.channel.reconnected(Instant::now());
    }

    /// Shakes hands.
    pub(crate) async fn shake(&mut self) {
        let (kind, payload) = self.next().await;
        assert_eq!(kind, PayloadType::HandshakeRequest);
        let request = HandshakeRequest::parse(&payload).unwrap();
        let done = request.requested_client_actions.iter().map(|action| {
            assert!(matches!(action.read(), Ok(Action::SessionType(_))));
            ProcessedAction::done(action, Value::Null)
        });
        let extensions = self.is_fast.then(Extensions::ours);
        let mut response = HandshakeResponse::new(done.collect(), extensions);
        if let Some(version) = self.version {
            response.client_version = version.to_owned();
        }
        self.send(PayloadType::HandshakeResponse, &response.to_bytes());
        let fast = request.extensions.as_ref().and_then(Extensions::fast);
        self.request = Some(request);
        let (kind, _) = self.next().await;
        assert_eq!(kind, PayloadType::HandshakeComplete);
        if let Some(fast) = fast.filter(|_| self.is_fast) {
            self.channel.speak_fast(fast, Instant::now());
        }
    }

    pub(crate) fn send(&mut self, kind: PayloadType, payload: &[u8]) {
        self.channel
            .send(kind, Bytes::copy_from_slice(payload), Instant::now())
            .unwrap();
    }

    pub(crate) fn writable(&self) -> bool {
        self.channel.writable()
    }

    pub(crate) fn type_in(&mut self, text: &str) {
        self.send(PayloadType::Output, text.as_bytes());
    }

    /// The next message of the stream.
    pub(crate) async fn next(&mut self) -> (PayloadType, Bytes) {
        match timeout(PATIENCE, self.event()).await.expect("something arrives") {
            Event::Data {
                payload_type,
                payload,
            } => (payload_type, payload),
            event => panic!("{event:?}"),
        }
    }

    /// Waits until the output has this in it; returns all of it.
    pub(crate) async fn until(&mut self, wanted: &str) -> String {
        let mut all = String::new();
        while !all.contains(wanted) {
            let (kind, payload) = timeout(PATIENCE, self.next())
                .await
                .unwrap_or_else(|_| panic!("{wanted} in {all}"));
            if kind == PayloadType::Output {
                all += std::str::from_utf8(&payload).expect("characters are not cut");
            }
        }
        all
    }

    /// Drives the channel until the agent's end has gone.
    pub(crate) async fn until_gone(&mut self) {
        let gone = async { while !matches!(self.event().await, Event::Closed { .. }) {} };
        timeout(PATIENCE, gone).await.expect("the agent ends it");
    }

    /// Drives the channel for a moment without waiting for anything from it.
    pub(crate) async fn turn(&mut self) -> Option<Event> {
        timeout(Duration::from_millis(1), self.event()).await.ok()
    }

    async fn event(&mut self) -> Event {
        loop {
            let now = Instant::now();
            while let Some(frame) = self.channel.transmit(now) {
                let _told_by_reading = self.socket.send(Frame::Binary(frame)).await;
            }
            if let Some(event) = self.channel.take(now) {
                return event;
            }
            let later = now + Duration::from_secs(60);
            let deadline = self.channel.deadline().unwrap_or(later);
            tokio::select! {
                frame = self.socket.next() => match frame {
                    Some(Ok(Frame::Binary(frame))) => {
                        self.channel.receive(Message::parse(frame).unwrap(), Instant::now());
                    }
                    Some(Ok(_)) => {}
                    ended => return Event::Closed { output: format!("the agent's end has gone: {ended:?}") },
                },
                () = sleep_until(deadline.into()) => {}
            }
        }
    }
}

/// Orders a session over a control channel.
pub(crate) async fn order(control: &mut Socket, session: &str, document: Value, parameters: Value) {
    let order = InteractiveShell {
        document_name: "Test".to_owned(),
        document_content: document,
        session_id: session.to_owned(),
        parameters,
        run_as_user: String::new(),
        session_owner: "arn:aws:iam::111122223333:user/alice".to_owned(),
    };
    tell(control, MessageType::InteractiveShell, order.to_bytes()).await;
}

pub(crate) async fn tell(control: &mut Socket, message_type: MessageType, payload: Bytes) {
    let message = Message {
        message_type,
        sequence: 0,
        flags: Flags::default(),
        id: MessageId([9; 16]),
        created_ms: 1_700_000_000_000,
        payload_type: PayloadType::None,
        payload,
    };
    control.send(Frame::Binary(message.to_bytes())).await.unwrap();
}

/// Waits for the end of a session on the control channel.
pub(crate) async fn completed(control: &mut Socket) -> TaskComplete {
    loop {
        let frame = timeout(PATIENCE, control.next()).await.expect("it is told");
        if let Some(Ok(Frame::Binary(frame))) = frame {
            let message = Message::parse(frame).unwrap();
            assert_eq!(message.message_type, MessageType::AgentTaskComplete);
            return TaskComplete::parse(&message.payload).unwrap();
        }
    }
}

pub(crate) async fn acknowledge(control: &mut Socket, session: &str) {
    let acknowledge = TaskAcknowledge {
        schema_version: 1,
        message_id: String::new(),
        task_id: session.to_owned(),
        topic: String::new(),
    };
    tell(control, MessageType::AgentTaskAcknowledge, acknowledge.to_bytes()).await;
}

/// A shell's document.
pub(crate) fn shell(inputs: &Value) -> Value {
    json!({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})
}

/// A port's document.
pub(crate) fn port(host: &str, number: u16) -> Value {
    json!({"schemaVersion": "1.0", "sessionType": "Port",
        "properties": {"host": host, "portNumber": number.to_string(), "type": "LocalPortForwarding", "localPortNumber": "0"}})
}
