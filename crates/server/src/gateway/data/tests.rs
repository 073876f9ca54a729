//! Two ends with real WebSockets, over pipes instead of a network.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use kagiban_iam::Scope;
use kagiban_session::acknowledge::Acknowledge;
use kagiban_session::control::{ChannelClosed, SessionState, State};
use kagiban_session::message::{
    Flags, HEADER_BYTES, MAX_FRAME_BYTES, Message, MessageId, MessageType, PayloadType,
};
use tokio::io::{DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::super::ending::{Completion, Ending};
use super::super::meeting::{Beginning, Side};
use super::super::room::Place;
use super::super::terms::{OUTBOX_BYTES, SessionTerms};
use super::*;

const PIPE: usize = 16 * 1024;

fn terms() -> SessionTerms {
    SessionTerms {
        resume: Duration::from_secs(60),
        start: Duration::from_secs(60),
        idle: Duration::from_secs(60),
        maximum: None,
        may_pause: true,
        bytes_per_second: None,
    }
}

fn room(terms: SessionTerms) -> Arc<Room> {
    let scope = Scope {
        account: "111122223333".parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
    };
    let place = Place {
        scope,
        id: "ada-0123456789abcdefg".into(),
    };
    let beginning = Beginning {
        age: Duration::ZERO,
        agent_came: false,
    };
    let room = Room::new(
        place,
        "mi-0123456789abcdef0".into(),
        terms,
        (beginning, None),
        Default::default(),
    );
    Arc::new(room)
}

/// One end, as its program sees it.
struct End {
    socket: WebSocketStream<DuplexStream>,
    served: JoinHandle<()>,
}

/// What an end reads next.
#[derive(Debug)]
enum Read {
    Message(Message),
    Closed(CloseCode),
    Gone,
}

impl End {
    async fn connect(room: &Arc<Room>, side: Side) -> End {
        let (near, far) = duplex(PIPE);
        let room = Arc::clone(room);
        let served = tokio::spawn(async move {
            let open = OpenDataChannel::of_client(
                String::new(),
                String::new().into(),
                "client".to_owned(),
                String::new(),
            );
            let opens = match side {
                Side::Client => Opens::Client { epoch: 1 },
                Side::Agent => Opens::Agent,
            };
            let Ok(entered) = enter(room, opens, &open) else {
                panic!("the session is over");
            };
            serve(socket::accept(near, true).await, entered).await;
        });
        let socket = WebSocketStream::from_raw_socket(far, Role::Client, None).await;
        End { socket, served }
    }

    async fn send(&mut self, message: &Message) {
        self.send_bytes(message.to_bytes()).await;
    }

    async fn send_bytes(&mut self, frame: Bytes) {
        self.socket
            .send(tungstenite::Message::Binary(frame))
            .await
            .unwrap();
    }

    async fn read(&mut self) -> Read {
        let patience = Duration::from_secs(20);
        loop {
            let next = timeout(patience, self.socket.next())
                .await
                .expect("something is read");
            match next {
                Some(Ok(tungstenite::Message::Binary(frame))) => {
                    return Read::Message(Message::parse(frame).unwrap());
                }
                Some(Ok(tungstenite::Message::Close(Some(frame)))) => return Read::Closed(frame.code),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Read::Gone,
            }
        }
    }

    async fn message(&mut self) -> Message {
        match self.read().await {
            Read::Message(message) => message,
            other => panic!("{other:?}"),
        }
    }

    /// The next one that is not about who is there.
    async fn payload(&mut self) -> Message {
        loop {
            let message = self.message().await;
            if message.message_type != MessageType::StartPublication {
                return message;
            }
        }
    }

    fn is_quiet(&mut self) -> bool {
        self.socket.next().now_or_never().is_none()
    }
}

fn stream(message_type: MessageType, sequence: i64, payload: impl Into<Bytes>) -> Message {
    Message {
        message_type,
        sequence,
        flags: Flags::default(),
        id: MessageId([1; 16]),
        created_ms: 1,
        payload_type: PayloadType::Output,
        payload: payload.into(),
    }
}

fn output(sequence: i64) -> Message {
    stream(
        MessageType::OutputStreamData,
        sequence,
        format!("line {sequence}\n"),
    )
}

fn acknowledge(of: &Message) -> Message {
    Message {
        message_type: MessageType::Acknowledge,
        sequence: 0,
        payload_type: PayloadType::None,
        payload: Acknowledge::of(of.message_type, of.id, of.sequence).to_bytes(),
        ..of.clone()
    }
}

async fn joined() -> (Arc<Room>, End, End) {
    let room = room(terms());
    let mut client = End::connect(&room, Side::Client).await;
    let mut agent = End::connect(&room, Side::Agent).await;
    for end in [&mut client, &mut agent] {
        assert_eq!(end.message().await.message_type, MessageType::StartPublication);
    }
    (room, client, agent)
}

#[tokio::test]
async fn frames_arrive_unchanged_and_in_order_both_ways() {
    let (_room, mut client, mut agent) = joined().await;
    for sequence in 0..100 {
        agent.send(&output(sequence)).await;
        client
            .send(&stream(MessageType::InputStreamData, sequence, "x"))
            .await;
    }
    for sequence in 0..100 {
        assert_eq!(client.message().await, output(sequence));
        assert_eq!(
            agent.message().await,
            stream(MessageType::InputStreamData, sequence, "x")
        );
    }
}

#[tokio::test]
async fn the_agent_may_come_first() {
    let room = room(terms());
    let mut agent = End::connect(&room, Side::Agent).await;
    agent.send(&output(0)).await;
    let mut client = End::connect(&room, Side::Client).await;
    assert_eq!(agent.message().await.message_type, MessageType::StartPublication);
    agent.send(&output(0)).await; // it was not acknowledged
    assert_eq!(client.payload().await, output(0));
}

#[tokio::test]
async fn a_newer_socket_takes_the_place_of_an_older_one() {
    let (_room, mut older, mut agent) = joined().await;
    let mut newer = End::connect(&_room, Side::Client).await;
    assert!(matches!(older.read().await, Read::Closed(CloseCode::Policy)));
    assert_eq!(agent.message().await.message_type, MessageType::StartPublication);
    agent.send(&output(0)).await;
    assert_eq!(newer.payload().await, output(0));
    drop(older.socket);
    older.served.await.unwrap();
    agent.send(&output(1)).await;
    assert_eq!(
        newer.payload().await,
        output(1),
        "the older one's end ends nothing"
    );
}

#[tokio::test]
async fn the_agent_is_paused_while_the_client_is_away_and_started_when_it_is_back() {
    let (room, mut client, mut agent) = joined().await;
    agent.send(&output(0)).await;
    client.payload().await;
    drop(client.socket);
    client.served.await.unwrap();
    agent.send(&output(1)).await;
    assert_eq!(agent.message().await.message_type, MessageType::PausePublication);
    let mut client = End::connect(&room, Side::Client).await;
    assert_eq!(agent.message().await.message_type, MessageType::StartPublication);
    agent.send(&output(1)).await;
    assert_eq!(client.payload().await, output(1));
}

#[tokio::test]
async fn a_message_whose_acknowledgement_was_lost_on_its_sender_gets_another_from_the_gateway() {
    let (_room, mut client, mut agent) = joined().await;
    agent.send(&output(0)).await;
    let got = client.message().await;
    client.send(&acknowledge(&got)).await;
    assert_eq!(agent.message().await, acknowledge(&got));
    agent.send(&output(0)).await;
    let again = agent.message().await;
    let said = Acknowledge::parse(&again.payload).unwrap();
    assert_eq!((again.message_type, said.sequence), (MessageType::Acknowledge, 0));
    agent.send(&output(1)).await;
    assert_eq!(
        client.message().await,
        output(1),
        "the client has not seen the second one"
    );
}

#[tokio::test]
async fn what_is_malformed_or_not_theirs_to_say_goes_nowhere_and_ends_nothing() {
    let (_room, mut client, mut agent) = joined().await;
    let mut wrong_header = output(0).to_bytes().to_vec();
    wrong_header[..4].fill(0xff);
    for frame in [
        &b""[..],
        b"short",
        &wrong_header,
        &output(0).to_bytes()[..HEADER_BYTES - 1],
    ] {
        client.send_bytes(Bytes::copy_from_slice(frame)).await;
        agent.send_bytes(Bytes::copy_from_slice(frame)).await;
    }
    let state = SessionState {
        schema_version: 1,
        session_state: State::Connected,
        session_id: "ada".to_owned(),
    };
    for (message_type, payload) in [
        (MessageType::ChannelClosed, Bytes::from_static(b"{}")),
        (MessageType::PausePublication, Bytes::new()),
        (MessageType::AgentSessionState, state.to_bytes()),
    ] {
        client.send(&stream(message_type, 0, payload.clone())).await;
        agent.send(&stream(message_type, 0, payload)).await;
    }
    client.send(&output(0)).await; // that is the agent's to say
    agent.send(&output(1)).await;
    client.send(&stream(MessageType::InputStreamData, 0, "x")).await;
    assert_eq!(client.message().await, output(1));
    assert_eq!(
        agent.message().await,
        stream(MessageType::InputStreamData, 0, "x")
    );
    assert!(client.is_quiet() && agent.is_quiet());
}

#[tokio::test]
async fn the_largest_frame_passes_and_a_larger_one_ends_its_senders_socket() {
    let (_room, mut client, mut agent) = joined().await;
    let largest = stream(
        MessageType::OutputStreamData,
        0,
        vec![7; MAX_FRAME_BYTES - HEADER_BYTES],
    );
    let sent = largest.clone();
    let sending = tokio::spawn(async move {
        agent.send(&sent).await;
        let giant = tungstenite::Message::Binary(vec![0; MAX_FRAME_BYTES + 1].into());
        let _ = agent.socket.send(giant).await;
        agent.served.await.unwrap();
    });
    assert_eq!(client.message().await, largest);
    sending.await.unwrap();
    assert!(client.is_quiet(), "the client stays");
}

#[tokio::test]
async fn a_slow_reader_makes_its_sender_wait_and_costs_little() {
    let (room, mut client, mut agent) = joined().await;
    let piece = 64 * 1024;
    let sending = tokio::spawn(async move {
        for sequence in 0..512 {
            agent
                .send(&stream(MessageType::OutputStreamData, sequence, vec![1; piece]))
                .await;
        }
        agent
    });
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let [_, carried] = room.carried();
        if carried == before {
            break; // nothing moves any more
        }
        before = carried;
    }
    let bound = OUTBOX_BYTES + 3 * piece;
    assert!(
        !sending.is_finished() && usize::try_from(before).unwrap() < bound,
        "{before}"
    );
    for sequence in 0..512 {
        assert_eq!(client.message().await.sequence, sequence);
    }
    drop(sending.await.unwrap());
}

#[tokio::test]
async fn a_reader_that_is_stuck_does_not_keep_the_other_direction_from_going_on() {
    let (_room, mut client, mut agent) = joined().await;
    for sequence in 0..4 {
        agent
            .send(&stream(
                MessageType::OutputStreamData,
                sequence,
                vec![1; PIPE / 8],
            ))
            .await;
    }
    for sequence in 0..100 {
        client
            .send(&stream(MessageType::InputStreamData, sequence, "x"))
            .await;
        assert_eq!(agent.message().await.sequence, sequence);
    }
}

#[tokio::test]
async fn at_the_end_both_are_told_after_all_that_was_sent_before() {
    let (room, mut client, mut agent) = joined().await;
    for sequence in 0..10 {
        agent.send(&output(sequence)).await;
    }
    while room.carried()[1] < 10 * output(0).to_bytes().len() as u64 {
        tokio::task::yield_now().await;
    }
    tokio::task::yield_now().await;
    room.end(Ending::Idle(Duration::from_secs(60)));
    assert!(room.news().ending.is_some());
    room.dismiss();
    for sequence in 0..10 {
        assert_eq!(client.message().await, output(sequence));
    }
    for end in [&mut client, &mut agent] {
        let closed = end.message().await;
        let said = ChannelClosed::parse(&closed.payload).unwrap();
        assert_eq!(said.session_id, "ada-0123456789abcdefg");
        assert_eq!(said.output, "Your session timed out due to inactivity.");
        assert!(matches!(end.read().await, Read::Closed(CloseCode::Normal)));
    }
    drop((client.socket, agent.socket));
    client.served.await.unwrap();
    agent.served.await.unwrap();
}

#[tokio::test]
async fn an_agent_that_has_ended_is_followed_by_its_words() {
    let (room, mut client, mut agent) = joined().await;
    agent.send(&output(0)).await;
    let completion = Completion {
        failed: true,
        output: "Unable to connect to specified port: 1".to_owned(),
    };
    room.completed(completion, Bytes::from_static(b"known"));
    agent.socket.close(None).await.unwrap();
    assert_eq!(client.message().await, output(0));
    let news = loop {
        let news = room.news();
        if news.ending.is_some() {
            break news;
        }
        room.changed.notified().await;
    };
    assert!(!news.tell_node, "it knows");
    assert_eq!(room.receipt(), Some(Bytes::from_static(b"known")));
    room.dismiss();
    let closed = ChannelClosed::parse(&client.message().await.payload).unwrap();
    assert_eq!(closed.output, "Unable to connect to specified port: 1");
    assert_eq!(closed.destination_id, "client");
}

#[tokio::test]
async fn nobody_is_let_into_a_session_that_is_over() {
    let room = room(terms());
    room.end(Ending::Asked);
    assert!(room.news().tell_node, "the agent may be on its way");
    let open = OpenDataChannel::of_agent(String::new(), String::new().into(), String::new());
    for opens in [Opens::Agent, Opens::Client { epoch: 1 }] {
        let late = enter(Arc::clone(&room), opens, &open).err();
        assert_eq!(late, Some(NotSeated::Over(String::new())));
    }
}

#[tokio::test]
async fn a_token_is_its_first_clients_until_there_is_a_newer_one() {
    let room = room(terms());
    let enter = |epoch, name: &str| {
        let open = OpenDataChannel::of_client(
            String::new(),
            String::new().into(),
            name.to_owned(),
            String::new(),
        );
        enter(Arc::clone(&room), Opens::Client { epoch }, &open).err()
    };
    let claimed = Some(NotSeated::Claimed);
    assert_eq!(enter(1, "ada"), None);
    assert_eq!(
        room.news().claim,
        Some(Claim::new(1, "ada")),
        "to be written down"
    );
    assert_eq!(enter(1, "eve"), claimed);
    assert_eq!(enter(1, "ada"), None, "its connection was lost");
    assert_eq!(enter(2, "bob"), None, "somebody who may has resumed the session");
    assert_eq!(enter(1, "ada"), claimed, "the older token is of no more use");
    assert_eq!(room.news().claim, Some(Claim::new(2, "bob")));
}
