//! Every KMS operation served, driven once by the AWS CLI.

use std::fs;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Server, assert_matches};

#[test]
fn a_key_is_made_described_listed_and_switched_off_and_on() {
    let server = Server::start();
    let root = server.root();

    let made = server.aws_json(&root, &["kms", "create-key", "--description", "of the house"]);
    let made = &made["KeyMetadata"];
    let id = made["KeyId"].as_str().unwrap();
    assert_eq!(made["Arn"], format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{id}"));
    assert_eq!(
        (&made["KeyState"], &made["KeySpec"]),
        (&json!("Enabled"), &json!("SYMMETRIC_DEFAULT"))
    );
    assert_eq!(
        server.aws_text(&root, &["kms", "list-keys", "--query", "Keys[].KeyId"]),
        id
    );

    server.aws_text(&root, &["kms", "disable-key", "--key-id", id]);
    let off = server.aws(&root, &["kms", "encrypt", "--key-id", id, "--plaintext", "text"]);
    assert_eq!(
        off.error(),
        format!(
            "An error occurred (DisabledException) when calling the Encrypt operation: {} is disabled.",
            made["Arn"].as_str().unwrap()
        )
    );
    let described = server.aws_json(&root, &["kms", "describe-key", "--key-id", id]);
    assert_eq!(described["KeyMetadata"]["KeyState"], "Disabled");
    server.aws_text(&root, &["kms", "enable-key", "--key-id", id]);
    let described = server.aws_json(&root, &["kms", "describe-key", "--key-id", id]);
    assert_eq!(described["KeyMetadata"]["Enabled"], true);
}

#[test]
fn an_alias_names_a_key_until_it_is_deleted() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();

    server.aws_text(
        &root,
        &[
            "kms",
            "create-alias",
            "--alias-name",
            "alias/app",
            "--target-key-id",
            &key,
        ],
    );
    let twice = server.aws(
        &root,
        &[
            "kms",
            "create-alias",
            "--alias-name",
            "alias/app",
            "--target-key-id",
            &key,
        ],
    );
    assert_eq!(
        twice.error(),
        "An error occurred (AlreadyExistsException) when calling the CreateAlias operation: \
         An alias with the name arn:aws:kms:us-east-1:111122223333:alias/app already exists"
    );
    let described = server.aws_json(&root, &["kms", "describe-key", "--key-id", "alias/app"]);
    assert_eq!(described["KeyMetadata"]["Arn"], key);
    let listed = server.aws_json(&root, &["kms", "list-aliases", "--key-id", &key]);
    assert_eq!(listed["Aliases"][0]["AliasName"], "alias/app");
    server.aws_text(&root, &["kms", "delete-alias", "--alias-name", "alias/app"]);
    let gone = server.aws(&root, &["kms", "describe-key", "--key-id", "alias/app"]);
    assert_eq!(
        gone.error(),
        "An error occurred (NotFoundException) when calling the DescribeKey operation: \
         Alias arn:aws:kms:us-east-1:111122223333:alias/app is not found."
    );
}

#[test]
fn a_key_policy_is_read_and_replaced_but_never_locks_its_writer_out() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();

    let read = [
        "kms",
        "get-key-policy",
        "--key-id",
        &key,
        "--policy-name",
        "default",
        "--query",
        "Policy",
    ];
    let mut document: Value = serde_json::from_str(&server.aws_text(&root, &read)).unwrap();
    assert_eq!(
        document["Statement"][0]["Principal"]["AWS"],
        format!("arn:aws:iam::{ACCOUNT}:root")
    );

    document["Statement"][0]["Sid"] = "Mine".into();
    let put = [
        "kms",
        "put-key-policy",
        "--key-id",
        &key,
        "--policy-name",
        "default",
        "--policy",
    ];
    server.aws_text(&root, &[&put[..], &[&document.to_string()]].concat());
    let now: Value = serde_json::from_str(&server.aws_text(&root, &read)).unwrap();
    assert_eq!(now, document);

    document["Statement"][0]["Action"] = "kms:Decrypt".into();
    let lockout = server.aws(&root, &[&put[..], &[&document.to_string()]].concat());
    assert_eq!(
        lockout.error(),
        "An error occurred (MalformedPolicyDocumentException) when calling the PutKeyPolicy operation: \
         The new key policy will not allow you to update the key policy in the future."
    );
}

#[test]
fn a_ciphertext_opens_only_under_its_own_encryption_context() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();
    let file = server.scratch("kms").join("blob");

    let encrypt = [
        "kms",
        "encrypt",
        "--key-id",
        &key,
        "--plaintext",
        "attack at dawn",
    ];
    let context = ["--encryption-context", "Purpose=test,App=e2e"];
    let sealed = server.aws_json(&root, &[&encrypt[..], &context].concat());
    assert_eq!(sealed["KeyId"], key);
    fs::write(
        &file,
        BASE64_STANDARD
            .decode(sealed["CiphertextBlob"].as_str().unwrap())
            .unwrap(),
    )
    .unwrap();

    let blob = format!("fileb://{}", file.display());
    let decrypt = ["kms", "decrypt", "--ciphertext-blob", &blob];
    let opened = server.aws_json(
        &root,
        &[&decrypt[..], &["--encryption-context", "App=e2e,Purpose=test"]].concat(),
    );
    assert_eq!(
        BASE64_STANDARD
            .decode(opened["Plaintext"].as_str().unwrap())
            .unwrap(),
        b"attack at dawn"
    );
    assert_eq!(opened["KeyId"], key);
    for wrong in [&[][..], &["--encryption-context", "App=other,Purpose=test"]] {
        let refused = server.aws(&root, &[&decrypt[..], wrong].concat());
        assert_eq!(
            refused.error(),
            "An error occurred (InvalidCiphertextException) when calling the Decrypt operation:"
        );
    }
}

#[test]
fn data_keys_come_in_the_size_asked_for_and_open_again() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();
    let file = server.scratch("kms").join("blob");

    let made = server.aws_json(
        &root,
        &[
            "kms",
            "generate-data-key",
            "--key-id",
            &key,
            "--key-spec",
            "AES_256",
        ],
    );
    let plaintext = made["Plaintext"].as_str().unwrap();
    assert_eq!(BASE64_STANDARD.decode(plaintext).unwrap().len(), 32);
    fs::write(
        &file,
        BASE64_STANDARD
            .decode(made["CiphertextBlob"].as_str().unwrap())
            .unwrap(),
    )
    .unwrap();
    let blob = format!("fileb://{}", file.display());
    let opened = [
        "kms",
        "decrypt",
        "--ciphertext-blob",
        &blob,
        "--query",
        "Plaintext",
    ];
    assert_eq!(server.aws_text(&root, &opened), plaintext);

    let sealed_only = [
        "kms",
        "generate-data-key-without-plaintext",
        "--key-id",
        &key,
        "--number-of-bytes",
        "64",
    ];
    let sealed_only = server.aws_json(&root, &sealed_only);
    assert_eq!(sealed_only["Plaintext"], json!(null));
    assert!(sealed_only["CiphertextBlob"].is_string());
}

#[test]
fn random_bytes_are_as_many_as_asked_for_and_never_the_same() {
    let server = Server::start();
    let draw = || {
        let drawn = [
            "kms",
            "generate-random",
            "--number-of-bytes",
            "32",
            "--query",
            "Plaintext",
        ];
        BASE64_STANDARD
            .decode(server.aws_text(&server.root(), &drawn))
            .unwrap()
    };

    let (first, second) = (draw(), draw());

    assert_eq!((first.len(), second.len()), (32, 32));
    assert_ne!(first, second);
}

#[test]
fn keys_that_do_not_exist_are_named_as_aws_names_them() {
    let server = Server::start();
    let describe = |id: &str| server.call(&server.root(), "TrentService.DescribeKey", &json!({"KeyId": id}));

    let unknown = "12345678-1234-4234-8234-123456789012";
    assert_eq!(
        describe(unknown).refused(400, "NotFoundException"),
        format!("Key 'arn:aws:kms:us-east-1:{ACCOUNT}:key/{unknown}' does not exist")
    );
    assert_matches(
        &describe("nonsense").refused(400, "NotFoundException"),
        "^Invalid keyId '?nonsense'?$",
    );
}
