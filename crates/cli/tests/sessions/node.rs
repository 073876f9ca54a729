//! A gateway and an agent in one: what the client's sockets meet, without a relay between.

use std::time::{Instant, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use kagiban_session::channel::{Channel, Event, Side, Start};
use kagiban_session::handshake::{
    Extensions, HandshakeComplete, HandshakeRequest, HandshakeResponse, KmsParameters, SessionType,
    SessionTypeParameters,
};
use kagiban_session::message::{Message, MessageId, MessageType, PayloadType};
use kagiban_session::open::OpenDataChannel;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{WebSocketStream, accept_async};

/// The session's id in all scenes.
pub(crate) const SESSION: &str = "alice-0123456789abcdef0";

/// The node of one session.
pub(crate) struct Node {
    listener: TcpListener,
    socket: Option<WebSocketStream<TcpStream>>,
    channel: Channel,
    /// The tokens with which sockets were opened.
    pub(crate) tokens: Vec<String>,
    /// What the agent says that it is, if it is not as new as ours.
    pub(crate) version: Option<&'static str>,
}

/// A server's API, which answers by the operation's name; returns its URL.
pub(crate) async fn api(answer: fn(&str, &Value) -> Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                while let Some((operation, body)) = request(&mut socket).await {
                    let answer = answer(&operation, &body).to_string();
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", answer.len());
                    let _gone = socket.write_all(format!("{head}{answer}").as_bytes()).await;
                }
            });
        }
    });
    url
}

async fn request(socket: &mut TcpStream) -> Option<(String, Value)> {
    let mut text = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let length = socket.read(&mut piece).await.ok().filter(|length| *length > 0)?;
        text.extend_from_slice(&piece[..length]);
        let all = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = all.split_once("\r\n\r\n") else {
            continue;
        };
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            lines
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.to_owned())
        };
        if body.len() >= header("content-length")?.parse().ok()? {
            let operation = header("x-amz-target")?.split('.').nth(1)?.to_owned();
            return Some((operation, serde_json::from_str(body).ok()?));
        }
    }
}

impl Node {
    pub(crate) async fn new() -> Node {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let now = Instant::now();
        let unix_ms = u64::try_from(UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
        let start = Start {
            now,
            unix_ms,
            random: [9; 16],
        };
        let channel = Channel::new(Side::Agent, start);
        Node {
            listener,
            socket: None,
            channel,
            tokens: Vec::new(),
            version: None,
        }
    }

    /// What `StartSession` would answer.
    pub(crate) fn started(&self) -> String {
        let url = format!(
            "ws://{}/v1/data-channel/{SESSION}",
            self.listener.local_addr().unwrap()
        );
        json!({"SessionId": SESSION, "TokenValue": "first", "StreamUrl": url}).to_string()
    }

    /// The next thing that comes, over however many sockets.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.channel.take(Instant::now()) {
                return event;
            }
            self.turn().await;
        }
    }

    /// The next bytes of this type.
    pub(crate) async fn data(&mut self, wanted: PayloadType) -> Bytes {
        loop {
            match self.next().await {
                Event::Data {
                    payload_type,
                    payload,
                } if payload_type == wanted => return payload,
                _ => (),
            }
        }
    }

    /// Output until it ends with this.
    pub(crate) async fn typed(&mut self, end: &str) -> String {
        let mut text = Vec::new();
        while !text.ends_with(end.as_bytes()) {
            text.extend_from_slice(&self.data(PayloadType::Output).await);
        }
        String::from_utf8(text).unwrap()
    }

    pub(crate) async fn send(&mut self, payload_type: PayloadType, payload: impl Into<Bytes>) {
        let payload = payload.into();
        while !self.channel.writable() {
            self.turn().await;
        }
        self.channel.send(payload_type, payload, Instant::now()).unwrap();
    }

    /// Writes what there is, then waits for the socket or the clock.
    async fn turn(&mut self) {
        if self.socket.is_none() {
            self.accept().await;
        }
        let socket = self.socket.as_mut().unwrap();
        while let Some(frame) = self.channel.transmit(Instant::now()) {
            if socket.send(Frame::Binary(frame)).await.is_err() {
                self.socket = None;
                return;
            }
        }
        let far = Instant::now() + std::time::Duration::from_secs(60);
        let deadline = self.channel.deadline().unwrap_or(far);
        tokio::select! {
            frame = socket.next() => match frame {
                Some(Ok(Frame::Binary(frame))) => {
                    self.channel.receive(Message::parse(frame).unwrap(), Instant::now());
                }
                Some(Ok(_)) => (),
                Some(Err(_)) | None => self.socket = None,
            },
            () = tokio::time::sleep_until(deadline.into()) => (),
        }
    }

    async fn accept(&mut self) {
        let (socket, _) = self.listener.accept().await.unwrap();
        let mut socket = accept_async(socket).await.unwrap();
        let Some(Ok(Frame::Text(text))) = socket.next().await else {
            panic!("the first frame is text");
        };
        let open = OpenDataChannel::parse(text.as_bytes()).unwrap();
        assert_eq!(open.client_version.as_deref(), Some("1.2.814.0"));
        self.tokens.push(open.token_value.expose().to_owned());
        self.socket = Some(socket);
        self.channel.reconnected(Instant::now());
    }

    /// Lets the socket go, as a network does.
    pub(crate) fn lose(&mut self) {
        self.socket = None;
    }

    /// Shakes hands; returns the response.
    pub(crate) async fn begin(
        &mut self,
        session_type: SessionType,
        properties: Value,
        kms: Option<&KmsParameters>,
        fast: bool,
    ) -> HandshakeResponse {
        let parameters = SessionTypeParameters {
            session_type,
            properties,
        };
        let extensions = fast.then(Extensions::ours);
        let mut request = HandshakeRequest::new(&parameters, kms, extensions);
        if let Some(version) = self.version {
            request.agent_version = version.to_owned();
        }
        self.send(PayloadType::HandshakeRequest, request.to_bytes()).await;
        let response = self.data(PayloadType::HandshakeResponse).await;
        let response = HandshakeResponse::parse(&response).unwrap();
        if let Some(peer) = response.extensions.as_ref().and_then(Extensions::fast) {
            assert!(fast);
            self.channel.speak_fast(peer, Instant::now());
        }
        response
    }

    pub(crate) async fn complete(&mut self, message: &str) {
        let complete = HandshakeComplete {
            handshake_time_to_complete: 1,
            customer_message: message.to_owned(),
        };
        self.send(PayloadType::HandshakeComplete, complete.to_bytes())
            .await;
    }

    /// Says that the session is over, as the gateway does.
    pub(crate) async fn close(&mut self, output: &str) {
        while !self.channel.is_drained() {
            self.turn().await;
        }
        let payload = json!({"SessionId": SESSION, "Output": output}).to_string();
        let message = Message {
            message_type: MessageType::ChannelClosed,
            sequence: 0,
            flags: Default::default(),
            id: MessageId([1; 16]),
            created_ms: 1,
            payload_type: PayloadType::None,
            payload: payload.into(),
        };
        let socket = self.socket.as_mut().unwrap();
        socket.send(Frame::Binary(message.to_bytes())).await.unwrap();
        while let Some(Ok(_)) = socket.next().await {}
    }
}
