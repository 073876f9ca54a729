//! A SecureString's ciphertext is bound to its parameter's ARN by the encryption context.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Server};

#[test]
fn the_stored_blob_opens_under_its_own_parameter_arn_only() {
    let server = Server::start();
    let key = server.key();
    server.put("/app/password", "s3cr3t", Some(&key));
    let get = json!({"Name": "/app/password"});
    let read = server
        .call(&server.root(), "AmazonSSM.GetParameter", &get)
        .ok()
        .json();
    let decrypt = |context: Value| {
        let body = json!({"CiphertextBlob": read["Parameter"]["Value"], "EncryptionContext": context});
        server.call(&server.root(), "TrentService.Decrypt", &body)
    };

    let own =
        decrypt(json!({"PARAMETER_ARN": format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/app/password")}));
    assert_eq!(own.ok().json()["Plaintext"], BASE64_STANDARD.encode("s3cr3t"));

    let other = format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/app/other");
    for context in [json!({}), json!({"PARAMETER_ARN": other})] {
        assert_eq!(decrypt(context).refused(400, "InvalidCiphertextException"), "");
    }
}

#[test]
fn a_key_may_be_allowed_for_one_parameter_only() {
    let server = Server::start();
    let key = server.key();
    server.put("/app/mine", "mine", Some(&key));
    server.put("/app/yours", "yours", Some(&key));
    let mine = format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/app/mine");
    let statements = json!([
        {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": key,
            "Condition": {"StringEquals": {
                "kms:EncryptionContext:PARAMETER_ARN": mine,
                "kms:ViaService": "ssm.us-east-1.amazonaws.com",
            }},
        },
    ]);
    let reader = server.user("reader", &statements);
    let read = |name: &str| {
        server.call(
            &reader,
            "AmazonSSM.GetParameter",
            &json!({"Name": name, "WithDecryption": true}),
        )
    };

    assert_eq!(read("/app/mine").ok().json()["Parameter"]["Value"], "mine");
    read("/app/yours").refused(400, "AccessDeniedException");
}
