//! Sharing by resource policies, driven by the AWS CLI.
//!
//! A server has one account, that of its first start, so nobody of another one can be here to read what
//! is shared: those rules are held in the crate's own tests. What an owner does is driven here, and
//! that the policy counts inside the account as well.

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Credentials, Output, Server, policy};

const NAME: &str = "/team/db";

fn arn(name: &str) -> String {
    format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter{name}")
}

/// A policy that lets somebody read the parameter.
fn sharing(principal: &str) -> String {
    policy(&json!([{
        "Effect": "Allow", "Principal": {"AWS": principal}, "Action": "ssm:GetParameter", "Resource": arn(NAME),
    }]))
}

fn run(server: &Server, who: &Credentials, operation: &str, more: &[&str]) -> Output {
    let arn = arn(NAME);
    server.aws(who, &[&["ssm", operation, "--resource-arn", &arn], more].concat())
}

fn policies(server: &Server) -> Value {
    run(server, &server.root(), "get-resource-policies", &[]).json()["Policies"].take()
}

/// The words that name the policy that was seen last.
fn seen(made: &Value) -> [String; 4] {
    let text = |member: &str| made[member].as_str().unwrap().to_owned();
    [
        "--policy-id".to_owned(),
        text("PolicyId"),
        "--policy-hash".to_owned(),
        text("PolicyHash"),
    ]
}

fn advanced(server: &Server) {
    let put = [
        "ssm",
        "put-parameter",
        "--name",
        NAME,
        "--value",
        "v",
        "--type",
        "String",
        "--tier",
        "Advanced",
    ];
    server.aws_json(&server.root(), &put);
}

#[test]
fn a_policy_is_put_listed_replaced_kept_and_deleted() {
    let server = Server::start();
    let root = server.root();
    advanced(&server);
    assert_eq!(policies(&server), json!([]));
    let (first, second) = (sharing("444455556666"), sharing("777788889999"));
    let made = run(&server, &root, "put-resource-policy", &["--policy", &first]).json();
    let expected = json!([{"PolicyId": made["PolicyId"], "PolicyHash": made["PolicyHash"], "Policy": first}]);
    assert_eq!(policies(&server), expected);

    let words = seen(&made);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let again = [&["--policy", &second][..], &words].concat();
    let replaced = run(&server, &root, "put-resource-policy", &again).json();
    assert_eq!(replaced["PolicyId"], made["PolicyId"]);
    let stale = run(&server, &root, "delete-resource-policy", &words);
    assert!(
        stale.error().contains("(ResourcePolicyConflictException)"),
        "{stale:?}"
    );

    let server = server.kill().start();

    assert_eq!(policies(&server)[0]["Policy"], second);
    let words = seen(&replaced);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    run(&server, &root, "delete-resource-policy", &words).text();
    assert_eq!(policies(&server), json!([]));
}

#[test]
fn who_may_do_everything_else_with_parameters_neither_sees_nor_makes_a_policy() {
    let server = Server::start();
    advanced(&server);
    let made = run(
        &server,
        &server.root(),
        "put-resource-policy",
        &["--policy", &sharing("444455556666")],
    )
    .json();
    let alice = server.user(
        "alice",
        &json!([
            {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "ssm:*Resource*Polic*", "Resource": arn(NAME)},
        ]),
    );
    let (policy, words) = (sharing(ACCOUNT), seen(&made));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    for (operation, action, more) in [
        ("get-resource-policies", "GetResourcePolicies", &[][..]),
        ("put-resource-policy", "PutResourcePolicy", &["--policy", &policy]),
        ("delete-resource-policy", "DeleteResourcePolicy", &words),
    ] {
        let refused = run(&server, &alice, operation, more);
        let sentence = format!(
            "ssm:{action} on resource: {} with an explicit deny in an identity-based policy",
            arn(NAME)
        );
        assert!(refused.error().contains(&sentence), "{refused:?}");
    }
    assert_eq!(policies(&server)[0]["PolicyHash"], made["PolicyHash"]);
}

#[test]
fn a_policy_lets_a_user_of_the_account_in_who_has_no_policy_of_their_own() {
    let server = Server::start();
    advanced(&server);
    let bob = server.user(
        "bob",
        &json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]),
    );
    let read = || server.aws(&bob, &["ssm", "get-parameter", "--name", NAME]);
    assert!(read().error().contains("(AccessDeniedException)"));
    let policy = sharing(&format!("arn:aws:iam::{ACCOUNT}:user/bob"));
    run(
        &server,
        &server.root(),
        "put-resource-policy",
        &["--policy", &policy],
    )
    .json();
    assert_eq!(read().json()["Parameter"]["Value"], "v");
    server.aws_text(&server.root(), &["ssm", "delete-parameter", "--name", NAME]);
    assert!(read().error().contains("(AccessDeniedException)"));
}

#[test]
fn nothing_is_shared_with_the_account_itself() {
    let server = Server::start();
    advanced(&server);
    run(
        &server,
        &server.root(),
        "put-resource-policy",
        &["--policy", &sharing(ACCOUNT)],
    )
    .json();
    let shared = server.aws_json(&server.root(), &["ssm", "describe-parameters", "--shared"]);
    assert_eq!(shared["Parameters"], json!([]));
}
