//! Ports: over standard input and output, and over a local listener.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};

use bytes::Bytes;
use kagiban_session::channel::{Event, Side};
use kagiban_session::handshake::SessionType;
use kagiban_session::message::PayloadType;
use kagiban_session::payload::{EndOfStream, Flag};
use kagiban_session::smux::{self, Multiplexer};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::node::{Node, SESSION, api};
use super::plugin::Running;

const RESUMES: fn(&str, &Value) -> Value =
    |_, _| json!({"SessionId": SESSION, "TokenValue": "second", "StreamUrl": ""});

#[tokio::test(flavor = "multi_thread")]
async fn standard_input_and_output_are_carried_byte_for_byte() {
    let all: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    for fast in [false, true] {
        let (mut node, api) = (Node::new().await, api(RESUMES).await);
        let mut plugin = Running::piped(&node.started(), &api);
        node.begin(SessionType::Port, json!({"portNumber": "22"}), None, fast)
            .await;
        node.complete("").await;
        let (sent, bytes) = (all.clone(), all.len());
        let mut keyboard = plugin.keyboard.take().unwrap();
        let writing = std::thread::spawn(move || {
            keyboard.write_all(b"\n").unwrap();
            keyboard.write_all(&sent).unwrap();
            keyboard
        });
        let mut got = Vec::new();
        while got.len() < bytes + 1 {
            got.extend_from_slice(&node.data(PayloadType::Output).await);
        }
        assert!(got[0] == b'\n' && got[1..] == all, "a line break alone stays one");
        node.send(PayloadType::Output, "SSH-2.0-x\r\n").await;
        let ended = tokio::task::spawn_blocking(move || {
            plugin.shows("SSH-2.0-x\r\n");
            drop(writing.join());
            (plugin.ends(), plugin)
        });
        if fast {
            node.data(PayloadType::EndOfStream).await;
            node.send(PayloadType::Output, "after the end of the input").await;
            node.send(PayloadType::EndOfStream, EndOfStream::default().to_bytes())
                .await;
        }
        assert_eq!(
            node.data(PayloadType::Flag).await,
            Flag::TerminateSession.to_bytes()
        );
        while !ended.is_finished() {
            let _ = tokio::time::timeout(std::time::Duration::from_millis(20), node.next()).await;
        }
        let (status, plugin) = ended.await.unwrap();
        assert!(
            status == 0 && plugin.text.contains("SSH-2.0-x\r\n"),
            "{}",
            plugin.text
        );
        assert_eq!(plugin.text.contains("after the end of the input"), fast);
    }
}

/// An agent whose port says everything back, until the session ends.
async fn echo(mut node: Node, lose: bool) -> Node {
    let mut mux = Multiplexer::new(Side::Agent);
    let mut losing = lose;
    loop {
        while let Some(bytes) = mux.transmit(1000) {
            node.send(PayloadType::Output, bytes).await;
        }
        match node.next().await {
            Event::Data {
                payload_type: PayloadType::Output,
                payload,
            } => mux.receive(&payload).unwrap(),
            Event::Data {
                payload_type: PayloadType::Flag,
                ..
            } => return node,
            _ => (),
        }
        while let Some(event) = mux.take() {
            if let smux::Event::Data(stream, bytes) = event {
                mux.send(stream, &bytes);
                if bytes == Bytes::from_static(b"close") {
                    mux.finish(stream);
                }
                if std::mem::take(&mut losing) {
                    node.lose();
                }
            }
        }
    }
}

fn says_back(port: u16, text: &[u8]) {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection.write_all(text).unwrap();
    let mut back = vec![0; text.len()];
    connection.read_exact(&mut back).unwrap();
    assert_eq!(back, text);
    connection.shutdown(Shutdown::Both).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_connections_go_over_one_session_and_outlive_its_sockets() {
    for (fast, lose) in [(false, false), (true, false), (false, true), (true, true)] {
        let (mut node, api) = (Node::new().await, api(RESUMES).await);
        let mut plugin = Running::piped(&node.started(), &api);
        let properties = json!({"portNumber": "80", "type": "LocalPortForwarding", "localPortNumber": "0"});
        node.begin(SessionType::Port, properties, None, fast).await;
        node.complete("").await;
        let serving = tokio::spawn(echo(node, lose));
        let client = tokio::task::spawn_blocking(move || {
            plugin.shows("Waiting for connections...");
            let line = plugin
                .text
                .lines()
                .find(|line| line.contains("opened for sessionId"))
                .unwrap();
            assert!(
                line.ends_with(&format!("opened for sessionId {SESSION}.")),
                "{line}"
            );
            let port: u16 = line.split(' ').nth(1).unwrap().parse().unwrap();
            let busy: Vec<_> = (0..8u8)
                .map(|n| std::thread::spawn(move || says_back(port, &vec![n; 200_000])))
                .collect();
            busy.into_iter().for_each(|thread| thread.join().unwrap());
            plugin.shows(&format!("Connection accepted for session [{SESSION}]"));
            let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
            connection.write_all(b"close").unwrap();
            let mut all = Vec::new();
            connection.read_to_end(&mut all).unwrap();
            assert_eq!(all, b"close");
            let pid = Pid::from_raw(plugin.child.id().try_into().unwrap()).unwrap();
            kill_process(pid, Signal::INT).unwrap();
            plugin.shows("Terminate signal received, exiting.");
            plugin
        });
        let mut plugin = client.await.unwrap();
        let mut node = serving.await.unwrap();
        let ended = tokio::task::spawn_blocking(move || plugin.ends());
        while !ended.is_finished() {
            let _ = tokio::time::timeout(std::time::Duration::from_millis(20), node.next()).await;
        }
        assert_eq!(ended.await.unwrap(), 0);
    }
}

/// An old agent, whose port says everything back, one connection after the other; returns how many there were.
async fn echo_one_by_one(mut node: Node) -> usize {
    let (disconnect, terminate) = (
        Flag::DisconnectToPort.to_bytes(),
        Flag::TerminateSession.to_bytes(),
    );
    let mut left = 0;
    loop {
        match node.next().await {
            Event::Data {
                payload_type: PayloadType::Output,
                payload,
            } => node.send(PayloadType::Output, payload).await,
            Event::Data {
                payload_type: PayloadType::Flag,
                payload,
            } if payload == disconnect => left += 1,
            Event::Data {
                payload_type: PayloadType::Flag,
                payload,
            } if payload == terminate => {
                node.close("").await;
                return left;
            }
            _ => (),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_socket_leads_to_a_port_of_an_old_agent_and_is_its_owners_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    drop(UnixListener::bind(&path).unwrap()); // what a plugin that was killed has left behind
    let (mut node, api) = (Node::new().await, api(RESUMES).await);
    node.version = Some("2.3.68.0");
    let mut plugin = Running::piped(&node.started(), &api);
    let properties = json!({
        "portNumber": "80", "type": "LocalPortForwarding", "localConnectionType": "unix", "localUnixSocket": path,
    });
    node.begin(SessionType::Port, properties, None, false).await;
    node.complete("").await;
    let serving = tokio::spawn(echo_one_by_one(node));
    let client = tokio::task::spawn_blocking(move || {
        plugin.shows("Waiting for connections...");
        let line = format!("Unix socket {} opened for sessionId {SESSION}.", path.display());
        assert!(plugin.text.contains(&line), "{}", plugin.text);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for number in 0..3u8 {
            let mut connection = UnixStream::connect(&path).unwrap();
            let text = vec![number; 20_000];
            let mut back = vec![0; text.len()];
            connection.write_all(&text).unwrap();
            connection.read_exact(&mut back).unwrap();
            assert_eq!(back, text);
        }
        let pid = Pid::from_raw(plugin.child.id().try_into().unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        assert_eq!(plugin.ends(), 0);
        assert!(!path.exists(), "it takes its socket along");
    });
    client.await.unwrap();
    assert!(serving.await.unwrap() >= 2, "each connection's end is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_socket_that_somebody_listens_on_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let _listener = UnixListener::bind(&path).unwrap();
    let (mut node, api) = (Node::new().await, api(RESUMES).await);
    let mut plugin = Running::piped(&node.started(), &api);
    let properties = json!({
        "portNumber": "80", "type": "LocalPortForwarding", "localConnectionType": "unix", "localUnixSocket": path,
    });
    node.begin(SessionType::Port, properties, None, true).await;
    node.complete("").await;
    let ended = tokio::task::spawn_blocking(move || (plugin.ends(), plugin));
    while !ended.is_finished() {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(20), node.next()).await;
    }
    let (_, plugin) = ended.await.unwrap();
    assert!(
        plugin.text.contains("connections cannot be taken at"),
        "{}",
        plugin.text
    );
    assert!(UnixStream::connect(&path).is_ok());
}
