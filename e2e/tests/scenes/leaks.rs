//! No secret is found where it does not belong: not in the log, the store, the audit log, or an error.

use std::fs;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use serde_json::json;

use crate::harness::{ACCOUNT, Credentials, Request, Server, at, contains, files_below};

const IN_SECURE_STRING: &str = "canarySecureStringq7Zk2vXw9";
const IN_STRING: &str = "canaryPlainStringm4Tb8yRn3Lp";
const IN_PLAINTEXT: &str = "canaryKmsPlaintextd6Hc1sVe5";
const IN_BAD_INPUT: &str = "canaryBadInputg9Jf2uWx7Ka40";

#[test]
fn no_canary_is_found_in_the_log_the_data_directory_or_an_error() {
    let server = Server::start();
    let people = people(&server);
    let refusals = use_everything(&server, &people);
    let log_while_running = server.log();

    let stopped = server.stop();

    let canaries = canaries(&people);
    let mut places = vec![
        ("an error".to_owned(), refusals.into_bytes()),
        ("the log".to_owned(), log_while_running.into_bytes()),
        ("the log".to_owned(), stopped.log().into_bytes()),
    ];
    for path in files_below(&stopped.data()) {
        places.push((path.display().to_string(), fs::read(path).unwrap()));
    }
    for (place, bytes) in places {
        for (what, canary) in &canaries {
            for form in forms(canary) {
                assert!(
                    !contains(&bytes, &form),
                    "{what} lies in {place} as `{}`",
                    String::from_utf8_lossy(&form)
                );
            }
        }
    }
}

/// The holders of secrets: the root user, a user and a role's session.
fn people(server: &Server) -> [Credentials; 3] {
    let user = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    );
    let role = server.role(
        "app",
        &json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:user/alice")}),
        &json!([{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}]),
    );
    let session = server.assume(&user, &role, "e2e");
    [server.root(), user, session]
}

fn canaries(people: &[Credentials]) -> Vec<(String, String)> {
    let mut canaries = vec![
        ("a SecureString's value".into(), IN_SECURE_STRING.into()),
        ("a String's value".into(), IN_STRING.into()),
        ("a plaintext given to KMS".into(), IN_PLAINTEXT.into()),
        ("a value in bad input".into(), IN_BAD_INPUT.into()),
    ];
    for who in people {
        canaries.push((
            format!("the secret of {}", who.access_key_id),
            who.secret_access_key.clone(),
        ));
        if let Some(token) = &who.session_token {
            canaries.push(("a session token".into(), token.clone()));
        }
    }
    canaries
}

/// Uses every operation that takes or gives a secret, well and badly; returns the text of all refusals.
fn use_everything(server: &Server, people: &[Credentials]) -> String {
    let key = server.key();
    for who in people {
        let id = &who.access_key_id;
        for (kind, value) in [
            ("SecureString", IN_SECURE_STRING),
            ("String", IN_STRING),
            ("StringList", IN_STRING),
        ] {
            let name = format!("/leaks/{id}/{kind}");
            let body = json!({"Name": name, "Value": value, "Type": kind, "Description": "leaks", "Overwrite": true});
            server.call(who, "AmazonSSM.PutParameter", &body).ok();
            server
                .call(
                    who,
                    "AmazonSSM.GetParameter",
                    &json!({"Name": name, "WithDecryption": true}),
                )
                .ok();
        }
    }
    server.put("/leaks/own-key", IN_SECURE_STRING, Some(&key));
    let encrypt = json!({"KeyId": key, "Plaintext": BASE64_STANDARD.encode(IN_PLAINTEXT)});
    let sealed = server
        .call(&server.root(), "TrentService.Encrypt", &encrypt)
        .ok()
        .json();
    let decrypt = json!({"CiphertextBlob": sealed["CiphertextBlob"]});
    server.call(&server.root(), "TrentService.Decrypt", &decrypt).ok();
    misuse(server, people)
}

fn misuse(server: &Server, people: &[Credentials]) -> String {
    let mut refusals = String::new();
    let put = "AmazonSSM.PutParameter";
    for body in [
        json!({"Name": "/bad//name", "Value": IN_BAD_INPUT, "Type": "SecureString"}).to_string(),
        json!({"Name": "/bad", "Value": [IN_BAD_INPUT], "Type": "SecureString"}).to_string(),
        json!({"Name": "/bad", "Value": IN_BAD_INPUT.repeat(400), "Type": "SecureString"}).to_string(),
        json!({"Name": "/bad", "Value": IN_BAD_INPUT.repeat(4000), "Type": "SecureString"}).to_string(),
        json!({"Name": "/bad", "Value": IN_BAD_INPUT, "Type": "Strange"}).to_string(),
        json!({"Name": "/bad", "Value": IN_BAD_INPUT, "Type": "SecureString", "AllowedPattern": "^x$"})
            .to_string(),
        format!(r#"{{"Name":"/bad","Type":"SecureString","Value":"{IN_BAD_INPUT}"#),
        IN_BAD_INPUT.to_owned(),
    ] {
        let request = Request::json(put, body, &server.authority());
        for request in [request.clone(), request.signed(&at(&people[0], "ssm"))] {
            let answer = server.connect().send(&request).unwrap();
            assert_eq!(answer.status, 400, "{answer:?}");
            refusals += &answer.body;
        }
    }
    let encrypt = json!({"KeyId": "alias/missing", "Plaintext": BASE64_STANDARD.encode(IN_BAD_INPUT)});
    refusals += &server.call(&people[0], "TrentService.Encrypt", &encrypt).body;
    let mut forger = people[1].clone();
    forger.access_key_id = people[0].access_key_id.clone();
    refusals += &server
        .call(
            &forger,
            put,
            &json!({"Name": "/bad", "Value": IN_BAD_INPUT, "Type": "String"}),
        )
        .body;
    refusals
}

/// Returns the shapes in which a secret may lie about: plain, hexadecimal, and base64 at each alignment.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let hexadecimal: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![secret.as_bytes().to_vec(), hexadecimal.into_bytes()];
    for skipped in 0..3 {
        // Encoded from here, whole triples only, the text is the same whatever stands around it.
        let inner = &secret.as_bytes()[skipped..];
        let whole = &inner[..inner.len() / 3 * 3];
        forms.push(BASE64_STANDARD_NO_PAD.encode(whole).into_bytes());
    }
    forms
}
