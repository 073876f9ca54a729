//! Sessions, as far as the API goes, driven by the AWS CLI. No node is there: sessions that run are
//! other scenes' affair.

use serde_json::json;

use crate::harness::Server;

const NODE: &str = "mi-0123456789abcdef0";

#[test]
fn a_session_on_a_node_that_is_not_there_is_refused_before_anything_begins() {
    let server = Server::start();
    let start = ["ssm", "start-session", "--target", NODE];
    let refused = server.aws(&server.root(), &start);
    assert_eq!(
        refused.error(),
        format!(
            "An error occurred (TargetNotConnected) when calling the StartSession operation: {NODE} is not connected."
        )
    );
    let unknown = server.aws(
        &server.root(),
        &[&start[..], &["--document-name", "Nope"]].concat(),
    );
    assert_eq!(
        unknown.error(),
        "An error occurred (InvalidDocument) when calling the StartSession operation: Document with name Nope does not exist."
    );
    let listed = server.aws_json(&server.root(), &["ssm", "describe-sessions", "--state", "Active"]);
    assert_eq!(listed["Sessions"], json!([]));
}

#[test]
fn an_unknown_session_ends_without_a_word_and_does_not_resume() {
    let server = Server::start();
    let session = ["--session-id", "alice-0123456789abcdefg"];
    let ended = server.aws_json(
        &server.root(),
        &[&["ssm", "terminate-session"][..], &session].concat(),
    );
    assert_eq!(ended, json!({"SessionId": session[1]}));
    let refused = server.aws(
        &server.root(),
        &[&["ssm", "resume-session"][..], &session].concat(),
    );
    assert!(refused.error().contains("(DoesNotExistException)"), "{refused:?}");
}
