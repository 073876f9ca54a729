//! Scene 3: who may read a parameter but not use its key gets ciphertext or a refusal.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::harness::{ACCOUNT, Credentials, Server};

const NAME: &str = "/goecssample/database/sample/master/password";

#[test]
fn decryption_without_kms_decrypt_is_refused_in_the_words_scripts_look_for() {
    let (server, session) = reader_without_key();

    let refused = server.aws(
        &session,
        &["ssm", "get-parameters", "--names", NAME, "--with-decryption"],
    );

    let expected = "An error occurred (AccessDeniedException) when calling the GetParameters operation: \
         The ciphertext refers to a customer master key that does not exist, does not exist in this region, \
         or you are not allowed to access. (Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; \
         Request ID: ";
    assert!(refused.error().starts_with(expected), "{refused:?}");
}

#[test]
fn without_decryption_the_ciphertext_is_handed_out_as_base64() {
    let (server, session) = reader_without_key();

    let arguments = ["ssm", "get-parameters", "--names", NAME, "--no-with-decryption"];
    let value = server.aws_text(
        &session,
        &[&arguments[..], &["--query", "Parameters[0].Value"]].concat(),
    );

    let blob = BASE64_STANDARD.decode(&value).expect("the value is base64");
    assert!(blob.len() > 16 && !value.contains("s3cr3t"), "{value}");
    assert!(!String::from_utf8_lossy(&blob).contains("s3cr3t"));
}

fn reader_without_key() -> (Server, Credentials) {
    let server = Server::start();
    server.put(NAME, "s3cr3t", Some(&server.key()));
    let user = server.user(
        "developer",
        &json!([{"Effect": "Deny", "Action": "ssm:*", "Resource": "*"}]),
    );
    let allowed = format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/goecssample/*");
    let role = server.role(
        "reader",
        &json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:user/developer")}),
        &json!([{"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": allowed}]),
    );
    let session = server.assume(&user, &role, "e2e");
    (server, session)
}
