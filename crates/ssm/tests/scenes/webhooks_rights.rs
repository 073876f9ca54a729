//! Whose rights a webhook has: its maker's, on the terms of their session, and no namesake's.

use std::time::Duration;

use kagiban_aws::Timestamp;
use kagiban_iam::sts::{Bearer, SessionClaims};
use kagiban_ssm::kagiban::DeleteWebhook;
use kagiban_ssm::operations::{AddTagsToResource, DeleteParameter, PutParameter};
use kagiban_ssm::webhooks::{Message, Next};
use kagiban_store::Rev;
use serde_json::{Value, json};

use crate::webhooks::{create, give_up_events, pages, told};
use crate::world::{World, scope};

const ROLE: &str = "AROAAAAAAAAAAAAAAAAAA";

fn everything() -> Value {
    json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}])
}

/// A session that `role/r` began now.
fn claims(world: &World) -> SessionClaims {
    let bearer = Bearer::Role {
        id: ROLE.to_owned(),
        session_name: "s".to_owned(),
        federation: None,
    };
    SessionClaims::new(scope().account, bearer, world.now, 3600)
}

fn put(world: &mut World, name: &str) {
    let body = json!({"Name": name, "Value": "v", "Type": "String", "Overwrite": true});
    world.claims = None;
    world.ssm::<PutParameter>("root", body).unwrap();
}

/// What the webhook `a` has to tell of everything since it was made.
fn next(world: &World) -> Option<Message> {
    let webhook = world.ssm.webhooks(scope()).unwrap().get("a").unwrap();
    let next = world
        .view()
        .next_delivery(scope(), webhook, Rev(webhook.position), world.now);
    match next {
        Next::Deliver(message, _) => Some(message),
        Next::Quiet(_) => None,
    }
}

fn names(message: Option<Message>) -> Vec<String> {
    let events = message.into_iter().flat_map(|message| message.events);
    events.map(|told| told.name.into()).collect()
}

fn still(world: &World, message: &Message) -> Option<Message> {
    let webhook = world.ssm.webhooks(scope()).unwrap().get("a").unwrap();
    world.view().still_told(scope(), webhook, message, world.now)
}

#[test]
fn who_is_bounded_by_a_session_makes_none() {
    let mut world = World::new();
    world.may("role/r", everything());
    let narrowed: [fn(&mut SessionClaims); 3] = [
        |claims| {
            let policy = json!({"Version": "2012-10-17", "Statement": everything()});
            claims.policy = Some(policy.to_string());
        },
        |claims| {
            let policy = "arn:aws:iam::aws:policy/AdministratorAccess";
            claims.policy_arns = vec![policy.parse().unwrap()];
        },
        |claims| {
            let node = "arn:aws:ssm:us-east-1:111122223333:managed-instance/mi-00000000000000000";
            claims.source_instance = Some(node.parse().unwrap());
        },
    ];
    for narrow in narrowed {
        let mut claims = claims(&world);
        narrow(&mut claims);
        world.claims = Some(claims);
        let refused = create(&mut world, "role/r", "a").unwrap_err();
        assert!(refused.starts_with("InvalidInputException: "), "{refused}");
    }
}

#[test]
fn a_namesake_of_its_maker_gives_it_no_life() {
    let mut world = World::new();
    world.may("alice", everything());
    create(&mut world, "alice", "a").unwrap();
    put(&mut world, "/app/x");
    assert_eq!(names(next(&world)), ["/app/x"]);
    world.remove("alice");
    assert_eq!(names(next(&world)), [""; 0]);
    world.user_id = "AIDABBBBBBBBBBBBBBBBB";
    world.may("alice", everything());
    assert_eq!(names(next(&world)), [""; 0]);

    world.ssm::<DeleteWebhook>("root", json!({"Name": "a"})).unwrap();
    world.may("role/r", everything());
    world.claims = Some(claims(&world));
    create(&mut world, "role/r", "a").unwrap();
    put(&mut world, "/app/x");
    assert_eq!(names(next(&world)), ["/app/x"]);
    world.remove("role/r");
    assert_eq!(names(next(&world)), [""; 0]);
}

#[test]
fn its_makers_session_is_remembered() {
    let mut world = World::new();
    let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let only_when = |operator: &str, key: &str, value: Value| {
        let read = "arn:aws:ssm:*:*:parameter/app/guarded";
        json!([
            {"Effect": "Allow", "Action": ["kagiban:*", "ssm:GetParametersByPath"], "Resource": "*"},
            {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": read, "Condition": {operator: {key: value}}},
        ])
    };
    let tag = |claims: &mut SessionClaims| {
        claims.tags = serde_json::from_value(json!([{"key": "team", "value": "red"}])).unwrap();
    };
    world.may("role/r", json!([allow]));
    let mut agreed = claims(&world);
    tag(&mut agreed);
    agreed.mfa = Some(world.now);
    agreed.source_identity = Some("carol".to_owned());
    world.claims = Some(agreed);
    create(&mut world, "role/r", "a").unwrap();
    put(&mut world, "/app/guarded");
    for (operator, key, value, expected) in [
        ("StringEquals", "aws:PrincipalTag/team", json!("red"), true),
        ("StringEquals", "aws:PrincipalTag/team", json!("blue"), false),
        ("StringEquals", "aws:SourceIdentity", json!("carol"), true),
        ("StringEquals", "aws:SourceIdentity", json!("dave"), false),
        ("Bool", "aws:MultiFactorAuthPresent", json!("true"), true),
        ("Bool", "aws:MultiFactorAuthPresent", json!("false"), false),
    ] {
        world.may("role/r", only_when(operator, key, value));
        assert_eq!(!names(next(&world)).is_empty(), expected, "{operator} {key}");
    }

    // As AWSRevokeOlderSessions has it; long after the session itself has ended.
    world.now = world.now.plus(Duration::from_secs(86_400));
    let revoked = |until: Timestamp| {
        let condition = json!({"DateLessThan": {"aws:TokenIssueTime": until.iso().to_string()}});
        json!([allow, {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}])
    };
    let issued = world.now.minus(Duration::from_secs(86_400));
    world.may("role/r", revoked(issued));
    assert_eq!(names(next(&world)), ["/app/guarded"]);
    world.may("role/r", revoked(issued.plus(Duration::from_secs(1))));
    assert_eq!(names(next(&world)), [""; 0]);
}

#[test]
fn what_its_maker_may_no_longer_read_is_left_out_of_what_was_made_before() {
    let mut world = World::new();
    world.may("alice", everything());
    create(&mut world, "alice", "a").unwrap();
    put(&mut world, "/app/x");
    put(&mut world, "/app/y");
    let message = next(&world).unwrap();
    assert_eq!(names(still(&world, &message)), ["/app/x", "/app/y"]);
    let body = |message: Message| message.body("a");
    assert_eq!(still(&world, &message).map(body), Some(message.body("a")));
    let only = |path: &str| json!([{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": path}]);
    world.may("alice", only("arn:aws:ssm:*:*:parameter/app/y"));
    assert_eq!(names(still(&world, &message)), ["/app/y"]);
    world.may("alice", only("arn:aws:ssm:*:*:parameter/other"));
    assert!(still(&world, &message).is_none());
    let missed = Message {
        missed: true,
        ..message
    };
    assert_eq!(names(still(&world, &missed)), [""; 0]);
    assert!(
        still(&world, &missed).is_some(),
        "that something is missing tells no name"
    );
    world.remove("alice");
    assert!(still(&world, &missed).is_none());
}

#[test]
fn dead_letters_tell_each_reader_what_they_may_read() {
    let mut world = World::new();
    create(&mut world, "root", "a").unwrap();
    put(&mut world, "/app/x");
    put(&mut world, "/app/secret");
    let body = json!({
        "ResourceType": "Parameter", "ResourceId": "/app/secret", "Tags": [{"Key": "env", "Value": "prod"}],
    });
    world.ssm::<AddTagsToResource>("root", body).unwrap();
    put(&mut world, "/app/y");
    let events = vec![
        told("/app/x", Some(&[])),
        told("/app/secret", Some(&[])),              // has a tag now
        told("/app/gone", Some(&[("env", "prod")])), // had it when it was last seen
        told("/app/long-gone", Some(&[])),
        told("/app/unknown", None), // whose tags nobody knows
        told("/app/y", None),
    ];
    give_up_events(&mut world, 1, events);
    world.may(
        "reader",
        json!([
            {"Effect": "Allow", "Action": ["kagiban:ListDeadLetters", "ssm:GetParameter"], "Resource": "*"},
            {"Effect": "Deny", "Action": "ssm:GetParameter", "Resource": "*",
             "Condition": {"StringEquals": {"aws:ResourceTag/env": "prod"}}},
        ]),
    );
    world.may(
        "lister",
        json!([{"Effect": "Allow", "Action": "kagiban:ListDeadLetters", "Resource": "*"}]),
    );
    let mut told_to = |who: &str| {
        let letters = pages(&mut world, who, json!({"Webhook": "a"})).concat();
        let events = letters[0]["Events"].as_array().unwrap().clone();
        events
            .iter()
            .map(|event| event["Name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(told_to("reader"), ["/app/x", "/app/long-gone", "/app/y"]);
    assert_eq!(told_to("lister"), [""; 0]);
    assert_eq!(told_to("root").len(), 5);
    world
        .ssm::<DeleteParameter>("root", json!({"Name": "/app/x"}))
        .unwrap();
    let letters = pages(&mut world, "reader", json!({"Webhook": "a"})).concat();
    assert_eq!(
        letters[0]["Events"].as_array().unwrap().len(),
        3,
        "what was deleted is known still"
    );
}
