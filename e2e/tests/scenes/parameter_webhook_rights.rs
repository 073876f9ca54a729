//! Webhooks and their makers' rights: those of a bounded session, of a namesake, and those that were lost.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Credentials, Server, Stopped};
use crate::parameter_webhooks::{create, kagiban, next, receiver, until};

fn everything() -> Value {
    json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}])
}

fn once() -> Server {
    let stopped = Stopped::new();
    let mut command = stopped.command();
    command.args(["--webhook-lifetime", "0"]); // one attempt
    stopped.start_with(command)
}

fn forbid(server: &Server, user: &str) {
    let gone = [("UserName", user), ("PolicyName", "e2e")];
    server.iam(&server.root(), "DeleteUserPolicy", &gone).ok();
}

fn is_withheld(webhook: &Value) -> bool {
    let failure = webhook["LastFailure"].as_str().unwrap_or_default();
    failure.contains("may no longer read")
}

#[test]
fn a_session_makes_webhooks_on_its_own_terms_or_none() {
    let server = Server::start();
    let alice = server.user("alice", &everything());
    let trusted = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
    let role = server.role("hooks", &trusted, &everything());
    let (url, deliveries) = receiver(&[]);
    let body = json!({"Name": "narrow", "Url": url, "Path": "/app"});
    for (member, policy) in [
        (
            "PolicyArns.member.1.arn",
            "arn:aws:iam::aws:policy/AdministratorAccess".to_owned(),
        ),
        (
            "Policy",
            json!({"Version": "2012-10-17", "Statement": everything()}).to_string(),
        ),
    ] {
        let members = [
            ("RoleArn", role.as_str()),
            ("RoleSessionName", "session"),
            (member, &policy),
        ];
        let narrowed = Credentials::from_xml(&server.sts(&alice, "AssumeRole", &members).ok());
        let refused = server.call(&narrowed, "Kagiban.CreateWebhook", &body);
        refused.refused(400, "InvalidInputException");
    }

    create(&server, &server.assume(&alice, &role, "session"), &url);
    server.put("/app/x", "v", None);
    assert_eq!(next(&deliveries).told(), ["Put /app/x"]);
    // What the IAM console writes to revoke sessions.
    let revoked = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2999-01-01T00:00:00Z"}},
    }]});
    let members = [
        ("RoleName", "hooks"),
        ("PolicyName", "AWSRevokeOlderSessions"),
        ("PolicyDocument", &revoked.to_string()),
    ];
    server.iam(&server.root(), "PutRolePolicy", &members).ok();
    server.put("/app/x", "w", None);
    assert!(deliveries.recv_timeout(Duration::from_secs(1)).is_err());
}

#[test]
fn a_namesake_of_its_maker_gives_a_webhook_no_life() {
    let server = Server::start();
    let alice = server.user("alice", &everything());
    let (url, deliveries) = receiver(&[]);
    create(&server, &alice, &url);
    server.put("/app/x", "v", None);
    assert_eq!(next(&deliveries).told(), ["Put /app/x"]);
    forbid(&server, "alice");
    let root = server.root();
    let key = [
        ("UserName", "alice"),
        ("AccessKeyId", alice.access_key_id.as_str()),
    ];
    server.iam(&root, "DeleteAccessKey", &key).ok();
    server.iam(&root, "DeleteUser", &[("UserName", "alice")]).ok();
    server.user("alice", &everything());
    server.put("/app/x", "w", None);
    assert!(deliveries.recv_timeout(Duration::from_secs(1)).is_err());
}

#[test]
fn what_its_maker_may_no_longer_read_is_not_tried_again() {
    let server = Server::start();
    let alice = server.user("alice", &everything());
    let (url, deliveries) = receiver(&[500; 50]);
    create(&server, &alice, &url);
    server.put("/app/x", "v", None);
    next(&deliveries);
    forbid(&server, "alice");
    until(&server, is_withheld);
    while deliveries.try_recv().is_ok() {}
    server.put("/app/x", "w", None);
    assert!(deliveries.recv_timeout(Duration::from_secs(1)).is_err());
}

#[test]
fn dead_letters_tell_their_readers_and_receivers_what_may_be_read_now() {
    let server = once();
    let alice = server.user("alice", &everything());
    let lister = json!([{"Effect": "Allow", "Action": "kagiban:ListDeadLetters", "Resource": "*"}]);
    let lister = server.user("lister", &lister);
    let (url, deliveries) = receiver(&[500, 500]);
    create(&server, &alice, &url);
    for (number, name) in ["/app/x", "/app/y"].into_iter().enumerate() {
        server.put(name, "v", None);
        until(&server, |webhook| webhook["DeadLetters"] == number + 1);
        next(&deliveries);
    }
    let list = |who: &Credentials, body: &Value| kagiban(&server, who, "ListDeadLetters", body);
    let letters = list(&lister, &json!({"Webhook": "reload"}));
    assert_eq!(letters["DeadLetters"].as_array().unwrap().len(), 2);
    assert!(!letters.to_string().contains("/app/"), "{letters}");
    let first = list(&alice, &json!({"Webhook": "reload", "MaxResults": 1}));
    assert_eq!(first["DeadLetters"][0]["Events"][0]["Name"], "/app/x");
    let token = &first["NextToken"];
    let rest = list(
        &alice,
        &json!({"Webhook": "reload", "MaxResults": 1, "NextToken": token}),
    );
    assert_eq!(rest["DeadLetters"][0]["Events"][0]["Name"], "/app/y");
    assert!(rest["NextToken"].is_null(), "{rest}");

    forbid(&server, "alice");
    let again = kagiban(
        &server,
        &server.root(),
        "RedeliverDeadLetters",
        &json!({"Webhook": "reload"}),
    );
    assert_eq!(again["Redelivering"], 2);
    let webhook = until(&server, |webhook| webhook["DeadLetters"] == 0);
    assert!(is_withheld(&webhook), "{webhook}");
    assert!(deliveries.try_recv().is_err());
}

#[test]
fn as_many_are_made_at_once_as_there_may_be() {
    let server = Server::start();
    let root = server.root();
    let made: usize = thread::scope(|scope| {
        let making: Vec<_> = (0..32)
            .map(|number| {
                let (server, root) = (&server, &root);
                scope.spawn(move || {
                    let body =
                        json!({"Name": format!("n{number}"), "Url": "https://x.example/", "Path": "/app"});
                    let answer = server.call(root, "Kagiban.CreateWebhook", &body);
                    usize::from(answer.status == 200)
                })
            })
            .collect();
        making.into_iter().map(|made| made.join().unwrap()).sum()
    });
    let listed = kagiban(&server, &root, "ListWebhooks", &json!({}));
    assert_eq!((made, listed["Webhooks"].as_array().unwrap().len()), (20, 20));
}
