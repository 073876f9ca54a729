//! Labels of parameter versions, driven by the AWS CLI and boto3.

use serde_json::{Value, json};

use crate::harness::{Credentials, Output, Server, clients_directory, venv_binary};

fn label(server: &Server, who: &Credentials, version: &str, labels: &[&str]) -> Output {
    let arguments = [
        "ssm",
        "label-parameter-version",
        "--name",
        "/app/db",
        "--parameter-version",
        version,
        "--output",
        "json",
        "--labels",
    ];
    server.aws(who, &[&arguments[..], labels].concat())
}

fn value(server: &Server, reference: &str) -> String {
    let arguments = ["ssm", "get-parameter", "--name", reference, "--with-decryption"];
    server.aws_text(
        &server.root(),
        &[&arguments[..], &["--query", "Parameter.Value"]].concat(),
    )
}

#[test]
fn a_label_is_given_moved_read_by_and_taken_off() {
    let server = Server::start();
    let root = server.root();
    server.put("/app/db", "first", Some("alias/aws/ssm"));
    server.put("/app/db", "second", Some("alias/aws/ssm"));

    let given = label(&server, &root, "1", &["prod", "1-invalid"]).json();
    assert_eq!(
        given,
        json!({"InvalidLabels": ["1-invalid"], "ParameterVersion": 1})
    );
    assert_eq!(value(&server, "/app/db:prod"), "first");
    label(&server, &root, "2", &["prod", "next"]).json();
    assert_eq!(value(&server, "/app/db:prod"), "second");

    let arguments = ["ssm", "get-parameter-history", "--name", "/app/db"];
    let history = server.aws_json(&root, &arguments);
    let labels: Vec<&Value> = history["Parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| &version["Labels"])
        .collect();
    assert_eq!(labels, [&json!([]), &json!(["next", "prod"])]);

    let unlabel = [
        "ssm",
        "unlabel-parameter-version",
        "--name",
        "/app/db",
        "--parameter-version",
        "2",
        "--labels",
        "prod",
        "never",
    ];
    assert_eq!(
        server.aws_json(&root, &unlabel),
        json!({"RemovedLabels": ["prod"], "InvalidLabels": ["never"]})
    );
    let gone = server.aws(&root, &["ssm", "get-parameter", "--name", "/app/db:prod"]);
    assert!(
        gone.error()
            .starts_with("An error occurred (ParameterVersionNotFound)"),
        "{gone:?}"
    );
    let none = label(&server, &root, "7", &["x"]);
    assert_eq!(
        none.error(),
        "An error occurred (ParameterVersionNotFound) when calling the LabelParameterVersion operation: \
         Systems Manager could not find version 7 of /app/db. Verify the version and try again."
    );
}

#[test]
fn labels_come_through_a_restart() {
    let server = Server::start();
    server.put("/app/db", "first", None);
    server.put("/app/db", "second", None);
    label(&server, &server.root(), "1", &["prod"]).json();

    let server = server.stop().start();

    assert_eq!(value(&server, "/app/db:prod"), "first");
}

#[test]
fn whoever_may_write_may_not_therefore_label() {
    let server = Server::start();
    server.put("/app/db", "first", None);
    let writer = server.user(
        "writer",
        &json!([{"Effect": "Allow", "Action": "ssm:PutParameter", "Resource": "*"}]),
    );
    let denied = label(&server, &writer, "1", &["prod"]);
    assert!(
        denied
            .error()
            .contains("is not authorized to perform: ssm:LabelParameterVersion on resource"),
        "{denied:?}"
    );
}

#[test]
fn boto3_pages_through_a_labelled_history_and_reads_by_label() {
    let server = Server::start();

    let mut python = server.client(&server.root(), &venv_binary("python"));
    let seen = Output::of(python.arg(clients_directory().join("boto3_parameter_labels.py"))).json();

    assert_eq!(
        seen,
        json!({
            "pages": 3,
            "labels": {"1": ["old"], "4": ["stable"], "7": ["latest"]},
            "by_label": [["/boto3/a", "v4", 4, ":stable"]],
            "too_many": "ParameterVersionLabelLimitExceeded",
            "no_version": "ParameterVersionNotFound",
        })
    );
}
