//! Revocation is immediate: no cache answers for a key or a policy that is gone.

use serde_json::json;

use crate::harness::{Answer, Credentials, Server};

const INVALID: &str = "The security token included in the request is invalid.";

#[test]
fn a_deleted_access_key_is_refused_by_the_next_request() {
    let (server, alice) = alice();
    get(&server, &alice).ok();

    let members = [
        ("UserName", "alice"),
        ("AccessKeyId", alice.access_key_id.as_str()),
    ];
    server.iam(&server.root(), "DeleteAccessKey", &members).ok();

    assert_eq!(
        get(&server, &alice).refused(400, "UnrecognizedClientException"),
        INVALID
    );
    let sts = server.sts(&alice, "GetCallerIdentity", &[]);
    assert_eq!(sts.refused(403, "InvalidClientTokenId"), INVALID);
}

#[test]
fn a_deleted_access_key_is_refused_on_a_connection_that_was_open_before() {
    let (server, alice) = alice();
    let mut connection = server.connect();
    let request = || {
        let body = json!({"Name": "/a"}).to_string();
        let request = crate::harness::Request::json("AmazonSSM.GetParameter", body, &server.authority());
        request.signed(&crate::harness::at(&alice, "ssm"))
    };
    connection.send(&request()).unwrap().ok();

    let members = [
        ("UserName", "alice"),
        ("AccessKeyId", alice.access_key_id.as_str()),
    ];
    server.iam(&server.root(), "DeleteAccessKey", &members).ok();

    connection
        .send(&request())
        .unwrap()
        .refused(400, "UnrecognizedClientException");
}

#[test]
fn a_deleted_policy_allows_nothing_from_the_next_request_on() {
    let (server, alice) = alice();
    get(&server, &alice).ok();

    server
        .iam(
            &server.root(),
            "DeleteUserPolicy",
            &[("UserName", "alice"), ("PolicyName", "e2e")],
        )
        .ok();

    get(&server, &alice).refused(400, "AccessDeniedException");
}

#[test]
fn a_user_has_two_access_keys_at_most() {
    let (server, _) = alice();
    let create = || server.iam(&server.root(), "CreateAccessKey", &[("UserName", "alice")]);
    create().ok();

    assert_eq!(
        create().refused(409, "LimitExceeded"),
        "Cannot exceed quota for AccessKeysPerUser: 2"
    );
}

#[test]
fn a_caller_without_permission_cannot_tell_a_missing_parameter_from_a_denied_one() {
    let (server, _) = alice();
    let nobody = server.user(
        "nobody",
        &json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]),
    );

    for name in ["/a", "/missing"] {
        let answer = server.call(&nobody, "AmazonSSM.GetParameters", &json!({"Names": [name]}));
        assert_eq!(
            answer.refused(400, "AccessDeniedException"),
            format!(
                "User: arn:aws:iam::111122223333:user/nobody is not authorized to perform: \
                 ssm:GetParameters on resource: arn:aws:ssm:us-east-1:111122223333:parameter{name} \
                 because no identity-based policy allows the ssm:GetParameters action"
            )
        );
    }
}

fn alice() -> (Server, Credentials) {
    let server = Server::start();
    server.put("/a", "1", None);
    let alice = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}]),
    );
    (server, alice)
}

fn get(server: &Server, who: &Credentials) -> Answer {
    server.call(who, "AmazonSSM.GetParameter", &json!({"Name": "/a"}))
}
