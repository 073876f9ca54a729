//! What a person sees and is asked, on a terminal.

use serde_json::{Value, json};

use super::{param, value};
use crate::harness::{Output, Server, cli_binary, clients_directory, venv_binary};

/// Runs `kagiban param ARGUMENTS…` on a terminal, where each question gets its answer.
fn on_a_terminal(server: &Server, answers: &Value, arguments: &[&str]) -> Output {
    let mut command = server.client(&server.root(), &venv_binary("python"));
    command
        .env("TERM", "xterm")
        .arg(clients_directory().join("terminal.py"))
        .arg(answers.to_string())
        .arg(cli_binary())
        .arg("param")
        .args(arguments);
    Output::of(&mut command)
}

#[test]
fn a_value_is_asked_for_and_not_shown_while_it_is_typed() {
    let server = Server::start();
    let answers = json!([["Value of /app/password", "hunter2 #", true]]);
    let output = on_a_terminal(&server, &answers, &["set", "/app/password", "--secure"]);
    assert!(
        output.code == 0 && output.stdout.contains("/app/password is at version 1"),
        "{output:?}"
    );
    assert!(!output.stdout.contains("hunter2"), "{output:?}");
    assert_eq!(value(&server, "/app/password"), "hunter2 #");
}

#[test]
fn people_see_tables_and_are_asked_before_anything_is_deleted() {
    let server = Server::start();
    server.put("/app/db/url", "x", None);
    let none = json!([]);
    let output = on_a_terminal(&server, &none, &["list"]);
    assert!(
        output.stdout.contains("\u{1b}[1mNAME") && output.stdout.contains("  db/\r\n    url  String"),
        "{output:?}"
    );
    let output = on_a_terminal(&server, &none, &["get", "/app/db/url", "--raw"]);
    assert_eq!(output.stdout, "x\r\n");

    let delete = ["delete", "/app/db/url"];
    let output = on_a_terminal(&server, &json!([["Delete /app/db/url?", "n", false]]), &delete);
    assert!(
        output.code == 5 && output.stdout.contains("nothing was done"),
        "{output:?}"
    );
    assert_eq!(value(&server, "/app/db/url"), "x");
    let output = on_a_terminal(&server, &json!([["Delete /app/db/url?", "y", false]]), &delete);
    assert!(
        output.code == 0 && output.stdout.contains("deleted /app/db/url"),
        "{output:?}"
    );
    assert_eq!(param(&server, &["get", "/app/db/url"]).code, 3);
}
