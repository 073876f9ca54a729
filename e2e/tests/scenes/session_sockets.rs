//! Unix sockets of the workstation that lead to ports of a node, by AWS's document and by our own command.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;

use serde_json::json;

use crate::harness::{Dialogue, Node, Plugin, cli_binary};

/// A server that says back what it hears, for as long as the test runs; returns its port.
fn echo(host: &str) -> u16 {
    let listener = TcpListener::bind((host, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut back = connection.try_clone().unwrap();
                std::io::copy(&mut connection, &mut back)
            });
        }
    });
    port
}

/// Eight connections at once, each with enough to fill every buffer on the way.
fn lead_to_the_echo(path: &Path) {
    let big = vec![0x5a; 300_000];
    let connections: Vec<_> = (0..8).map(|_| UnixStream::connect(path).unwrap()).collect();
    for (number, mut connection) in connections.into_iter().enumerate() {
        let text = [format!("connection {number}\n").as_bytes(), &big].concat();
        let (mut sent, typed) = (connection.try_clone().unwrap(), text.clone());
        let writing = thread::spawn(move || sent.write_all(&typed));
        let mut back = vec![0; text.len()];
        connection.read_exact(&mut back).unwrap();
        writing.join().unwrap().unwrap();
        assert!(back == text, "connection {number}");
    }
}

fn a_socket_by_awss_document(plugin: Plugin) {
    let node = Node::start();
    let path = node.server.scratch("sockets").join("s");
    let parameters =
        json!({"portNumber": [echo("127.0.0.1").to_string()], "localUnixSocket": [path]}).to_string();
    let name = "AWS-StartPortForwardingSessionToSocket";
    let session =
        Dialogue::start(node.session(plugin, &["--document-name", name, "--parameters", &parameters]));
    let shown = session.wait_for("Waiting for connections");
    assert!(
        shown.contains(&format!("Unix socket {} opened for sessionId ", path.display())),
        "{shown}"
    );

    lead_to_the_echo(&path);

    let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    session.interrupt_children();
    let (code, shown) = session.end();
    assert_eq!(code, 0, "{shown}\n{}", node.log());
    // AWS's leaves its socket behind.
    if let Plugin::Ours = plugin {
        assert_eq!((mode, path.exists()), (0o600, false), "{shown}");
    }
}

#[test]
fn awss_document_opens_a_socket_with_our_plugin() {
    a_socket_by_awss_document(Plugin::Ours);
}

#[test]
fn awss_document_opens_a_socket_with_the_real_plugin() {
    a_socket_by_awss_document(Plugin::Aws);
}

#[test]
fn our_own_command_opens_a_socket_to_a_port_behind_the_node() {
    let node = Node::start();
    let path = node.server.scratch("sockets").join("s");
    let mut command = node.server.client(&node.server.root(), &cli_binary());
    let forward = format!("{}:127.0.0.9:{}", path.display(), echo("127.0.0.9"));
    command.args(["session", "forward", &node.id, &forward]);
    let session = Dialogue::start(command);
    session.wait_for(&format!("Unix socket {} opened", path.display()));
    session.wait_for("Waiting for connections");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    lead_to_the_echo(&path);

    session.interrupt();
    let (code, shown) = session.end();
    assert_eq!(code, 0, "{shown}\n{}", node.log());
    assert!(!path.exists());
    // What the other side closes is closed here.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        connection.write_all(b"hello\nand goodbye\n").unwrap();
    });
    let mut command = node.server.client(&node.server.root(), &cli_binary());
    command.args([
        "session",
        "forward",
        &node.id,
        &format!("{}:{port}", path.display()),
    ]);
    let session = Dialogue::start(command);
    session.wait_for("Waiting for connections");
    let lines = BufReader::new(UnixStream::connect(&path).unwrap()).lines();
    let lines: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(lines, ["hello", "and goodbye"]);
}
