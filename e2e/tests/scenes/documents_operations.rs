//! Documents, driven by the AWS CLI: what a team that keeps its session preferences in them does.

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Server};

const PREFERENCES: &str =
    r#"{"schemaVersion":"1.0","sessionType":"Standard_Stream","inputs":{"idleSessionTimeout":"20"}}"#;
const NAME: &str = "SSM-SessionManagerRunShell";

/// `aws ssm OPERATION --name NAME …`.
fn run(server: &Server, operation: &str, more: &[&str]) -> Value {
    server.aws_json(
        &server.root(),
        &[&["ssm", operation, "--name", NAME], more].concat(),
    )
}

fn error(server: &Server, operation: &str, more: &[&str]) -> String {
    let refused = server.aws(
        &server.root(),
        &[&["ssm", operation, "--name", NAME], more].concat(),
    );
    refused.error().to_owned()
}

fn create(server: &Server) -> Value {
    run(
        server,
        "create-document",
        &["--document-type", "Session", "--content", PREFERENCES],
    )
}

#[test]
fn preferences_are_made_changed_and_deleted() {
    let server = Server::start();
    let made = create(&server);
    let document = &made["DocumentDescription"];
    assert_eq!(
        [
            &document["Status"],
            &document["SchemaVersion"],
            &document["Owner"]
        ],
        ["Active", "1.0", ACCOUNT]
    );
    let changed = PREFERENCES.replace("\"20\"", "\"10\"");
    let update = ["--document-version", "$LATEST", "--content", &changed];
    let updated = run(&server, "update-document", &update);
    assert_eq!(updated["DocumentDescription"]["DocumentVersion"], "2");
    assert_eq!(
        error(&server, "update-document", &update),
        "An error occurred (DuplicateDocumentContent) when calling the UpdateDocument operation: The content of the association document matches another document. Change the content of the document and try again."
    );
    let default = run(
        &server,
        "update-document-default-version",
        &["--document-version", "2"],
    );
    assert_eq!(default["Description"]["DefaultVersion"], "2");
    let got = run(&server, "get-document", &["--document-format", "YAML"]);
    assert!(
        got["Content"]
            .as_str()
            .unwrap()
            .contains("\"idleSessionTimeout\": \"10\""),
        "{got}"
    );
    let versions = run(&server, "list-document-versions", &[]);
    assert_eq!(versions["DocumentVersions"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        error(&server, "delete-document", &["--document-version", "2"]),
        "An error occurred (InvalidDocumentOperation) when calling the DeleteDocument operation: Default version of the document can't be deleted."
    );
    run(&server, "delete-document", &[]);
    assert_eq!(
        error(&server, "describe-document", &[]),
        format!(
            "An error occurred (InvalidDocument) when calling the DescribeDocument operation: Document with name {NAME} does not exist."
        )
    );
}

#[test]
fn documents_that_cannot_be_are_refused() {
    let server = Server::start();
    create(&server);
    let same = ["--document-type", "Session", "--content", PREFERENCES];
    let refused = error(&server, "create-document", &same);
    assert_eq!(
        refused,
        format!(
            "An error occurred (DocumentAlreadyExists) when calling the CreateDocument operation: Document with same name {NAME} already exists"
        )
    );
    let broken = ["--document-type", "Session", "--content", "a: b"];
    let refused = error(&server, "create-document", &broken);
    assert!(
        refused.contains("(InvalidDocumentContent)") && refused.ends_with("at Line: 1, Column: 1"),
        "{refused}"
    );
    let typo =
        r#"{"schemaVersion":"1.0","sessionType":"Standard_Stream","inputs":{"kmsKeyId":"alias:sessions"}}"#;
    let latest = ["--document-version", "$LATEST", "--content", typo];
    let another = [
        "--name",
        "another",
        "--document-type",
        "Session",
        "--content",
        typo,
    ];
    for (operation, words) in [("update-document", &latest[..]), ("create-document", &another)] {
        let refused = error(&server, operation, words);
        assert!(
            refused.contains("(InvalidDocumentContent)") && refused.contains("inputs.kmsKeyId"),
            "{refused}"
        );
    }
    let command = ["--content", PREFERENCES];
    let refused = error(&server, "create-document", &command);
    assert!(refused.contains("(InvalidDocumentSchemaVersion)"), "{refused}");
}

#[test]
fn documents_are_shared_and_listed_with_those_of_aws() {
    let server = Server::start();
    create(&server);
    let share = ["--permission-type", "Share"];
    run(
        &server,
        "modify-document-permission",
        &[&share[..], &["--account-ids-to-add", "444455556666"]].concat(),
    );
    let shared = run(&server, "describe-document-permission", &share);
    let information = json!([{"AccountId": "444455556666", "SharedDocumentVersion": "$DEFAULT"}]);
    assert_eq!(shared["AccountSharingInfoList"], information);
    let list = |owner: &str| {
        let filter = format!("Key=Owner,Values={owner}");
        let query = "DocumentIdentifiers[].Name";
        server.aws_text(
            &server.root(),
            &["ssm", "list-documents", "--filters", &filter, "--query", query],
        )
    };
    assert_eq!(list("Self"), NAME);
    assert!(list("Amazon").contains("AWS-StartPortForwardingSession"));
}
