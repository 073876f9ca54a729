//! What Kagiban has and AWS has not.

use serde_json::{Value, json};

use super::{described, names, param, value};
use crate::harness::Server;

#[test]
fn settings_are_shown_changed_and_set_back() {
    let server = Server::start();
    let root = server.root();
    let settings = |arguments: &[&str]| server.kagiban(&root, &[&["settings"], arguments].concat());
    let value = |outcome: &Value| outcome["Settings"][0]["Value"].as_str().unwrap().to_owned();
    let all = settings(&[]).json();
    assert!(all["Settings"].as_array().unwrap().len() >= 4, "{all}");
    let name = "strict-path-authorization";
    assert_eq!(value(&settings(&[name]).json()), "false");
    assert_eq!(value(&settings(&[name, "true"]).json()), "true");
    assert_eq!(value(&settings(&[name]).json()), "true");
    assert_eq!(value(&settings(&[name, ""]).json()), "false");
    assert_eq!(settings(&["no-such-setting"]).code, 3);
    let output = settings(&[name, "perhaps"]);
    assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{output:?}");
}

#[test]
fn what_was_deleted_comes_back_with_its_history_or_goes_for_good() {
    let server = Server::start();
    let key = server.key();
    server.put("/app/password", "hunter1", Some(&key));
    server.put("/app/password", "hunter2", Some(&key));
    server.put("/app/url", "x", None);
    param(&server, &["label", "/app/password", "first", "--version", "1"]).json();
    param(&server, &["delete", "-r", "/app", "--yes"]).json();

    let deleted = param(&server, &["deleted", "/app"]).json();
    assert_eq!(names(&deleted), ["/app/password", "/app/url"]);
    assert_eq!(deleted["Parameters"][0]["Version"], 2);
    let restored = param(&server, &["undelete", "/app/password"]).json();
    assert_eq!(restored["Parameters"][0]["Version"], 2);
    assert_eq!(value(&server, "/app/password"), "hunter2");
    let first = param(&server, &["get", "/app/password", "--label", "first", "--raw"]);
    assert_eq!(first.stdout, "hunter1");

    assert_eq!(param(&server, &["purge", "/app/url"]).code, 5);
    param(&server, &["purge", "/app/url", "--yes"]).json();
    assert_eq!(param(&server, &["undelete", "/app/url"]).code, 3);
    assert_eq!(names(&param(&server, &["deleted"]).json()), [""; 0]);
}

#[test]
fn an_old_version_becomes_the_newest_by_its_number_or_label() {
    let server = Server::start();
    let key = server.key();
    for value in ["one", "two", "three"] {
        server.put("/app/x", value, Some(&key));
    }
    param(&server, &["label", "/app/x", "good", "--version", "2"]).json();
    let answer = param(&server, &["rollback", "/app/x", "good"]).json();
    assert_eq!(
        (&answer["Version"], value(&server, "/app/x")),
        (&json!(4), "two".into())
    );
    param(&server, &["rollback", "/app/x", "1"]).json();
    assert_eq!(value(&server, "/app/x"), "one");
    assert_eq!(described(&server, "/app/x")["KeyId"], key);
    assert_eq!(param(&server, &["rollback", "/app/x", "77"]).code, 3);
    assert_eq!(param(&server, &["rollback", "/app/none", "1"]).code, 3);
}

#[test]
fn labels_are_put_on_moved_and_taken_off() {
    let server = Server::start();
    server.put("/app/x", "one", None);
    server.put("/app/x", "two", None);
    let labelled = |label: &str| {
        let output = param(&server, &["get", "/app/x", "--label", label, "--raw"]);
        (output.code, output.stdout)
    };
    param(&server, &["label", "/app/x", "now", "blue"]).json();
    assert_eq!(labelled("now"), (0, "two".into()));
    param(&server, &["label", "/app/x", "now", "--version", "1"]).json();
    assert_eq!(labelled("now"), (0, "one".into()));
    assert_eq!(param(&server, &["diff", "/app/x", "now", "blue"]).code, 1);
    param(&server, &["label", "/app/x", "now", "--remove"]).json();
    assert_eq!(labelled("now").0, 3);
    let output = param(&server, &["label", "/app/x", "1st"]);
    assert!(output.code == 2 && output.stderr.contains("1st"), "{output:?}");
    assert_eq!(param(&server, &["label", "/app/x", "none", "--remove"]).code, 3);
}

#[test]
fn a_move_takes_references_along_and_not_what_they_stand_for() {
    let server = Server::start();
    let root = server.root();
    let settings = ["settings", "parameter-references", "true"];
    server.kagiban(&root, &settings).json();
    server.put("/app/host", "db.internal", None);
    server.put("/app/url", "https://{{kagiban:/app/host}}/", None);
    assert_eq!(value(&server, "/app/url"), "https://db.internal/");
    param(&server, &["move", "-r", "/app", "/shop", "--yes"]).json();
    let history = param(&server, &["history", "/shop/url", "--show-values"]).json();
    assert_eq!(history["Versions"][0]["Value"], "https://{{kagiban:/app/host}}/");
    param(&server, &["copy", "/shop/host", "/app/host"]).json();
    assert_eq!(value(&server, "/shop/url"), "https://db.internal/");
}
