//! Ports.

use bytes::Bytes;
use kagiban_session::channel::Side;
use kagiban_session::control::TaskStatus;
use kagiban_session::message::PayloadType;
use kagiban_session::payload::Flag;
use kagiban_session::smux::{self, Multiplexer};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::agent::Agent;
use crate::client::{Client, acknowledge, completed, order, port};
use crate::server::{Server, Socket};

struct Scene {
    server: Server,
    control: Socket,
    _agent: Agent,
}

impl Scene {
    async fn start() -> Scene {
        let mut server = Server::start().await;
        let mut agent = Agent::register(&server).await;
        agent.start();
        let control = server.opened("/v1/control-channel").await.socket;
        Scene {
            server,
            control,
            _agent: agent,
        }
    }

    async fn session(&mut self, session: &str, document: serde_json::Value, is_fast: bool) -> Client {
        let mut client = self.arrives(session, document, is_fast).await;
        client.shake().await;
        client
    }

    async fn arrives(&mut self, session: &str, document: serde_json::Value, is_fast: bool) -> Client {
        order(&mut self.control, session, document, json!({})).await;
        let opened = self.server.opened(&format!("/v1/data-channel/{session}")).await;
        Client::new(opened.socket, is_fast)
    }
}

/// A port that says everything back.
async fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = socket.split();
                let _ended = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    port
}

fn flush(mux: &mut Multiplexer, client: &mut Client) {
    while client.writable()
        && let Some(bytes) = mux.transmit(16 << 10)
    {
        client.send(PayloadType::Output, &bytes);
    }
}

#[tokio::test]
async fn many_connections_share_a_session() {
    let mut scene = Scene::start().await;
    for (session, is_fast) in [("p-1", true), ("p-2", false)] {
        let mut client = scene.session(session, port("", echo().await), is_fast).await;
        let mut mux = Multiplexer::new(Side::Client);
        let streams = [mux.open().unwrap(), mux.open().unwrap(), mux.open().unwrap()];
        let data = |stream: u32| Bytes::from(vec![stream.to_le_bytes()[0]; 100_000]);
        for stream in streams {
            mux.send(stream, &data(stream));
        }
        flush(&mut mux, &mut client);
        let mut got = [0_usize; 8];
        while streams.iter().any(|stream| got[*stream as usize] < 100_000) {
            let (kind, bytes) = client.next().await;
            assert_eq!(kind, PayloadType::Output);
            mux.receive(&bytes).unwrap();
            while let Some(smux::Event::Data(stream, data)) = mux.take() {
                assert!(data.iter().all(|byte| u32::from(*byte) == stream));
                got[stream as usize] += data.len();
            }
            flush(&mut mux, &mut client);
        }
        client.send(PayloadType::Flag, &Flag::TerminateSession.to_bytes());
        client.until_gone().await;
        let done = completed(&mut scene.control).await;
        assert_eq!(done.final_task_status, TaskStatus::Success);
        acknowledge(&mut scene.control, session).await;
    }
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_is_told_and_the_session_stays() {
    let mut scene = Scene::start().await;
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut client = scene.session("p-3", port("localhost", closed), true).await;
    let mut mux = Multiplexer::new(Side::Client);
    for _ in 0..2 {
        let stream = mux.open().unwrap();
        mux.send(stream, &Bytes::from_static(b"hello?"));
        flush(&mut mux, &mut client);
        let (kind, payload) = client.next().await;
        assert_eq!(
            (kind, Flag::parse(&payload)),
            (PayloadType::Flag, Ok(Flag::ConnectToPortError))
        );
        let (_, bytes) = client.next().await;
        mux.receive(&bytes).unwrap();
        assert_eq!(mux.take(), Some(smux::Event::Finished(stream)));
    }
}

#[tokio::test]
async fn addresses_of_the_cloud_are_forbidden() {
    let mut scene = Scene::start().await;
    let mut client = scene.session("p-4", port("169.254.169.254", 80), true).await;
    client.until_gone().await;
    let done = completed(&mut scene.control).await;
    assert_eq!(
        done.output,
        "Forwarding to IP address 169.254.169.254 is forbidden."
    );
}

#[tokio::test]
async fn a_port_for_ssh_is_one_connection_and_the_session_ends_with_it() {
    let mut scene = Scene::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let number = listener.local_addr().unwrap().port().to_string();
    let document =
        json!({"schemaVersion": "1.0", "sessionType": "Port", "properties": {"portNumber": number}});
    let mut client = scene.session("p-5", document, false).await;
    let (mut server, _) = listener.accept().await.unwrap();
    server.write_all(b"SSH-2.0-test\r\n").await.unwrap();
    assert_eq!(
        client.next().await,
        (PayloadType::Output, Bytes::from_static(b"SSH-2.0-test\r\n"))
    );
    client.type_in("SSH-2.0-client\r\n");
    drop(client.turn().await);
    let mut line = [0; 16];
    server.read_exact(&mut line).await.unwrap();
    assert_eq!(&line, b"SSH-2.0-client\r\n");
    drop(server);
    client.until_gone().await;
    assert_eq!(
        completed(&mut scene.control).await.final_task_status,
        TaskStatus::Success
    );
}

#[tokio::test]
async fn an_old_client_has_one_connection_after_the_other() {
    let mut scene = Scene::start().await;
    // The client's socket is no affair of the agent's.
    let mut document = port("", echo().await);
    document["properties"]["localConnectionType"] = json!("unix");
    document["properties"]["localUnixSocket"] = json!("/run/docker.sock");
    let mut client = scene.arrives("p-6", document, false).await;
    client.version = Some("1.1.61.0");
    client.shake().await;
    for text in ["first", "second"] {
        client.type_in(text);
        let back = client.next().await;
        assert_eq!(back, (PayloadType::Output, Bytes::from(text)));
        client.send(PayloadType::Flag, &Flag::DisconnectToPort.to_bytes());
    }
    client.send(PayloadType::Flag, &Flag::TerminateSession.to_bytes());
    client.until_gone().await;
    let done = completed(&mut scene.control).await;
    assert_eq!(done.final_task_status, TaskStatus::Success);
}

#[tokio::test]
async fn no_socket_in_the_nodes_file_system_is_connected_with() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("docker.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    listener.set_nonblocking(true).unwrap();
    let mut scene = Scene::start().await;
    let names = [path.display().to_string(), format!("unix:{}", path.display())];
    for (session, name) in ["p-7", "p-8"].into_iter().zip(names) {
        let mut client = scene.session(session, port(&name, 80), true).await;
        client.until_gone().await;
        let done = completed(&mut scene.control).await;
        assert!(
            done.output.starts_with("Unable to resolve host"),
            "{}",
            done.output
        );
        acknowledge(&mut scene.control, session).await;
    }
    assert!(
        listener.accept().is_err(),
        "the agent is root; nobody would be asked for their rights"
    );
}
