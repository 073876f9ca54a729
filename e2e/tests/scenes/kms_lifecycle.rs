//! The life of a key, lived with the AWS CLI: named, tagged, rotated, doomed and saved.

use std::fs;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Server};

/// A key's id: the last part of its ARN.
fn id(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap()
}

fn describe(server: &Server, key: &str) -> Value {
    let mut described = server.aws_json(&server.root(), &["kms", "describe-key", "--key-id", key]);
    described["KeyMetadata"].take()
}

#[test]
fn an_alias_moves_and_old_ciphertexts_still_open() {
    let server = Server::start();
    let root = server.root();
    let (one, two) = (server.key(), server.key());
    let alias = ["--alias-name", "alias/app", "--target-key-id"];
    server.aws_text(
        &root,
        &[&["kms", "create-alias"][..], &alias[..], &[&one]].concat(),
    );
    let file = server.scratch("kms").join("blob");
    let encrypted = server.aws_json(
        &root,
        &["kms", "encrypt", "--key-id", "alias/app", "--plaintext", "b25l"],
    );
    let blob = encrypted["CiphertextBlob"].as_str().unwrap();
    fs::write(&file, BASE64_STANDARD.decode(blob).unwrap()).unwrap();

    server.aws_text(
        &root,
        &[&["kms", "update-alias"][..], &alias[..], &[&two]].concat(),
    );

    assert_eq!(describe(&server, "alias/app")["Arn"], two);
    let opened = server.aws_json(
        &root,
        &[
            "kms",
            "decrypt",
            "--ciphertext-blob",
            &format!("fileb://{}", file.display()),
        ],
    );
    assert_eq!(opened["KeyId"], one);

    let missing = server.aws(
        &root,
        &[
            "kms",
            "update-alias",
            "--alias-name",
            "alias/nope",
            "--target-key-id",
            &two,
        ],
    );
    assert_eq!(
        missing.error(),
        format!(
            "An error occurred (NotFoundException) when calling the UpdateAlias operation: \
             Alias arn:aws:kms:us-east-1:{ACCOUNT}:alias/nope is not found."
        )
    );
}

#[test]
fn a_key_is_described_and_tagged_anew() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();
    server.aws_text(
        &root,
        &[
            "kms",
            "update-key-description",
            "--key-id",
            &key,
            "--description",
            "of the house",
        ],
    );
    assert_eq!(describe(&server, &key)["Description"], "of the house");

    let tag = ["kms", "tag-resource", "--key-id", &key, "--tags"];
    let tags = ["TagKey=team,TagValue=blue", "TagKey=cost,TagValue=7"];
    server.aws_text(&root, &[&tag[..], &tags[..]].concat());
    server.aws_text(
        &root,
        &[
            "kms",
            "untag-resource",
            "--key-id",
            &key,
            "--tag-keys",
            "cost",
            "none",
        ],
    );
    let listed = server.aws_json(&root, &["kms", "list-resource-tags", "--key-id", &key]);
    assert_eq!(listed["Tags"], json!([{"TagKey": "team", "TagValue": "blue"}]));
    let reserved = server.aws(&root, &[&tag[..], &["TagKey=aws:x,TagValue=1"]].concat());
    assert_eq!(
        reserved.error(),
        "An error occurred (TagException) when calling the TagResource operation: \
         Tags beginning with aws: are reserved"
    );
}

#[test]
fn a_key_is_doomed_and_saved_and_stays_doomed_across_a_restart() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();
    let schedule = [
        "kms",
        "schedule-key-deletion",
        "--key-id",
        &key,
        "--pending-window-in-days",
    ];
    let short = server.aws(&root, &[&schedule[..], &["6"]].concat());
    assert_eq!(
        short.error(),
        "An error occurred (ValidationException) when calling the ScheduleKeyDeletion operation: \
         PendingWindowInDays should be between 7 and 30, but it is 6"
    );
    let scheduled = server.aws_json(&root, &[&schedule[..], &["7"]].concat());
    assert_eq!(
        (
            &scheduled["KeyId"],
            &scheduled["KeyState"],
            &scheduled["PendingWindowInDays"]
        ),
        (&json!(key), &json!("PendingDeletion"), &json!(7))
    );
    let alias = ["--alias-name", "alias/late", "--target-key-id", &key];
    let late = server.aws(&root, &[&["kms", "create-alias"][..], &alias[..]].concat());
    assert_eq!(
        late.error(),
        format!(
            "An error occurred (KMSInvalidStateException) when calling the CreateAlias operation: \
             {key} is pending deletion."
        )
    );

    let server = server.stop().start();

    let described = describe(&server, &key);
    assert_eq!(described["KeyState"], "PendingDeletion");
    assert_eq!(described["DeletionDate"], scheduled["DeletionDate"]);
    let cancelled = server.aws_json(&root, &["kms", "cancel-key-deletion", "--key-id", &key]);
    assert_eq!(cancelled["KeyId"], key);
    let described = describe(&server, &key);
    assert_eq!(
        (&described["KeyState"], &described["DeletionDate"]),
        (&json!("Disabled"), &Value::Null)
    );
}

#[test]
fn a_key_that_a_secure_string_needs_is_not_destroyed_by_mistake() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();
    server.put("/app/password", "s3cr3t", Some(&key));
    let schedule = ["kms", "schedule-key-deletion", "--key-id", &key];
    let refused = server.aws(&root, &schedule);
    assert_eq!(
        refused.error(),
        format!(
            "An error occurred (KMSInvalidStateException) when calling the ScheduleKeyDeletion operation: \
             {key} is needed to read 1 SecureString parameter: /app/password. Write parameters under another key, and \
             on until none of the 100 versions that are kept is under this one, or delete and purge them; to lose \
             them, tag the key with kagiban:force-deletion=true and schedule its deletion again."
        )
    );
    let tags = ["--tags", "TagKey=kagiban:force-deletion,TagValue=true"];
    server.aws_text(
        &root,
        &[&["kms", "tag-resource", "--key-id", &key][..], &tags[..]].concat(),
    );
    assert_eq!(server.aws_json(&root, &schedule)["KeyState"], "PendingDeletion");
}

#[test]
fn a_rotated_key_opens_what_every_generation_has_made() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();
    server.put("/app/password", "of the first", Some(&key));
    let mut materials = vec![describe(&server, &key)["CurrentKeyMaterialId"].clone()];
    for _ in 0..3 {
        let rotated = server.aws_json(&root, &["kms", "rotate-key-on-demand", "--key-id", &key]);
        assert_eq!(rotated["KeyId"], key);
        materials.push(describe(&server, &key)["CurrentKeyMaterialId"].clone());
    }
    materials.dedup();
    assert_eq!(materials.len(), 4);

    let server = server.stop().start();

    let read = [
        "ssm",
        "get-parameter",
        "--name",
        "/app/password",
        "--with-decryption",
        "--query",
        "Parameter.Value",
    ];
    assert_eq!(server.aws_text(&root, &read), "of the first");
    let listed = server.aws_json(&root, &["kms", "list-key-rotations", "--key-id", &key]);
    let listed = listed["Rotations"].as_array().unwrap();
    let ids: Vec<&Value> = listed.iter().map(|rotation| &rotation["KeyMaterialId"]).collect();
    assert_eq!(ids, materials.iter().skip(1).collect::<Vec<_>>());
    assert!(
        listed
            .iter()
            .all(|rotation| rotation["RotationType"] == "ON_DEMAND")
    );
    assert_eq!(listed[2]["KeyMaterialState"], "CURRENT");
}

#[test]
fn automatic_rotation_is_switched_on_and_off() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();
    let status = || server.aws_json(&root, &["kms", "get-key-rotation-status", "--key-id", &key]);
    assert_eq!(status(), json!({"KeyRotationEnabled": false, "KeyId": id(&key)}));
    let enable = [
        "kms",
        "enable-key-rotation",
        "--key-id",
        &key,
        "--rotation-period-in-days",
        "90",
    ];
    server.aws_text(&root, &enable);
    let on = status();
    assert_eq!(
        (&on["KeyRotationEnabled"], &on["RotationPeriodInDays"]),
        (&json!(true), &json!(90))
    );
    assert!(!on["NextRotationDate"].is_null(), "{on}");
    server.aws_text(&root, &["kms", "disable-key-rotation", "--key-id", &key]);
    assert_eq!(status()["KeyRotationEnabled"], false);

    let mac = ["--key-spec", "HMAC_256", "--key-usage", "GENERATE_VERIFY_MAC"];
    let mac = server.aws_text(
        &root,
        &[
            &["kms", "create-key", "--query", "KeyMetadata.KeyId"][..],
            &mac[..],
        ]
        .concat(),
    );
    let refused = server.aws(&root, &["kms", "enable-key-rotation", "--key-id", &mac]);
    assert!(
        refused.error().contains("(UnsupportedOperationException)"),
        "{refused:?}"
    );
    assert_eq!(
        server.aws_json(&root, &["kms", "describe-custom-key-stores"])["CustomKeyStores"],
        json!([])
    );
}
