//! KMS's tables, cell by cell, with boto3: operations and states, refusals and their words.

use serde_json::{Value, json};

use crate::harness::{Output, Server, clients_directory, venv_binary};

/// Operations that take a key, some of them in two roles.
const ROWS: usize = 44;
/// Enabled, disabled, pending deletion, pending import.
const STATES: usize = 4;

/// Refusals of which the code, and where it is known AWS's sentence, are compared.
const REFUSALS: usize = 40;

#[test]
fn every_operation_does_in_every_state_what_the_table_says() {
    let seen = seen_by("boto3_kms_states.py");
    assert_eq!(seen, json!({"tried": ROWS * STATES, "wrong": []}));
}

#[test]
fn every_refusal_has_the_code_and_the_words_that_it_has_on_aws() {
    let seen = seen_by("boto3_kms_errors.py");
    assert_eq!(seen, json!({"tried": REFUSALS, "wrong": []}));
}

/// What a script saw at a server of its own.
fn seen_by(script: &str) -> Value {
    let server = Server::start();
    let mut python = server.client(&server.root(), &venv_binary("python"));
    Output::of(python.arg(clients_directory().join(script))).json()
}
