//! Parameters deleted, brought back, purged and rolled back: by the AWS CLI with the model of our own
//! service.

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Credentials, Server, files_below, own_model};

/// Runs one of our own service's operations by the AWS CLI.
fn kagiban(server: &Server, who: &Credentials, arguments: &[&str]) -> Value {
    server.aws_json(who, &[&["kagiban"], arguments].concat())
}

fn server() -> Server {
    let server = Server::start();
    let model = format!("file://{}", own_model().display());
    let learn = ["configure", "add-model", "--service-model", &model];
    server.aws_text(&server.root(), &learn);
    server
}

fn value(server: &Server, name: &str) -> String {
    let get = ["ssm", "get-parameter", "--name", name, "--with-decryption"];
    server.aws_text(
        &server.root(),
        &[&get[..], &["--query", "Parameter.Value"]].concat(),
    )
}

#[test]
fn a_deleted_secret_comes_back_with_its_history_also_after_a_restart() {
    let server = server();
    let root = server.root();
    let key = server.key();
    for secret in ["first", "second", "third"] {
        server.put("/app/password", secret, Some(&key));
    }
    server.aws_text(&root, &["ssm", "delete-parameter", "--name", "/app/password"]);
    let gone = server.aws(&root, &["ssm", "get-parameter", "--name", "/app/password"]);
    assert!(gone.error().contains("ParameterNotFound"), "{gone:?}");
    let listed = kagiban(&server, &root, &["list-deleted-parameters", "--path", "/app"]);
    let listed = &listed["Parameters"][0];
    assert_eq!(
        (&listed["Name"], &listed["Version"], &listed["Type"]),
        (&json!("/app/password"), &json!(3), &json!("SecureString"))
    );
    assert_eq!(listed["DeletedBy"], format!("arn:aws:iam::{ACCOUNT}:root"));
    let days = |date: &Value| date.as_f64().expect("the CLI prints seconds") / 86_400.0;
    let kept = days(&listed["PurgeDate"]) - days(&listed["DeletedDate"]);
    assert!((kept - 30.0).abs() < 0.001, "{listed}");
    let refused = server.aws(&root, &["kms", "schedule-key-deletion", "--key-id", &key]);
    assert!(refused.error().contains("/app/password (deleted)"), "{refused:?}");

    let server = server.kill().start();
    server.put("/app/password", "another", None);
    let taken = ["kagiban", "undelete-parameter", "--name", "/app/password"];
    assert!(
        server
            .aws(&root, &taken)
            .error()
            .contains("ParameterAlreadyExists")
    );
    let purge = ["purge-deleted-parameter", "--name", "/app/password"];
    server.put("/app/other", "one", Some(&key));
    server.put("/app/other", "two", Some(&key));
    for name in ["/app/other", "/app/password"] {
        server.aws_text(&root, &["ssm", "delete-parameter", "--name", name]);
    }
    server.aws_text(&root, &[&["kagiban"], &purge[..]].concat());
    let back = kagiban(&server, &root, &["undelete-parameter", "--name", "/app/other"]);
    assert_eq!(
        back,
        json!({"Name": "/app/other", "Version": 2, "Tier": "Standard"})
    );
    assert_eq!(value(&server, "/app/other"), "two");
    assert_eq!(value(&server, "/app/other:1"), "one");
    let again = server.aws(&root, &taken);
    assert!(again.error().contains("ParameterNotFound"), "{again:?}");
}

#[test]
fn two_secrets_of_one_name_change_places_also_after_a_restart() {
    let server = server();
    let root = server.root();
    let (old, new) = (server.key(), server.key());
    server.put("/app/password", "old", Some(&old));
    server.put("/app/password", "older is kept", Some(&old));
    server.aws_text(&root, &["ssm", "delete-parameter", "--name", "/app/password"]);
    server.put("/app/password", "new", Some(&new));
    let swap = ["undelete-parameter", "--name", "/app/password", "--swap"];
    let back = kagiban(&server, &root, &swap);
    assert_eq!(back["Version"], 2);
    let server = server.kill().start();
    assert_eq!(value(&server, "/app/password:1"), "old");
    assert_eq!(value(&server, "/app/password"), "older is kept");
    let refused = server.aws(&root, &["kms", "schedule-key-deletion", "--key-id", &new]);
    assert!(refused.error().contains("/app/password (deleted)"), "{refused:?}");
    assert_eq!(kagiban(&server, &root, &swap)["Version"], 1);
    assert_eq!(value(&server, "/app/password"), "new");

    let none = ["--name", "deleted-parameter-retention-days", "--value", "0"];
    kagiban(&server, &root, &[&["put-account-setting"], &none[..]].concat());
    let refused = server.aws(&root, &[&["kagiban"], &swap[..]].concat());
    assert!(refused.error().contains("InvalidInputException"), "{refused:?}");
    assert_eq!(value(&server, "/app/password"), "new");
}

#[test]
fn an_old_version_is_made_the_newest_by_its_number() {
    let server = server();
    let root = server.root();
    for secret in ["good", "bad"] {
        server.put("/app/password", secret, Some("alias/aws/ssm"));
    }
    // `--version` is an option of the CLI itself.
    let rollback = ["rollback-parameter", "--name", "/app/password"];
    let to = ["--cli-input-json", r#"{"Version": 1}"#];
    let back = kagiban(&server, &root, &[&rollback[..], &to].concat());
    assert_eq!(back["Version"], 3);
    assert_eq!(value(&server, "/app/password"), "good");
    assert_eq!(value(&server, "/app/password:2"), "bad");
    let none = server.aws(&root, &[&["kagiban"], &rollback[..]].concat());
    assert!(none.error().contains("InvalidInputException"), "{none:?}");
}

#[test]
fn what_brings_back_and_purges_is_in_the_audit_log() {
    let server = Server::start();
    let root = server.root();
    for name in ["/a", "/b"] {
        server.put(name, "canary", None);
        let body = json!({"Name": name});
        server.call(&root, "AmazonSSM.DeleteParameter", &body).ok();
    }
    server
        .call(&root, "Kagiban.UndeleteParameter", &json!({"Name": "/a"}))
        .ok();
    server
        .call(&root, "Kagiban.PurgeDeletedParameter", &json!({"Name": "/b"}))
        .ok();
    let stopped = server.stop();
    let files = files_below(&stopped.data()).into_iter();
    let files = files.filter(|path| path.to_string_lossy().contains("audit"));
    let audit: String = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for (operation, name) in [("UndeleteParameter", "a"), ("PurgeDeletedParameter", "b")] {
        let line = audit.lines().find(|line| line.contains(operation)).unwrap();
        assert!(line.contains(&format!(":parameter/{name}\"")), "{line}");
        assert!(line.contains("\"changed\""), "{line}");
    }
    assert!(!audit.contains("canary"));
}
