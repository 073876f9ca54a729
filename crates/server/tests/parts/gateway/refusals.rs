//! Who is not let in, and what they are told.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::SinkExt as _;
use kagiban_client::{Credentials, Signer};
use kagiban_server::gateway::Terms;
use kagiban_server::http::Handler as _;
use kagiban_ssm::sessions::token::Channel;
use tokio_tungstenite::tungstenite::Message;

use super::ends::{self, End, post, signer, upgrade};
use super::house::{House, NODE, Server, now};

const ID: &str = "ada-abcdefghijklmnopq";
const OTHER: &str = "ada-bbbbbbbbbbbbbbbbb";

async fn open() -> (House, Server) {
    let house = House::new().await;
    // No agent comes, and the machine may be slow: the sessions wait for as long as it takes.
    let terms = Terms {
        start: Duration::from_secs(3600),
        ..Terms::default()
    };
    let server = house.start(terms).await;
    house
        .begin(&server, NODE, &[ID.to_owned(), OTHER.to_owned()])
        .await;
    (house, server)
}

#[tokio::test]
async fn a_token_opens_one_end_of_one_session_in_its_turn_and_time() {
    let (house, server) = open().await;
    let long_ago = now().minus(Duration::from_secs(24 * 60 * 60));
    for (token, why) in [
        (house.token(Channel::Client(OTHER), 1, now()), "another session's"),
        (house.token(Channel::Control(NODE), 0, now()), "another kind's"),
        (house.token(Channel::Client(ID), 0, now()), "an earlier turn's"),
        (house.token(Channel::Client(ID), 1, long_ago), "too old"),
        (
            house.token(Channel::Agent(ID), 0, now()),
            "the agent's, from nobody",
        ),
        ("garbage".to_owned().into(), "garbage"),
        (String::new().into(), "nothing"),
    ] {
        let mut end = ends::client_with(&server, ID, token.clone()).await;
        assert_eq!(end.code().await, 1008, "{why}");
        assert!(
            token.expose().is_empty() || !server.audited().contains(token.expose()),
            "{why}"
        );
    }
    let audited = server.audited();
    assert!(
        audited.contains("InvalidToken") && audited.contains("TokenOfAnother"),
        "{audited}"
    );
}

#[tokio::test]
async fn a_token_that_is_used_twice_takes_the_place_of_its_first_use() {
    let (house, server) = open().await;
    let token = house.token(Channel::Client(ID), 1, now());
    let mut first = ends::client_with(&server, ID, token.clone()).await;
    server.claimed(ID).await;
    let _second = ends::client_with(&server, ID, token).await;
    assert_eq!(first.code().await, 1008);
}

#[tokio::test]
async fn a_token_that_was_found_opens_nothing_once_its_client_has_used_it() {
    let (house, server) = open().await;
    let token = house.token(Channel::Client(ID), 1, now());
    let mut first = ends::client_with(&server, ID, token.clone()).await;
    let _agent = ends::agent(&house, &server, NODE, ID).await;
    first.started().await;
    let mut found = ends::client_called(&server, ID, token.clone(), "somebody else").await;
    assert_eq!(found.code().await, 1008);
    assert!(server.audited().contains("TokenOfAnotherClient"));
    server.claimed(ID).await;
    drop(server);

    // Also when the server was started again meanwhile.
    let server = house.start(Terms::default()).await;
    let mut found = ends::client_called(&server, ID, token.clone(), "somebody else").await;
    assert_eq!(found.code().await, 1008);
    let _agent = ends::agent(&house, &server, NODE, ID).await;
    let mut first = ends::client_with(&server, ID, token).await;
    first.started().await;
}

#[tokio::test]
async fn one_address_has_only_so_many_strangers() {
    let house = House::new().await;
    let terms = Terms {
        strangers_per_address: 2,
        ..Terms::default()
    };
    let server = house.start(terms).await;
    let _both = [stranger(&server).await.unwrap(), stranger(&server).await.unwrap()];
    assert_eq!(stranger(&server).await.err(), Some(429));
    let _node = ends::node(&house, &server, NODE).await;
}

#[tokio::test]
async fn a_session_that_is_over_says_so_in_the_words_that_agents_look_for() {
    let (house, server) = open().await;
    house.terminate(ID).await;
    server.becomes(ID, "Terminated").await;
    let credentials = house.credentials(NODE);
    for id in [ID, "ada-nobody"] {
        let (status, body) = post(&server, &format!("/v1/data-channel/{id}"), &signer(&credentials)).await;
        assert_eq!(status, 404);
        assert!(body.contains("Session is already terminated"), "{body}");
    }
    let mut client = ends::client(&house, &server, ID).await;
    assert_eq!(client.closed().await.session_id, ID);
    assert_eq!(client.code().await, 1000);
}

async fn answers(server: &Server, path: &str, credentials: &Credentials) -> (u16, u16) {
    let signer = signer(credentials);
    let (posted, _) = post(server, path, &signer).await;
    let upgraded = upgrade(server, path, &signer).await.err().unwrap_or(101);
    (posted, upgraded)
}

#[tokio::test]
async fn only_the_node_itself_gets_its_channels() {
    let (house, server) = open().await;
    let own = house.credentials(NODE);
    let control = format!("/v1/control-channel/{NODE}");
    let data = format!("/v1/data-channel/{ID}");
    assert_eq!(answers(&server, &control, &own).await, (201, 101));
    assert_eq!(
        answers(&server, "/v1/control-channel/mi-00000000000000000", &own).await,
        (403, 403)
    );
    let other = "mi-11111111111111111";
    house.register(other).await;
    for name in ["ada", other] {
        let credentials = house.credentials(name);
        assert_eq!(
            answers(&server, &control, &credentials).await,
            (403, 403),
            "{name}"
        );
        assert_eq!(post(&server, &data, &signer(&credentials)).await.0, 403, "{name}");
    }
    let nobody = Signer::Nobody;
    assert_eq!(post(&server, &control, &nobody).await.0, 401);
    assert_eq!(post(&server, &data, &nobody).await.0, 401);
    assert_eq!(upgrade(&server, &control, &nobody).await.err(), Some(401));
    let (_, denied) = post(&server, &control, &signer(&house.credentials("ada"))).await;
    assert!(denied.starts_with("<AccessDeniedException><Message>"), "{denied}");
}

#[tokio::test]
async fn an_upgrade_with_a_wrong_signature_is_refused_though_none_would_do() {
    let (house, server) = open().await;
    let wrong = Credentials {
        secret: "wrong".to_owned().into(),
        ..house.credentials(NODE)
    };
    let path = format!("/v1/data-channel/{ID}?role=publish_subscribe");
    assert_eq!(upgrade(&server, &path, &signer(&wrong)).await.err(), Some(403));
    let marked = format!("{path}&X-Amz-Algorithm=AWS4-HMAC-SHA256");
    assert!(
        upgrade(&server, &marked, &Signer::Nobody).await.is_ok(),
        "it only looks presigned"
    );
}

#[tokio::test]
async fn an_agents_token_in_another_nodes_hands_opens_nothing() {
    let (house, server) = open().await;
    let other = "mi-11111111111111111";
    house.register(other).await;
    let credentials = house.credentials(other);
    let path = format!("/v1/data-channel/{ID}");
    let until = Instant::now() + Duration::from_secs(30);
    let mut end = loop {
        match upgrade(&server, &path, &signer(&credentials)).await {
            Ok(end) => break end,
            // The server learns of the node a moment after the store.
            Err(status) => assert!(status == 403 && Instant::now() < until, "{status}"),
        }
    };
    let token = house.token(Channel::Agent(ID), 0, now()).expose().to_owned();
    let open = kagiban_session::open::OpenDataChannel::of_agent("r".into(), token.into(), NODE.to_owned());
    ends::say(&mut end, open.to_text()).await;
    assert_eq!(end.code().await, 1008);
}

async fn stranger(server: &Server) -> Result<End, u16> {
    upgrade(server, &format!("/v1/data-channel/{ID}"), &Signer::Nobody).await
}

#[tokio::test]
async fn a_first_frame_that_opens_nothing_closes_the_socket() {
    let (_house, server) = open().await;
    for frame in [
        Message::text("{}"),
        Message::text("x".repeat(20_000)),
        Message::binary(Bytes::from_static(b"binary")),
    ] {
        let mut end = stranger(&server).await.unwrap();
        end.0.send(frame).await.unwrap();
        assert_eq!(end.code().await, 1008);
    }
    let mut end = stranger(&server).await.unwrap();
    let _ = end.0.send(Message::text("x".repeat(1 << 20))).await;
    assert!(
        [1006, 1008].contains(&end.code().await),
        "it is not read to its end"
    );
}

#[tokio::test]
async fn there_are_only_so_many_strangers_at_a_time() {
    let house = House::new().await;
    let terms = Terms {
        strangers: 2,
        ..Terms::default()
    };
    let server = house.start(terms).await;
    let first = stranger(&server).await.unwrap();
    let _second = stranger(&server).await.unwrap();
    assert_eq!(stranger(&server).await.err(), Some(429));
    drop(first);
    while stranger(&server).await.is_err() {
        tokio::task::yield_now().await;
    }
    let _node = ends::node(&house, &server, NODE).await; // who has signed is no stranger
}

#[tokio::test]
async fn a_poll_for_messages_is_held_until_the_server_stops() {
    let house = House::new().await;
    let server = house.start(Terms::default()).await;
    let address = server.address;
    let credentials = house.credentials(NODE);
    let poll = |operation: &'static str, destination: &'static str| {
        let credentials = credentials.clone();
        async move {
            let connector = kagiban_client::Connector::new(None).unwrap();
            let url = kagiban_client::parse_url(&format!("http://{address}")).unwrap();
            let target = format!("EC2WindowsMessageDeliveryService.{operation}");
            let headers = [
                ("content-type", "application/x-amz-json-1.1"),
                ("x-amz-target", target.as_str()),
            ];
            let body =
                format!(r#"{{"Destination":"{destination}","MessagesRequestId":"r","MessageId":"m"}}"#);
            let signer = Signer::Key(&credentials, kagiban_aws::Region::us_east_1(), "ec2messages");
            let http = kagiban_client::Http::new(connector, url);
            let answer = http
                .post("/", &headers, body.into_bytes().into(), &signer)
                .await
                .unwrap();
            (answer.status, String::from_utf8(answer.body.to_vec()).unwrap())
        }
    };
    for operation in ["AcknowledgeMessage", "SendReply", "FailMessage", "DeleteMessage"] {
        let (status, body) = poll(operation, NODE).await;
        assert_eq!(status, 400);
        assert!(body.contains("InvalidMessageIdException"), "{body}");
    }
    let (_, body) = poll("GetMessages", "mi-11111111111111111").await;
    assert!(body.contains("InvalidDestinationException"), "{body}");
    let held = tokio::spawn(poll("GetMessages", NODE));
    while server.metrics.in_flight.get() > 0 || !server.audited().contains("GetMessages") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!held.is_finished());
    server.gateway.stop();
    let expected = format!(r#"{{"Destination":"{NODE}","Messages":[],"MessagesRequestId":"r"}}"#);
    assert_eq!(held.await.unwrap(), (200, expected));
}
