//! The default key `alias/aws/ssm`: open through SSM to whoever may read, closed to everybody directly.

use serde_json::json;

use crate::harness::{ACCOUNT, Server};

#[test]
fn ssm_get_parameter_alone_reads_a_secure_string_under_the_default_key() {
    let server = Server::start();
    put_under_default_key(&server, "/app/password", "s3cr3t");
    let reader = server.user(
        "reader",
        &json!([{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}]),
    );

    let arguments = [
        "ssm",
        "get-parameter",
        "--name",
        "/app/password",
        "--with-decryption",
    ];
    let value = server.aws_text(
        &reader,
        &[&arguments[..], &["--query", "Parameter.Value"]].concat(),
    );

    assert_eq!(value, "s3cr3t");
}

#[test]
fn nobody_decrypts_directly_with_the_default_key() {
    let server = Server::start();
    put_under_default_key(&server, "/app/password", "s3cr3t");
    let everything = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    let administrator = server.user("administrator", &everything);
    let get = json!({"Name": "/app/password"});

    for who in [&administrator, &server.root()] {
        let read = server.call(who, "AmazonSSM.GetParameter", &get).ok().json();
        let decrypt = json!({
            "CiphertextBlob": read["Parameter"]["Value"],
            "EncryptionContext": {"PARAMETER_ARN": format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/app/password")},
        });
        let refused = server.call(who, "TrentService.Decrypt", &decrypt);
        assert_eq!(
            refused.refused(400, "AccessDeniedException"),
            "The ciphertext refers to a customer master key that does not exist, does not exist in this region, \
             or you are not allowed to access."
        );
    }
}

#[test]
fn an_explicit_deny_of_kms_counts_even_with_the_default_key() {
    let server = Server::start();
    put_under_default_key(&server, "/app/password", "s3cr3t");
    let statements = json!([
        {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"},
        {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"},
    ]);
    let denied = server.user("denied", &statements);

    let body = json!({"Name": "/app/password", "WithDecryption": true});
    server
        .call(&denied, "AmazonSSM.GetParameter", &body)
        .refused(400, "AccessDeniedException");
}

#[test]
fn the_default_key_is_found_by_its_alias_before_anything_was_encrypted() {
    let server = Server::start();

    let described = server.aws_json(
        &server.root(),
        &["kms", "describe-key", "--key-id", "alias/aws/ssm"],
    );

    let key = &described["KeyMetadata"];
    assert_eq!(key["KeyManager"], "AWS");
    assert_eq!(
        key["Description"],
        "Default key that protects my SSM parameters when no other key is defined"
    );
    let disable = server.call(
        &server.root(),
        "TrentService.DisableKey",
        &json!({"KeyId": key["KeyId"]}),
    );
    disable.refused(400, "AccessDeniedException");
}

fn put_under_default_key(server: &Server, name: &str, value: &str) {
    let body = json!({"Name": name, "Value": value, "Type": "SecureString"});
    server.call(&server.root(), "AmazonSSM.PutParameter", &body).ok();
}
