//! The two ends of sessions, as their programs are: an agent with its channels, and a client.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use kagiban_aws::{Region, SecretString};
use kagiban_client::websocket::{self, WebSocket};
use kagiban_client::{Connector, Credentials, Error, Http, Signer, parse_url};
use kagiban_session::acknowledge::Acknowledge;
use kagiban_session::control::{ChannelClosed, InteractiveShell, TaskComplete, TaskStatus};
use kagiban_session::message::{Flags, Message, MessageId, MessageType, PayloadType};
use kagiban_session::open::{OpenControlChannel, OpenDataChannel};
use kagiban_session::payload::Flag;
use kagiban_ssm::sessions::token::Channel;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite;

use super::house::{House, NODE, Server, now};

const PATIENCE: Duration = Duration::from_secs(30);

/// A WebSocket to the gateway.
pub(crate) struct End(pub(crate) WebSocket);

/// What is read next.
#[derive(Debug)]
pub(crate) enum Read {
    Message(Message),
    Closed(u16),
    Gone,
}

impl End {
    pub(crate) async fn send(&mut self, message: &Message) {
        let frame = tungstenite::Message::Binary(message.to_bytes());
        self.0.send(frame).await.unwrap();
    }

    pub(crate) async fn read(&mut self) -> Read {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match timeout_at(deadline, self.0.next())
                .await
                .expect("something is read")
            {
                Some(Ok(tungstenite::Message::Binary(frame))) => {
                    return Read::Message(Message::parse(frame).unwrap());
                }
                Some(Ok(tungstenite::Message::Close(frame))) => {
                    return Read::Closed(frame.map_or(0, |frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Read::Gone,
            }
        }
    }

    /// The next message that is not about who is there.
    pub(crate) async fn message(&mut self) -> Message {
        loop {
            match self.read().await {
                Read::Message(message) if message.message_type == MessageType::StartPublication => {}
                Read::Message(message) => return message,
                other => panic!("{other:?}"),
            }
        }
    }

    /// Waits until the other end is there.
    pub(crate) async fn started(&mut self) {
        loop {
            match self.read().await {
                Read::Message(message) if message.message_type == MessageType::StartPublication => return,
                Read::Message(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// What the end of the session is told with, past everything else.
    pub(crate) async fn closed(&mut self) -> ChannelClosed {
        loop {
            let message = self.message().await;
            if message.message_type == MessageType::ChannelClosed {
                return ChannelClosed::parse(&message.payload).unwrap();
            }
        }
    }

    /// The code that the socket is closed with, past everything else.
    pub(crate) async fn code(&mut self) -> u16 {
        loop {
            match self.read().await {
                Read::Message(_) => {}
                Read::Closed(code) => return code,
                Read::Gone => return 1006,
            }
        }
    }

    /// The next order to begin a session.
    pub(crate) async fn order(&mut self) -> InteractiveShell {
        loop {
            let message = self.message().await;
            if message.message_type == MessageType::InteractiveShell {
                return InteractiveShell::parse(&message.payload).unwrap();
            }
        }
    }

    /// Says that a session is over.
    pub(crate) async fn complete(&mut self, session: &str, status: TaskStatus, output: &str) {
        let complete = TaskComplete::new(session, NODE, status, output);
        self.send(&control(MessageType::AgentTaskComplete, complete.to_bytes()))
            .await;
    }
}

pub(crate) fn control(message_type: MessageType, payload: Bytes) -> Message {
    Message {
        message_type,
        sequence: 0,
        flags: Flags::default(),
        id: MessageId([9; 16]),
        created_ms: 1,
        payload_type: PayloadType::None,
        payload,
    }
}

pub(crate) fn output(sequence: i64, payload: impl Into<Bytes>) -> Message {
    Message {
        sequence,
        payload_type: PayloadType::Output,
        ..control(MessageType::OutputStreamData, payload.into())
    }
}

pub(crate) fn input(sequence: i64, payload: impl Into<Bytes>) -> Message {
    Message {
        message_type: MessageType::InputStreamData,
        ..output(sequence, payload)
    }
}

/// The client wants the session to end.
pub(crate) fn goodbye(sequence: i64) -> Message {
    Message {
        payload_type: PayloadType::Flag,
        ..input(sequence, Flag::TerminateSession.to_bytes())
    }
}

pub(crate) fn acknowledge(of: &Message) -> Message {
    let known = Acknowledge::of(of.message_type, of.id, of.sequence);
    control(MessageType::Acknowledge, known.to_bytes())
}

fn connector() -> Connector {
    Connector::new(None).unwrap()
}

/// A POST to the gateway: its status and its body.
pub(crate) async fn post(server: &Server, path: &str, signer: &Signer<'_>) -> (u16, String) {
    let url = parse_url(&format!("http://{}", server.address)).unwrap();
    let headers = [("content-type", "application/json")];
    let body = br#"{"MessageSchemaVersion":"1.0","RequestId":"r","ClientId":""}"#.to_vec();
    let answer = Http::new(connector(), url)
        .post(path, &headers, body.into(), signer)
        .await
        .unwrap();
    (answer.status, String::from_utf8(answer.body.to_vec()).unwrap())
}

/// An upgrade at the gateway, or its status.
pub(crate) async fn upgrade(server: &Server, path: &str, signer: &Signer<'_>) -> Result<End, u16> {
    let url = format!("ws://{}{path}", server.address).parse().unwrap();
    match websocket::connect(&connector(), &url, signer).await {
        Ok(socket) => Ok(End(socket)),
        Err(Error::Upgrade { status, .. }) => Err(status),
        Err(other) => panic!("{other}"),
    }
}

pub(crate) fn signer(credentials: &Credentials) -> Signer<'_> {
    Signer::Key(credentials, Region::us_east_1(), "ssmmessages")
}

/// The token in an answer.
pub(crate) fn token_in(xml: &str) -> String {
    let (_, rest) = xml.split_once("<TokenValue>").expect(xml);
    rest.split_once("</TokenValue>").unwrap().0.to_owned()
}

pub(crate) async fn say(end: &mut End, text: String) {
    end.0.send(tungstenite::Message::text(text)).await.unwrap();
}

/// An agent's control channel.
pub(crate) async fn node(house: &House, server: &Server, node: &str) -> End {
    let credentials = house.credentials(node);
    let signer = signer(&credentials);
    let (status, body) = post(server, &format!("/v1/control-channel/{node}"), &signer).await;
    assert_eq!(status, 201, "{body}");
    let path = format!("/v1/control-channel/{node}?role=subscribe&stream=input");
    let mut end = upgrade(server, &path, &signer).await.unwrap();
    let open = OpenControlChannel::new(
        "r".into(),
        token_in(&body).into(),
        "3.3.0.0".into(),
        "linux".into(),
    );
    say(&mut end, open.to_text()).await;
    end
}

/// An agent's data channel.
pub(crate) async fn agent(house: &House, server: &Server, node: &str, session: &str) -> End {
    let credentials = house.credentials(node);
    let signer = signer(&credentials);
    let (status, body) = post(server, &format!("/v1/data-channel/{session}"), &signer).await;
    assert_eq!(status, 201, "{body}");
    let path = format!("/v1/data-channel/{session}?role=publish_subscribe");
    let mut end = upgrade(server, &path, &signer).await.unwrap();
    let open = OpenDataChannel::of_agent("r".into(), token_in(&body).into(), node.to_owned());
    say(&mut end, open.to_text()).await;
    end
}

/// A client's data channel, with a token of StartSession.
pub(crate) async fn client(house: &House, server: &Server, session: &str) -> End {
    let token = house.token(Channel::Client(session), 1, now());
    client_with(server, session, token).await
}

pub(crate) async fn client_with(server: &Server, session: &str, token: SecretString) -> End {
    client_called(server, session, token, "client").await
}

/// A client by a name of its own.
pub(crate) async fn client_called(server: &Server, session: &str, token: SecretString, name: &str) -> End {
    let path = format!("/v1/data-channel/{session}?role=publish_subscribe");
    let mut end = upgrade(server, &path, &Signer::Nobody).await.unwrap();
    let token = token.expose().to_owned();
    let open = OpenDataChannel::of_client("r".into(), token.into(), name.into(), "1.2.677.0".into());
    say(&mut end, open.to_text()).await;
    end
}

/// Both ends of a session, met.
pub(crate) async fn both(house: &House, server: &Server, session: &str) -> (End, End) {
    let mut agent = agent(house, server, NODE, session).await;
    let mut client = client(house, server, session).await;
    agent.started().await;
    client.started().await;
    (agent, client)
}
