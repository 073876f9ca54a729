//! Whoever knows that a session is over finds it so, in the first answer.

use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Dialogue, Node, Plugin};

/// Has a session to its end; returns what is listed of it right then.
fn history_after(node: &Node, command: Command, talk: impl FnOnce(&mut Dialogue)) -> Value {
    let mut session = Dialogue::start(command);
    talk(&mut session);
    let (_, shown) = session.end();
    let history = node.sessions("History");
    let active = node.sessions("Active");
    assert_eq!(active, [] as [Value; 0], "{shown}\n{}", node.log());
    let newest = history.into_iter().max_by(|one, other| {
        let began = |session: &Value| session["StartDate"].to_string();
        began(one).cmp(&began(other))
    });
    newest.expect("it is over")
}

fn exits(session: &mut Dialogue) {
    session.wait_for("$ ");
    session.say("exit 3\n");
}

#[test]
fn a_session_whose_client_has_exited_is_history_with_the_real_plugin_too() {
    let node = Node::start();
    for (count, plugin) in [(1, Plugin::Ours), (2, Plugin::Aws)] {
        let shown = node.session_on_terminal(plugin, &json!([["$ ", "exit 3", false]]), &[]);
        let over = node.sessions("History");
        let ended = over.iter().filter(|session| session["Status"] == "Terminated");
        assert_eq!(ended.count(), count, "{shown:?} {over:?}\n{}", node.log());
    }
    let over = history_after(&node, node.kagiban_session(&[]), exits);
    assert_eq!(over["Status"], "Terminated", "{over}");
    let command = node.kagiban_session(&["--", "true"]);
    let over = history_after(&node, command, |_| {});
    assert_eq!(over["Status"], "Terminated", "{over}");
    let command = node.kagiban_session(&["--", "sh", "-c", "echo begun; exec sleep 1000"]);
    let over = history_after(&node, command, |session| {
        session.wait_for("begun");
        session.terminate();
    });
    assert_eq!(over["Status"], "Terminated", "{over}");
}

#[test]
fn a_forward_that_is_interrupted_is_history_with_the_real_plugin_too() {
    let node = Node::start();
    let parameters = json!({"portNumber": ["1"], "localPortNumber": ["0"]}).to_string();
    let name = "AWS-StartPortForwardingSession";
    for plugin in [Plugin::Ours, Plugin::Aws] {
        let command = node.session(plugin, &["--document-name", name, "--parameters", &parameters]);
        let over = history_after(&node, command, |session| {
            session.wait_for("Waiting for connections");
            session.interrupt_children();
        });
        assert_eq!(over["Status"], "Terminated", "{plugin:?} {over}");
    }
}

#[test]
fn a_session_that_could_not_be_is_history_with_its_reason() {
    let node = Node::start();
    let content = json!({
        "schemaVersion": "1.0", "sessionType": "Port",
        "properties": {"host": "169.254.169.254", "portNumber": "80", "type": "LocalPortForwarding"},
    });
    let content = content.to_string();
    let create = [
        "ssm",
        "create-document",
        "--name",
        "metadata",
        "--document-type",
        "Session",
        "--content",
        &content,
    ];
    node.server.aws_json(&node.server.root(), &create);
    // AWS's own, told of the end while it opens its port, sometimes waits for connections all the same.
    for command in [
        node.kagiban_session(&["--document", "metadata"]),
        node.session(Plugin::Ours, &["--document-name", "metadata"]),
    ] {
        let over = history_after(&node, command, |_| {});
        assert_eq!(over["Status"], "Failed", "{over}");
        assert_eq!(
            over["Details"], "Forwarding to IP address 169.254.169.254 is forbidden.",
            "{over}"
        );
    }
}
