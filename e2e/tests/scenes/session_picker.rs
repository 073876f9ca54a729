//! `kagiban session start` without a name that is one node's alone: who is there is asked, who is not is
//! refused.

use serde_json::{Value, json};

use crate::harness::{Machine, Node, Output, Server, cli_binary, clients_directory, venv_binary};

/// A machine with this name, registered and away; returns its id.
fn register(server: &Server, name: &str) -> String {
    let activation = server.activation(&server.root(), &json!({"DefaultInstanceName": name}));
    let mut machine = Machine::start(server);
    let registered = machine.register(&activation, name, name);
    let id = registered["InstanceId"].as_str();
    id.unwrap_or_else(|| panic!("{registered}")).to_owned()
}

/// `sh -c SCRIPT` on a terminal, with `$kagiban` in it, where each question gets its answer.
fn on_a_terminal(server: &Server, answers: &Value, script: &str) -> Output {
    let mut command = server.client(&server.root(), &venv_binary("python"));
    command
        .arg(clients_directory().join("terminal.py"))
        .arg(answers.to_string());
    command.args(["/bin/sh", "-c", script]);
    command.env("TERM", "xterm").env("kagiban", cli_binary());
    Output::of(&mut command)
}

#[test]
fn a_person_chooses_among_several_by_number_or_letters() {
    let node = Node::start();
    let ids = ["web-1", "web-2"].map(|name| register(&node.server, name));
    // By number: which of the two that was can be read in the refusal.
    let shown = on_a_terminal(
        &node.server,
        &json!([["Which? ", "2", false]]),
        "exec $kagiban session start web",
    );
    let lines: Vec<&str> = shown
        .stdout
        .lines()
        .filter(|line| line.contains("web-"))
        .collect();
    let [_, second] = lines[..] else {
        panic!("{shown:?}")
    };
    let chosen = ids
        .iter()
        .find(|id| second.contains(id.as_str()))
        .expect("it is listed");
    assert!(second.starts_with('2'), "{shown:?}");
    assert!(
        shown
            .stdout
            .contains(&format!("TargetNotConnected: {chosen} is not connected.")),
        "{shown:?}"
    );
    // By letters, first too few, then enough, without a name at all; and the session works.
    let answers = json!([
        ["Which? ", "mi-", false],
        ["Which? ", node.id, false],
        ["$ ", "echo product $((6*7))", false],
        ["product 42", "exit 4", false],
    ]);
    let shown = on_a_terminal(&node.server, &answers, "exec $kagiban session start");
    assert_eq!(shown.code, 4, "{shown:?}");
}

#[test]
fn ctrl_c_at_the_question_leaves_the_terminal_as_it_was() {
    let server = Server::start();
    server.node_role("node");
    for name in ["web-1", "web-2"] {
        register(&server, name);
    }
    let script = "trap : INT; stty -g; $kagiban session start web; echo status $?; stty -g";
    let shown = on_a_terminal(&server, &json!([["Which? ", "\u{3}", false]]), script);
    let is_state = |line: &&str| line.matches(':').count() > 10;
    let states: Vec<&str> = shown.stdout.lines().filter(is_state).collect();
    let [before, after] = states[..] else {
        panic!("{shown:?}")
    };
    assert_eq!(before.trim(), after.trim(), "{shown:?}");
    assert!(shown.stdout.contains("status 130"), "{shown:?}");
    // An empty answer is a no, too.
    let shown = on_a_terminal(
        &server,
        &json!([["Which? ", "", false]]),
        "exec $kagiban session start web",
    );
    assert!(
        shown.code == 5 && shown.stdout.contains("nothing was done"),
        "{shown:?}"
    );
    // So is the end of all input, and what there was to choose from is not repeated.
    let shown = on_a_terminal(
        &server,
        &json!([["Which? ", {"key": "\u{4}"}, false]]),
        "exec $kagiban session start web",
    );
    let words = "nothing was answered to: Which?";
    assert!(shown.code == 5 && shown.stdout.contains(words), "{shown:?}");
    assert_eq!(shown.stdout.matches("web-1").count(), 1, "{shown:?}");
}

#[test]
fn nobody_is_asked_where_nobody_is() {
    let server = Server::start();
    server.node_role("node");
    let ids = ["web-1", "web-2"].map(|name| register(&server, name));
    for arguments in [&["session", "start", "web"][..], &["session", "start"]] {
        let refused = server.kagiban(&server.root(), arguments);
        assert_eq!(refused.code, 2, "{refused:?}");
        for id in &ids {
            assert!(refused.stderr.contains(id), "{refused:?}");
        }
        assert!(refused.stderr.contains("by its id"), "{refused:?}");
    }
    // No id has these letters, however the dice fall: ids are of hexadecimal digits.
    let refused = server.kagiban(&server.root(), &["session", "start", "mail"]);
    assert!(
        refused.code == 3 && refused.stderr.contains("there is no node `mail`"),
        "{refused:?}"
    );
    assert_eq!(
        server.aws_json(&server.root(), &["ssm", "describe-sessions", "--state", "Active"])["Sessions"],
        json!([])
    );
}
