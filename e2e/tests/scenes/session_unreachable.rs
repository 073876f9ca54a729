//! A server that names a place for streams where nobody listens.

use std::net::TcpListener;
use std::process::Command;

use serde_json::json;

use crate::harness::{Dialogue, Node, Plugin, Stopped, agent_binary, cli_binary};

/// A node of a server whose stream URL leads nowhere, and the URL's host and port.
fn node() -> (Node, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = listener.local_addr().unwrap().to_string();
    drop(listener);
    let stopped = Stopped::new();
    let mut serve = stopped.command();
    serve.args(["--stream-url", &format!("ws://{nowhere}")]);
    (Node::of(stopped.start_with(serve), agent_binary()), nowhere)
}

#[track_caller]
fn told(node: &Node, command: Command) -> (i32, String) {
    let (code, told) = Dialogue::start(command).end_with_complaints();
    assert_eq!(node.sessions("Active").len(), 0, "{told}\n{}", node.log());
    (code, told)
}

#[test]
fn a_stream_out_of_reach_leaves_no_session_behind_and_the_way_out_is_said() {
    let (node, nowhere) = node();
    let forward = {
        let mut command = node.server.client(&node.server.root(), &cli_binary());
        command.args(["session", "forward", &node.id, "0:1"]);
        command
    };
    let proxy = {
        let mut command = node.server.client(&node.server.root(), &cli_binary());
        command.args(["ssh-proxy", &node.id, "22"]);
        command
    };
    let commands = [
        node.kagiban_session(&[]),
        node.kagiban_session(&["--", "true"]),
        forward,
        proxy,
    ];
    for command in commands {
        let (code, told) = told(&node, command);
        assert_eq!(code, 4, "{told}");
        assert!(
            told.contains(&format!("ws://{nowhere} cannot be reached")),
            "{told}"
        );
        assert!(told.contains("hint: ") && told.contains("--stream-url"), "{told}");
    }
    let parameters = json!({"portNumber": ["1"], "localPortNumber": ["0"]}).to_string();
    let forward = [
        "--document-name",
        "AWS-StartPortForwardingSession",
        "--parameters",
        &parameters,
    ];
    for more in [&[][..], &forward] {
        let (_, told) = told(&node, node.session(Plugin::Ours, more));
        assert!(
            told.contains(&format!("ws://{nowhere} cannot be reached")),
            "{told}"
        );
        assert!(told.contains("hint: ") && told.contains("--stream-url"), "{told}");
    }
    let over = node.sessions("History");
    assert!(
        over.len() == 6 && over.iter().all(|session| session["Status"] == "Terminated"),
        "{over:?}"
    );
}
