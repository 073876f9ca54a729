//! A presigned `GetCallerIdentity`: how Vault, EKS and the like let a stranger prove who he is.

use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::harness::{ACCOUNT, Answer, Credentials, Request, Server, at};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_presigned_url_says_who_made_it_to_whoever_sends_it() {
    let (server, alice) = alice();

    let answer = send(&server, &url(&server, &alice, SystemTime::now()));

    assert_eq!(
        answer.ok().element("Arn"),
        Some(format!("arn:aws:iam::{ACCOUNT}:user/alice"))
    );
}

#[test]
fn a_presigned_url_of_a_session_carries_its_token() {
    let server = Server::start();
    let alice = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}]),
    );
    let role = server.role(
        "app",
        &json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:user/alice")}),
        &json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]),
    );
    let session = server.assume(&alice, &role, "e2e");

    let answer = send(&server, &url(&server, &session, SystemTime::now()));

    assert_eq!(
        answer.ok().element("Arn"),
        Some(format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/e2e"))
    );
}

#[test]
fn a_presigned_url_ends_with_its_time_and_with_its_first_changed_letter() {
    let (server, alice) = alice();

    let late = send(&server, &url(&server, &alice, SystemTime::now() - 2 * MINUTE));
    late.refused(403, "SignatureDoesNotMatch");

    let mut longer = url(&server, &alice, SystemTime::now());
    longer.target = longer.target.replace("X-Amz-Expires=60", "X-Amz-Expires=600");
    send(&server, &longer).refused(403, "SignatureDoesNotMatch");
}

fn alice() -> (Server, Credentials) {
    let server = Server::start();
    let alice = server.user(
        "alice",
        &json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]),
    );
    (server, alice)
}

fn url(server: &Server, who: &Credentials, time: SystemTime) -> Request {
    let mut signing = at(who, "sts");
    signing.time = time;
    let target = "/?Action=GetCallerIdentity&Version=2011-06-15";
    Request::get(target, &server.authority()).presigned(&signing, MINUTE)
}

fn send(server: &Server, request: &Request) -> Answer {
    server.connect().send(request).expect("the server answers")
}
