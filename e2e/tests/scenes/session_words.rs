//! Names and messages of others on an operator's terminal: whoever chooses them does not steer it.

use serde_json::{Value, json};

use crate::harness::{
    Credentials, Dialogue, Node, Order, Output, Plugin, Relay, Seen, Stopped, cli_binary, clients_directory,
    venv_binary,
};

/// Orders to a terminal, in both of their forms, a character that is none, and turns of the direction.
const EVIL: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{7f}\u{202e}evil\u{2066}\u{2028}";

/// How it is shown.
const SHOWN: &str = "\\u{1b}]0;owned\\u{7}\\u{1b}[2J\\u{9b}31m\\u{7f}\\u{202e}evil\\u{2066}\\u{2028}";

const NODE: &str = "mi-0123456789abcdef0";

/// Asserts that a terminal shows the text, and nothing else happens to it.
#[track_caller]
fn is_harmless(text: &str) {
    let steers = |c: char| !"\r\n".contains(c) && (c.is_control() || "\u{202e}\u{2066}\u{2028}".contains(c));
    assert!(!text.contains(steers), "{text:?}");
}

/// A server that has been taken over, or lets everybody write everything.
fn evil_server() -> Relay {
    Relay::before(None, |_, seen: &Seen| {
        let body: Value = serde_json::from_str(&seen.body).unwrap_or_default();
        if body.get("Target").is_some() {
            let refusal = json!({"__type": format!("Bad{EVIL}"), "message": EVIL});
            return Order::Answer(400, refusal.to_string());
        }
        let answer = match body.get("State") {
            Some(_) => json!({"Sessions": [session()]}),
            None => json!({"InstanceInformationList": [node("a"), node("b")]}),
        };
        Order::Answer(200, answer.to_string())
    })
}

fn node(name: &str) -> Value {
    json!({
        "InstanceId": format!("{NODE}{EVIL}"), "PingStatus": EVIL, "LastPingDateTime": 0, "Name": format!("{name}{EVIL}"),
        "ComputerName": EVIL, "IPAddress": EVIL, "PlatformName": EVIL, "PlatformVersion": EVIL,
        "AgentVersion": EVIL, "IamRole": EVIL,
    })
}

fn session() -> Value {
    json!({
        "SessionId": EVIL, "Target": EVIL, "Status": EVIL, "StartDate": 0, "DocumentName": EVIL, "Owner": EVIL,
        "Reason": EVIL,
    })
}

struct Scene {
    place: Stopped,
    server: Relay,
}

impl Scene {
    fn new() -> Self {
        Self {
            place: Stopped::new(),
            server: evil_server(),
        }
    }

    fn command(&self, program: &std::path::Path) -> std::process::Command {
        self.place
            .client(&Credentials::root(), program, &self.server.url())
    }

    fn piped(&self, arguments: &[&str]) -> Output {
        Output::of(self.command(&cli_binary()).args(arguments))
    }

    /// On a terminal, where each question gets its answer; without colours, which are orders, too.
    fn typed(&self, answers: &Value, arguments: &[&str]) -> Output {
        let mut command = self.command(&venv_binary("python"));
        command.arg(clients_directory().join("terminal.py"));
        command.arg(answers.to_string()).arg(cli_binary()).args(arguments);
        Output::of(command.env("TERM", "xterm").env("NO_COLOR", "1"))
    }
}

#[test]
fn lists_of_nodes_and_sessions_show_what_they_do_not_obey() {
    let scene = Scene::new();
    for list in [["node", "list"], ["session", "list"]] {
        let shown = scene.typed(&json!([]), &list);
        is_harmless(&shown.stdout);
        assert!(
            shown.code == 0 && shown.stdout.matches(SHOWN).count() >= 6,
            "{shown:?}"
        );
    }
}

#[test]
fn lists_for_programs_escape_and_mean_the_same() {
    let scene = Scene::new();
    for (list, members) in [(["node", "list"], "Nodes"), (["session", "list"], "Sessions")] {
        let printed = scene.piped(&list);
        is_harmless(&printed.stdout);
        let read = printed.json();
        let first = read[members][0].as_object().expect("one is listed");
        let evil = first
            .values()
            .filter(|value| value.as_str().is_some_and(|text| text.contains(EVIL)));
        assert!(evil.count() >= 6, "{read}");
    }
}

#[test]
fn the_question_which_node_is_meant_shows_what_it_does_not_obey() {
    let scene = Scene::new();
    for asked in [
        &["session", "start"][..],
        &["session", "start", "evil"],
        &["session", "forward", "evil", "80"],
    ] {
        let shown = scene.typed(&json!([["Which? ", "zzz", false], ["Which? ", "", false]]), asked);
        is_harmless(&shown.stdout);
        assert!(shown.stdout.contains(SHOWN) && shown.code == 5, "{shown:?}");
        let refused = scene.piped(asked);
        is_harmless(&refused.stderr);
        assert!(refused.stderr.contains(SHOWN) && refused.code == 2, "{refused:?}");
    }
}

#[test]
fn a_refusal_shows_what_it_does_not_obey() {
    let scene = Scene::new();
    for asked in [
        &["session", "start", NODE][..],
        &["session", "forward", NODE, "80"],
        &["ssh-proxy", NODE],
        &["session", "start", NODE, "--reason", EVIL],
    ] {
        let refused = scene.piped(asked);
        is_harmless(&refused.stderr);
        assert!(
            refused.stderr.matches(SHOWN).count() == 2 && refused.code != 0,
            "{refused:?}"
        );
    }
}

/// Through the real server and agent: a document that names a host which cannot be, and what is said of it.
#[test]
fn what_an_agent_says_of_a_document_is_shown_and_recorded_harmlessly() {
    let node = Node::start();
    let root = node.server.root();
    let content = json!({
        "schemaVersion": "1.0", "sessionType": "Port",
        "properties": {"host": format!("no{EVIL}where"), "portNumber": "80", "type": "LocalPortForwarding"},
    });
    let content = content.to_string();
    let create = [
        "ssm",
        "create-document",
        "--name",
        "evil",
        "--document-type",
        "Session",
        "--content",
        &content,
    ];
    node.server.aws_json(&root, &create);
    let more = ["--document", "evil", "--reason", EVIL];
    let (code, shown) = Dialogue::start(node.kagiban_session(&more)).end_with_complaints();
    is_harmless(&shown);
    assert!(
        code != 0 && shown.contains(&format!("Unable to resolve host no{SHOWN}where")),
        "{shown:?}"
    );
    let (_, shown) = Dialogue::start(node.session(Plugin::Ours, &["--document-name", "evil"])).end();
    is_harmless(&shown);
    assert!(
        shown.contains(&format!("Unable to resolve host no{SHOWN}where")),
        "{shown:?}"
    );
    is_harmless(&node.log());
    let listed = node.server.kagiban(&root, &["session", "list", "--history"]);
    is_harmless(&listed.stdout);
    assert!(
        listed.json()["Sessions"]
            .as_array()
            .unwrap()
            .iter()
            .any(|session| session["Reason"] == EVIL)
    );
}
