//! Values that stand for others: compared, copied and filed as they were written.

use serde_json::{Value, json};

use super::transfer::profile_of;
use super::{described, names, param, piped, value};
use crate::harness::{Output, Server};

/// Has references resolved from now on.
fn resolve(server: &Server) {
    let settings = ["settings", "parameter-references", "true"];
    server.kagiban(&server.root(), &settings).json();
}

/// A server that resolves references, with `/app/host` and two that refer: to it, and to nothing.
fn referring() -> Server {
    let server = Server::start();
    resolve(&server);
    server.put("/app/host", "db.internal", None);
    server.put("/app/url", "https://{{kagiban:/app/host}}/", None);
    server.put("/app/lost", "{{kagiban:/none/such}}", None);
    server
}

fn exported(server: &Server, arguments: &[&str]) -> Output {
    param(server, &[&["export", "/app"], arguments].concat())
}

#[test]
fn a_move_takes_references_along_and_not_what_they_stand_for() {
    let server = Server::start();
    resolve(&server);
    server.put("/app/host", "db.internal", None);
    server.put("/app/url", "https://{{kagiban:/app/host}}/", None);
    assert_eq!(value(&server, "/app/url"), "https://db.internal/");
    param(&server, &["move", "-r", "/app", "/shop", "--yes"]).json();
    let history = param(&server, &["history", "/shop/url", "--show-values"]).json();
    assert_eq!(history["Versions"][0]["Value"], "https://{{kagiban:/app/host}}/");
    param(&server, &["copy", "/shop/host", "/app/host"]).json();
    assert_eq!(value(&server, "/shop/url"), "https://db.internal/");
}

#[test]
fn trees_are_compared_by_what_was_written() {
    let server = Server::start();
    resolve(&server);
    for tree in ["c1", "c2"] {
        server.put(&format!("/{tree}/a"), "same", None);
        server.put(
            &format!("/{tree}/ref"),
            &format!("{tree}:{{{{kagiban:/none/such}}}}"),
            None,
        );
    }
    let output = param(&server, &["compare", "/c1", "/c2"]);
    let outcome: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(
        (output.code, &outcome["Different"][0]["Name"], &outcome["Equal"]),
        (1, &json!("ref"), &json!(1))
    );

    // A reference is no text, though both be read as the same.
    server.put("/d1/x", "{{kagiban:/c1/a}}", None);
    server.put("/d2/x", "same", None);
    assert_eq!(value(&server, "/d1/x"), value(&server, "/d2/x"));
    assert_eq!(param(&server, &["compare", "/d1", "/d2"]).code, 1);

    // A place without references is read in another way, and compared to the letter all the same.
    let other = Server::start();
    profile_of(&server, "other", &other);
    other.put("/d2/x", "same", None);
    let there = ["compare", "/d2", "--profile-b", "other"];
    assert_eq!(param(&server, &there).code, 0);
}

#[test]
fn an_export_has_references_and_an_import_of_it_changes_nothing() {
    let server = referring();
    let file = exported(&server, &[]).json();
    assert_eq!(
        file,
        json!({"host": "db.internal", "lost": "{{kagiban:/none/such}}", "url": "https://{{kagiban:/app/host}}/"})
    );
    let import = ["import", "/app", "-", "--format", "json", "--overwrite"];
    let outcome = piped(&server, &server.root(), &import, &file.to_string()).json();
    assert_eq!(
        (&outcome["Same"], &outcome["Changed"]),
        (&json!(3), &json!([])),
        "{outcome}"
    );
    assert_eq!(described(&server, "/app/url")["Version"], 1);
    let mut other = file.clone();
    other["lost"] = "{{kagiban:/app/url}}".into();
    let outcome = piped(&server, &server.root(), &import, &other.to_string()).json();
    assert_eq!(outcome["Changed"][0]["Name"], "lost", "{outcome}");
    assert_eq!(value(&server, "/app/lost"), "https://db.internal/");

    // What leads nowhere is there all the same, and so it can be missing from a file.
    server.put("/app/lost", "{{kagiban:/none/such}}", None);
    other.as_object_mut().unwrap().remove("lost");
    let import = [&import[..], &["--delete-missing", "--yes"]].concat();
    let outcome = piped(&server, &server.root(), &import, &other.to_string()).json();
    assert_eq!(outcome["Deleted"], json!(["lost"]), "{outcome}");
}

#[test]
fn an_export_of_what_references_stand_for_is_whole_or_nothing() {
    let server = referring();
    let output = exported(&server, &["--resolved"]);
    assert!(
        output.code == 4 && output.stdout.is_empty() && output.stderr.contains("/app/lost"),
        "{output:?}"
    );
    param(&server, &["delete", "/app/lost", "--yes"]).json();
    assert_eq!(
        exported(&server, &["--resolved"]).json(),
        json!({"host": "db.internal", "url": "https://db.internal/"})
    );
}

#[test]
fn whoever_may_not_know_the_settings_is_told_what_it_takes() {
    let server = referring();
    let by_path = json!({"Effect": "Allow", "Action": ["ssm:GetParametersByPath", "ssm:GetParameter"], "Resource": "*"});
    let reader = server.user("reader", &json!([by_path]));
    for more in [&[][..], &["--resolved"]] {
        let output = server.kagiban(&reader, &[&["param", "export", "/app"], more].concat());
        assert!(
            output.code == 4
                && output.stdout.is_empty()
                && output.stderr.contains("kagiban:GetAccountSettings"),
            "{output:?}"
        );
    }
    let settings = json!({"Effect": "Allow", "Action": "kagiban:GetAccountSettings", "Resource": "*"});
    let plain = Server::start();
    plain.put("/app/x", "1", None);
    let reader = plain.user("reader", &json!([by_path, settings]));
    let output = plain.kagiban(&reader, &["param", "export", "/app"]);
    assert_eq!(output.json(), json!({"x": "1"}));
}

#[test]
fn where_references_are_off_nothing_that_has_one_is_begun() {
    let (server, other) = (referring(), Server::start());
    profile_of(&server, "other", &other);
    let copy = ["copy", "-r", "/app", "/app", "--to-profile", "other"];
    for more in [&[][..], &["--dry-run"]] {
        let output = param(&server, &[&copy[..], more].concat());
        assert!(
            output.code == 2 && output.stderr.contains(": /app/lost, /app/url"),
            "{output:?}"
        );
    }
    let file = exported(&server, &[]).stdout;
    let import = ["import", "/app", "-", "--format", "json"];
    let output = piped(&other, &other.root(), &import, &file);
    assert!(
        output.code == 2 && output.stderr.contains(": lost, url"),
        "{output:?}"
    );
    assert_eq!(
        names(&param(&other, &["list"]).json()),
        [""; 0],
        "nothing was begun"
    );

    resolve(&other);
    let foreign = r#"{"a": "x", "template": "{{ name }}"}"#;
    let output = piped(&other, &other.root(), &import, foreign);
    assert!(
        output.code == 2 && output.stderr.contains(": template"),
        "{output:?}"
    );
    param(&server, &copy).json();
    assert_eq!(value(&other, "/app/url"), "https://db.internal/");
}
