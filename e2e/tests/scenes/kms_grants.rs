//! Grants, with the AWS CLI and boto3: given, used where nothing else allows, and taken back.

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Credentials, Output, Server, clients_directory, venv_binary};

fn user_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/{name}")
}

/// Statements that say nothing about keys.
fn no_keys() -> Value {
    json!([{"Effect": "Allow", "Action": ["ssm:GetParameter", "sts:AssumeRole"], "Resource": "*"}])
}

/// Gives a grant as the root user, by the CLI; `more` are further arguments.
fn give(server: &Server, key: &str, grantee: &str, operations: &[&str], more: &[&str]) -> Value {
    let plain = [
        "kms",
        "create-grant",
        "--key-id",
        key,
        "--grantee-principal",
        grantee,
        "--operations",
    ];
    server.aws_json(&server.root(), &[&plain[..], operations, more].concat())
}

/// Encrypts `one` by the CLI: the ciphertext, or the CLI's error.
fn encrypt(server: &Server, who: &Credentials, key: &str, more: &[&str]) -> Result<String, String> {
    let plain = [
        "kms",
        "encrypt",
        "--key-id",
        key,
        "--plaintext",
        "one",
        "--output",
        "text",
        "--query",
        "CiphertextBlob",
    ];
    let output = server.aws(who, &[&plain[..], more].concat());
    match output.code {
        0 => Ok(output.text()),
        _ => Err(output.error().to_owned()),
    }
}

/// A ciphertext in a file, as the CLI takes it.
fn blob(server: &Server, key: &str) -> String {
    use base64::Engine as _;

    let text = encrypt(server, &server.root(), key, &[]).unwrap();
    let file = server.scratch("blob").join("blob");
    std::fs::write(&file, base64::prelude::BASE64_STANDARD.decode(text).unwrap()).unwrap();
    format!("fileb://{}", file.display())
}

#[test]
fn a_role_with_nothing_but_a_grant_decrypts_and_explain_says_why() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();
    let alice = server.user("alice", &no_keys());
    let role = server.role("reader", &json!({"AWS": ACCOUNT}), &no_keys());
    let reader = server.assume(&alice, &role, "shop");
    let blob = blob(&server, &key);
    let decrypt = [
        "kms",
        "decrypt",
        "--ciphertext-blob",
        &blob,
        "--query",
        "Plaintext",
    ];
    let refused = server.aws(&reader, &decrypt);
    assert!(refused.error().contains("(AccessDeniedException)"), "{refused:?}");

    let grant = give(&server, &key, &role, &["Decrypt"], &[]);

    assert_eq!(server.aws_text(&reader, &decrypt), "b25l");
    let explain = [
        "explain",
        "--principal",
        &role,
        "--action",
        "kms:Decrypt",
        "--resource",
        &key,
    ];
    let explained = server.kagiban(&root, &explain);
    let reason = format!("the grant {} allows it", grant["GrantId"].as_str().unwrap());
    assert!(explained.stdout.contains(&reason), "{explained:?}");
    assert_eq!(explained.code, 0);
}

#[test]
fn a_subset_constraint_holds() {
    let server = Server::start();
    let key = server.key();
    let bob = server.user("bob", &no_keys());
    let constraint = ["--constraints", "EncryptionContextSubset={app=x}"];
    give(&server, &key, &user_arn("bob"), &["Encrypt"], &constraint);
    let with = |context: &str| encrypt(&server, &bob, &key, &["--encryption-context", context]);
    assert!(with("app=x").is_ok());
    assert!(with("app=x,more=y").is_ok());
    for context in ["app=y", "App=x", "more=y"] {
        assert!(
            with(context).unwrap_err().contains("(AccessDeniedException)"),
            "{context}"
        );
    }
    assert!(encrypt(&server, &bob, &key, &[]).is_err());
}

#[test]
fn a_secure_string_is_read_by_whoever_has_a_grant_on_its_key() {
    let server = Server::start();
    let key = server.key();
    let bob = server.user("bob", &no_keys());
    for name in ["/app/one", "/app/two"] {
        server.put(name, "s3cr3t", Some(&key));
    }
    let read = |name: &str| {
        let plain = [
            "ssm",
            "get-parameter",
            "--with-decryption",
            "--query",
            "Parameter.Value",
            "--output",
            "text",
        ];
        server.aws(&bob, &[&plain[..], &["--name", name]].concat())
    };
    assert!(read("/app/one").error().contains("(AccessDeniedException)"));
    let constraint = format!(
        "EncryptionContextSubset={{PARAMETER_ARN=arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/app/one}}"
    );
    give(
        &server,
        &key,
        &user_arn("bob"),
        &["Decrypt"],
        &["--constraints", &constraint],
    );
    assert_eq!(read("/app/one").text(), "s3cr3t");
    assert!(read("/app/two").error().contains("(AccessDeniedException)"));
}

#[test]
fn an_explicit_deny_beats_a_grant_and_nobody_inherits_one() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();
    let deny = json!([{"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"}]);
    let denied = server.user("denied", &deny);
    let bob = server.user("bob", &no_keys());
    for name in ["denied", "bob"] {
        give(&server, &key, &user_arn(name), &["Encrypt"], &[]);
    }
    let refused = encrypt(&server, &denied, &key, &[]).unwrap_err();
    assert!(
        refused.contains("with an explicit deny in an identity-based policy"),
        "{refused}"
    );
    assert!(encrypt(&server, &bob, &key, &[]).is_ok());

    for (action, more) in [
        ("DeleteAccessKey", ("AccessKeyId", bob.access_key_id.as_str())),
        ("DeleteUserPolicy", ("PolicyName", "e2e")),
        ("DeleteUser", ("UserName", "bob")),
    ] {
        let members = match action {
            "DeleteUser" => vec![more],
            _ => vec![("UserName", "bob"), more],
        };
        server.iam(&root, action, &members).ok();
    }
    let namesake = server.user("bob", &no_keys());
    assert!(encrypt(&server, &namesake, &key, &[]).is_err());
    let listed = server.aws_json(&root, &["kms", "list-grants", "--key-id", &key]);
    let grantees: Vec<_> = listed["Grants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|grant| grant["GranteePrincipal"].as_str().unwrap())
        .collect();
    assert!(
        grantees.iter().any(|grantee| grantee.starts_with("AIDA")),
        "{grantees:?}"
    );
}

#[test]
fn grants_outlive_a_restart_and_end_when_they_are_taken_back() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();
    let bob = server.user("bob", &no_keys());
    let carol = server.user("carol", &no_keys());
    let carols = ["--retiring-principal", &user_arn("carol")];
    let one = give(&server, &key, &user_arn("bob"), &["Encrypt"], &carols);
    let two = give(&server, &key, &user_arn("bob"), &["Encrypt"], &carols);
    let three = give(&server, &key, &user_arn("bob"), &["Encrypt"], &[]);

    let server = server.stop().start();

    assert!(encrypt(&server, &bob, &key, &[]).is_ok());
    let text = |grant: &Value, name: &str| grant[name].as_str().unwrap().to_owned();
    let token = text(&one, "GrantToken");
    let by_token = ["kms", "retire-grant", "--grant-token", &token];
    assert!(
        server
            .aws(&bob, &by_token)
            .error()
            .contains("(AccessDeniedException)")
    );
    assert_eq!(server.aws_text(&carol, &by_token), "");
    let id = text(&two, "GrantId");
    server.aws_text(
        &carol,
        &["kms", "retire-grant", "--key-id", &key, "--grant-id", &id],
    );
    assert!(encrypt(&server, &bob, &key, &[]).is_ok());
    let id = text(&three, "GrantId");
    let revoke = ["kms", "revoke-grant", "--key-id", &key, "--grant-id", &id];
    server.aws_text(&root, &revoke);
    assert!(encrypt(&server, &bob, &key, &[]).is_err());
    assert_eq!(
        server.aws(&root, &revoke).error(),
        format!(
            "An error occurred (NotFoundException) when calling the RevokeGrant operation: Grant ID {id} not found"
        )
    );
}

#[test]
fn boto3_gives_lists_and_retires_grants() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();
    server.user("bob", &no_keys());
    server.user("carol", &no_keys());
    let mut python = server.client(&root, &venv_binary("python"));
    let script = clients_directory().join("boto3_kms_grants.py");
    let seen = Output::of(python.args([
        script.to_str().unwrap(),
        &key,
        &user_arn("bob"),
        &user_arn("carol"),
    ]))
    .json();
    assert_eq!(
        seen,
        json!({
            "page_sizes": [[2, 2, 1], [2, 2, 1]], "all_there": [true, true],
            "same_id": true, "fresh_token": true, "with_token": "ok",
            "with_garbage": "InvalidGrantTokenException", "retired_by_token": "ok",
            "retired_again": "NotFoundException", "retired_by_id": "ok", "revoked": "ok",
            "malformed": "InvalidArnException", "dry_run": "DryRunOperationException", "left": 3,
        })
    );
}
