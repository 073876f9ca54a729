//! Sessions over TLS, with a certificate of a private authority at the server.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::json;

use crate::harness::{Dialogue, Node, Output, Plugin, Stopped, agent_binary, cli_binary};

/// A node of a server that speaks TLS; the role and the activation were made before it did.
fn secure_node() -> Node {
    let server = Stopped::new().start();
    server.node_role("node");
    let activation = server.activation(&server.root(), &json!({}));
    let stopped = server.stop();
    let serve = stopped.command_with_tls();
    Node::by(stopped.start_with(serve), agent_binary(), &activation)
}

/// A server that says back what one connection says; returns its port.
fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut back = connection.try_clone().unwrap();
        std::io::copy(&mut connection, &mut back)
    });
    port
}

/// The port that a forward says it listens on.
fn port_of(shown: &str) -> u16 {
    let opened = shown.lines().find_map(|line| line.strip_prefix("Port "));
    let port = opened.and_then(|line| line.split(' ').next());
    port.and_then(|port| port.parse().ok())
        .unwrap_or_else(|| panic!("{shown}"))
}

#[test]
fn our_client_trusts_the_authority_that_it_is_told_of_and_no_other() {
    let node = secure_node();
    let session = || node.kagiban_session(&["--", "sh", "-c", "echo product $((6*7)); exit 3"]);
    let ran = Output::of(&mut session());
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (3, "product 42\n"),
        "{ran:?}\n{}",
        node.log()
    );

    let mut command = node.server.client(&node.server.root(), &cli_binary());
    command.args(["session", "forward", &node.id, &format!("0:{}", echo())]);
    let forward = Dialogue::start(command);
    let shown = forward.wait_for("Waiting for connections");
    let mut connection = TcpStream::connect(("127.0.0.1", port_of(&shown))).unwrap();
    connection.write_all(b"hello\n").unwrap();
    let mut back = [0; 6];
    connection.read_exact(&mut back).unwrap();
    assert_eq!(&back, b"hello\n");
    forward.interrupt();
    assert_eq!(forward.end().0, 0);

    let before = node.sessions("History").len();
    let refused = Output::of(session().env_remove("AWS_CA_BUNDLE"));
    assert!(refused.code == 4 && refused.stdout.is_empty(), "{refused:?}");
    assert!(refused.stderr.contains("UnknownIssuer"), "{refused:?}");
    assert!(refused.stderr.contains("AWS_CA_BUNDLE"), "{refused:?}");
    assert_eq!(node.sessions("Active").len(), 0, "none was begun");
    assert_eq!(node.sessions("History").len(), before, "none was begun");
}

#[test]
fn both_plugins_open_their_streams_with_the_authority_where_each_looks_for_it() {
    let node = secure_node();
    let bundle = node.server.ca_bundle().unwrap().to_owned();
    for plugin in [Plugin::Ours, Plugin::Aws] {
        let mut command = node.session(plugin, &[]);
        if let Plugin::Aws = plugin {
            // It looks at AWS_CA_BUNDLE for its calls, not for its stream: Go's own variable is for all.
            command.env("SSL_CERT_FILE", &bundle);
        }
        let mut session = Dialogue::start(command);
        session.wait_for("$ ");
        session.say("echo product $((6*7)); exit\n");
        let (code, shown) = session.end();
        assert!(
            code == 0 && shown.contains("product 42"),
            "{plugin:?} {shown}\n{}",
            node.log()
        );
    }

    // The CLI knows the authority, and its plugin is not told.
    let mut command = node.session(Plugin::Ours, &["--ca-bundle", bundle.to_str().unwrap()]);
    command.env_remove("AWS_CA_BUNDLE");
    let (_, told) = Dialogue::start(command).end_with_complaints();
    assert!(told.contains("Cannot perform start session: "), "{told}");
    assert!(told.contains("UnknownIssuer"), "{told}");
    assert!(told.contains("AWS_CA_BUNDLE"), "{told}");
}
