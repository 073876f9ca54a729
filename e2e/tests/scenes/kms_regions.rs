//! Multi-Region keys, driven by the AWS CLI in two Regions of one server.

use std::fs;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Server};

const HOME: &str = "us-east-1";
const IRELAND: &str = "eu-west-1";

impl Server {
    /// What the root user gets from KMS in a Region.
    fn kms_in(&self, region: &str, arguments: &[&str]) -> Value {
        let command = [&["--region", region, "kms"], arguments].concat();
        self.aws_json(&self.root(), &command)
    }

    fn kms_refuses_in(&self, region: &str, arguments: &[&str]) -> String {
        let command = [&["--region", region, "kms"], arguments].concat();
        self.aws(&self.root(), &command).error().to_owned()
    }

    /// A multi-Region key in the home Region, by its id.
    fn primary(&self, arguments: &[&str]) -> String {
        let made = self.kms_in(HOME, &[&["create-key", "--multi-region"], arguments].concat());
        made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
    }

    fn described_in(&self, region: &str, key: &str) -> Value {
        self.kms_in(region, &["describe-key", "--key-id", key])["KeyMetadata"].take()
    }

    /// Encrypts with a key; gives what the CLI takes as the ciphertext.
    fn blob(&self, name: &str, region: &str, key: &str) -> String {
        let made = self.kms_in(region, &["encrypt", "--key-id", key, "--plaintext", "text"]);
        let file = self.scratch("kms").join(name);
        let blob = made["CiphertextBlob"].as_str().unwrap();
        fs::write(&file, BASE64_STANDARD.decode(blob).unwrap()).unwrap();
        format!("fileb://{}", file.display())
    }

    fn opens_in(&self, region: &str, blob: &str) -> Value {
        self.kms_in(region, &["decrypt", "--ciphertext-blob", blob])
    }
}

fn arn(region: &str, id: &str) -> String {
    format!("arn:aws:kms:{region}:{ACCOUNT}:key/{id}")
}

#[test]
fn a_key_of_two_regions_decrypts_in_both_across_rotation_and_restart() {
    let server = Server::start();
    let id = server.primary(&["--description", "of the house"]);
    let first = server.blob("first", HOME, &id);
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Sid": "Abroad", "Effect": "Allow", "Action": "kms:*", "Resource": "*",
        "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")},
    }})
    .to_string();
    let replicate = ["replicate-key", "--key-id", &id, "--replica-region", IRELAND];
    let own = ["--policy", &policy, "--tags", "TagKey=at,TagValue=sea"];
    let made = server.kms_in(HOME, &[&replicate[..], &own].concat());
    assert_eq!(made["ReplicaKeyMetadata"]["KeyState"], "Creating");
    assert_eq!(made["ReplicaKeyMetadata"]["Arn"], arn(IRELAND, &id));
    assert_eq!(made["ReplicaTags"], json!([{"TagKey": "at", "TagValue": "sea"}]));
    assert!(made["ReplicaPolicy"].as_str().unwrap().contains("Abroad"));
    assert_eq!(server.opens_in(IRELAND, &first)["KeyId"], arn(IRELAND, &id));

    server.kms_in(HOME, &["rotate-key-on-demand", "--key-id", &id]);
    let second = server.blob("second", IRELAND, &id);
    let server = server.stop().start();
    for region in [HOME, IRELAND] {
        let (old, new) = (server.opens_in(region, &first), server.opens_in(region, &second));
        assert_eq!(
            (&old["Plaintext"], &new["Plaintext"]),
            (&json!("dGV4dA=="), &json!("dGV4dA=="))
        );
        assert_ne!(old["KeyMaterialId"], new["KeyMaterialId"]);
    }
    assert_eq!(
        server.described_in(IRELAND, &id)["MultiRegionConfiguration"],
        json!({
            "MultiRegionKeyType": "REPLICA",
            "PrimaryKey": {"Arn": arn(HOME, &id), "Region": HOME},
            "ReplicaKeys": [{"Arn": arn(IRELAND, &id), "Region": IRELAND}],
        })
    );
}

#[test]
fn an_hmac_key_has_the_same_tags_and_a_signing_key_the_same_public_key_everywhere() {
    let server = Server::start();
    let mac = server.primary(&["--key-spec", "HMAC_256", "--key-usage", "GENERATE_VERIFY_MAC"]);
    let signing = server.primary(&["--key-spec", "ECC_NIST_P256", "--key-usage", "SIGN_VERIFY"]);
    for id in [&mac, &signing] {
        server.kms_in(
            HOME,
            &["replicate-key", "--key-id", id, "--replica-region", IRELAND],
        );
    }
    let tag = |region| {
        let text = ["--message", "dGV4dA==", "--mac-algorithm", "HMAC_SHA_256"];
        server.kms_in(region, &[&["generate-mac", "--key-id", &mac], &text[..]].concat())["Mac"].take()
    };
    assert_eq!(tag(HOME), tag(IRELAND));
    let public =
        |region| server.kms_in(region, &["get-public-key", "--key-id", &signing])["PublicKey"].take();
    assert_eq!(public(HOME), public(IRELAND));
}

#[test]
fn the_primary_key_moves_and_goes_last() {
    let server = Server::start();
    let id = server.primary(&[]);
    let replicate = ["replicate-key", "--key-id", &id, "--replica-region", IRELAND];
    server.kms_in(HOME, &replicate);
    assert!(
        server
            .kms_refuses_in(HOME, &replicate)
            .contains("(AlreadyExistsException)")
    );
    assert_eq!(
        server.kms_refuses_in(IRELAND, &["enable-key-rotation", "--key-id", &id]),
        format!(
            "An error occurred (UnsupportedOperationException) when calling the EnableKeyRotation operation: \
             {} is not a multi-region primary key.",
            arn(IRELAND, &id)
        )
    );
    server.kms_in(
        HOME,
        &[
            "update-primary-region",
            "--key-id",
            &id,
            "--primary-region",
            IRELAND,
        ],
    );
    server.kms_in(IRELAND, &["enable-key-rotation", "--key-id", &id]);
    let status = server.kms_in(HOME, &["get-key-rotation-status", "--key-id", &id]);
    assert_eq!(status["KeyRotationEnabled"], true);

    let schedule = [
        "schedule-key-deletion",
        "--key-id",
        &id,
        "--pending-window-in-days",
        "7",
    ];
    let scheduled = server.kms_in(IRELAND, &schedule);
    assert_eq!(
        scheduled,
        json!({"KeyId": arn(IRELAND, &id), "KeyState": "PendingReplicaDeletion", "PendingWindowInDays": 7})
    );
    assert_eq!(
        server.described_in(IRELAND, &id)["PendingDeletionWindowInDays"],
        7
    );
    assert_eq!(server.kms_in(HOME, &schedule)["KeyState"], "PendingDeletion");
    server.kms_in(IRELAND, &["cancel-key-deletion", "--key-id", &id]);
    assert_eq!(server.described_in(IRELAND, &id)["KeyState"], "Disabled");
}

#[test]
fn a_plain_keys_ciphertext_is_refused_in_another_region() {
    let server = Server::start();
    let key = server.key();
    let blob = server.blob("plain", HOME, &key);
    assert_eq!(server.opens_in(HOME, &blob)["KeyId"], key);
    let refused = server.kms_refuses_in(IRELAND, &["decrypt", "--ciphertext-blob", &blob]);
    assert_eq!(
        refused,
        "An error occurred (AccessDeniedException) when calling the Decrypt operation: \
         The ciphertext refers to a customer master key that does not exist, does not exist in this region, \
         or you are not allowed to access."
    );
}

#[test]
fn a_key_that_parameters_need_in_one_region_is_destroyed_in_another_only() {
    let server = Server::start();
    let root = server.root();
    let id = server.primary(&[]);
    server.kms_in(
        HOME,
        &["replicate-key", "--key-id", &id, "--replica-region", IRELAND],
    );
    let put = [
        "--name",
        "/app/password",
        "--value",
        "s3cr3t",
        "--type",
        "SecureString",
        "--key-id",
        &id,
    ];
    let abroad = ["--region", IRELAND, "ssm"];
    server.aws_json(&root, &[&abroad[..], &["put-parameter"], &put].concat());
    let read = ["get-parameter", "--name", "/app/password", "--with-decryption"];
    let read = server.aws_json(&root, &[&abroad[..], &read].concat());
    assert_eq!(read["Parameter"]["Value"], "s3cr3t");

    let schedule = ["schedule-key-deletion", "--key-id", &id];
    let refused = server.kms_refuses_in(IRELAND, &schedule);
    assert!(
        refused.contains(&format!(
            "{} is needed to read 1 SecureString parameter: /app/password.",
            arn(IRELAND, &id)
        )),
        "{refused}"
    );
    assert_eq!(
        server.kms_in(HOME, &schedule)["KeyState"],
        "PendingReplicaDeletion"
    );
}
