//! Every condition key that a request carries, each in a policy that decides by it.

use std::net::IpAddr;

use crate::operations::{GetUser, ListRoles, TagUser};
use crate::sts::GetFederationToken;
use crate::sts::GetSessionToken;
use crate::sts::wire::{AssumeRoleRequest, GetFederationTokenRequest, Tag};
use crate::testing::{A, Credentials, World, allowing, document, trusting};
use crate::wire;

/// A statement that allows reading users under one condition.
fn reading_if(condition: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Action":["iam:GetUser","iam:ListRoles","iam:TagUser"],"Resource":"*","Condition":{condition}}}"#
    )
}

fn get_alice() -> wire::GetUserRequest {
    wire::GetUserRequest {
        user_name: Some("alice".to_owned()),
    }
}

/// Whether a user whose only policy has this condition may look at alice.
fn lets_alice(world: &mut World, alice: &Credentials, condition: &str) -> bool {
    world.allow(A, "alice", &reading_if(condition));
    world.run::<GetUser>(alice, get_alice()).is_ok()
}

/// Asserts for each condition on a user's own call whether it is met.
fn conditions(world: &mut World, alice: &Credentials, rows: &[(&str, bool)]) {
    for (condition, met) in rows {
        assert_eq!(lets_alice(world, alice, condition), *met, "{condition}");
    }
}

#[test]
fn keys_about_a_user_say_who_it_is() {
    let mut world = World::new();
    let alice = world.user("alice");
    let tag = wire::TagUserRequest {
        user_name: Some("alice".to_owned()),
        tags: Some(vec![wire::Tag {
            key: Some("CostCenter".to_owned()),
            value: Some("42".to_owned()),
        }]),
    };
    world.run::<TagUser>(&World::root(A), tag).unwrap();
    let id = world.caller(&alice).unwrap().user_id();
    let by_id = format!(r#"{{"StringEquals":{{"aws:userid":"{id}"}}}}"#);
    let rows = [
        (by_id.as_str(), true),
        (r#"{"StringEquals":{"aws:username":"alice"}}"#, true),
        (r#"{"StringEquals":{"AWS:UserName":"alice"}}"#, true),
        (r#"{"StringEquals":{"aws:username":"bob"}}"#, false),
        (
            r#"{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/alice"}}"#,
            true,
        ),
        (
            r#"{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#,
            true,
        ),
        (
            r#"{"StringEquals":{"aws:PrincipalAccount":"444455556666"}}"#,
            false,
        ),
        (r#"{"StringEquals":{"aws:PrincipalType":"User"}}"#, true),
        (r#"{"StringEquals":{"aws:PrincipalTag/costcenter":"42"}}"#, true),
        (r#"{"StringEquals":{"aws:PrincipalTag/COSTCENTER":"42"}}"#, true),
        (r#"{"StringEquals":{"aws:PrincipalTag/other":"42"}}"#, false),
        (r#"{"Bool":{"aws:PrincipalIsAWSService":"false"}}"#, true),
        (r#"{"Bool":{"aws:PrincipalIsAWSService":"true"}}"#, false),
    ];
    conditions(&mut world, &alice, &rows);
}

#[test]
fn keys_about_the_connection_say_how_the_request_came() {
    let mut world = World::new();
    let alice = world.user("alice");
    world.facts.source_ip = "10.1.2.3".parse::<IpAddr>().unwrap();
    world.facts.user_agent = Some("aws-cli/2".to_owned());
    world.facts.referer = Some("https://example.test/a".to_owned());
    let rows = [
        (r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, true),
        (r#"{"IpAddress":{"aws:SourceIp":"192.168.0.0/16"}}"#, false),
        (r#"{"Bool":{"aws:SecureTransport":"true"}}"#, true),
        (r#"{"StringLike":{"aws:UserAgent":"aws-cli/*"}}"#, true),
        (r#"{"StringLike":{"aws:Referer":"https://example.test/*"}}"#, true),
        (r#"{"StringLike":{"aws:Referer":"https://other.test/*"}}"#, false),
        (r#"{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}"#, true),
        (
            r#"{"DateGreaterThan":{"aws:CurrentTime":"2023-01-01T00:00:00Z"}}"#,
            true,
        ),
        (
            r#"{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}"#,
            false,
        ),
        (r#"{"DateGreaterThan":{"aws:EpochTime":"1577836800"}}"#, true),
        (r#"{"NumericLessThan":{"aws:EpochTime":"1577836800"}}"#, false),
        (r#"{"StringEquals":{"aws:ResourceAccount":"111122223333"}}"#, true),
        (r#"{"Bool":{"aws:ViaAWSService":"false"}}"#, true),
    ];
    conditions(&mut world, &alice, &rows);
}

#[test]
fn keys_of_what_is_not_there_are_absent() {
    let mut world = World::new();
    let alice = world.user("alice");
    for key in [
        "aws:PrincipalServiceName",
        "aws:SourceArn",
        "aws:SourceAccount",
        "aws:SourceVpc",
        "aws:SourceVpce",
        "aws:VpcSourceIp",
        "aws:PrincipalOrgID",
        "aws:ResourceOrgID",
        "aws:CalledViaFirst",
        "aws:SourceIdentity",
        "aws:FederatedProvider",
        "aws:Referer",
        "aws:UserAgent",
        "aws:TokenIssueTime",
        "aws:MultiFactorAuthPresent",
        "aws:MultiFactorAuthAge",
        "ec2:SourceInstanceARN",
    ] {
        let absent = format!(r#"{{"Null":{{"{key}":"true"}}}}"#);
        assert!(lets_alice(&mut world, &alice, &absent), "{key}");
        let present = format!(r#"{{"Null":{{"{key}":"false"}}}}"#);
        assert!(!lets_alice(&mut world, &alice, &present), "{key}");
    }
}

#[test]
fn keys_about_a_session_say_when_it_began_and_with_what() {
    let mut world = World::new();
    let alice = world.user("alice");
    let trust = trusting(A).replace(
        r#""sts:AssumeRole""#,
        r#"["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]"#,
    );
    world.role("app", &trust).unwrap();
    world.allow(A, "alice", &allowing("sts:*"));
    let begun = AssumeRoleRequest {
        source_identity: Some("alice".to_owned()),
        tags: Some(vec![Tag {
            key: Some("Team".to_owned()),
            value: Some("red".to_owned()),
        }]),
        ..Default::default()
    };
    let (session, _) = world.assume(&alice, "app", begun).unwrap();
    let id = world.caller(&session).unwrap().user_id();
    let by_id = format!(r#"{{"StringEquals":{{"aws:userid":"{id}"}}}}"#);
    assert!(id.ends_with(":s1"));
    for (condition, met) in [
        (by_id.as_str(), true),
        (r#"{"StringEquals":{"aws:SourceIdentity":"alice"}}"#, true),
        (r#"{"StringEquals":{"aws:PrincipalTag/team":"red"}}"#, true),
        (r#"{"StringEquals":{"aws:PrincipalType":"AssumedRole"}}"#, true),
        (
            r#"{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/app"}}"#,
            true,
        ),
        (
            r#"{"ArnEquals":{"aws:PrincipalArn":"arn:aws:sts::111122223333:assumed-role/app/s1"}}"#,
            false,
        ),
        (
            r#"{"DateGreaterThan":{"aws:TokenIssueTime":"2023-01-01T00:00:00Z"}}"#,
            true,
        ),
        (r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#, true),
        (r#"{"Null":{"aws:MultiFactorAuthAge":"true"}}"#, true),
        (r#"{"Null":{"aws:username":"true"}}"#, true),
    ] {
        let put = wire::PutRolePolicyRequest {
            role_name: Some("app".to_owned()),
            policy_name: Some("p".to_owned()),
            policy_document: Some(document(&reading_if(condition))),
        };
        world
            .run::<crate::operations::PutRolePolicy>(&World::root(A), put)
            .unwrap();
        assert_eq!(
            world.run::<GetUser>(&session, get_alice()).is_ok(),
            met,
            "{condition}"
        );
    }
}

/// Rows 35 to 40 of the evaluator's table, with a user's own key and with a session of it.
#[test]
fn a_long_term_key_knows_nothing_of_mfa_and_a_session_without_it_knows_that() {
    let mut world = World::new();
    let alice = world.user("alice");
    assert!(!lets_alice(
        &mut world,
        &alice,
        r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#
    ));
    let deny = |operator: &str| {
        format!(
            r#"{},{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"{operator}":{{"aws:MultiFactorAuthPresent":"false"}}}}}}"#,
            allowing("*")
        )
    };
    world.allow(A, "alice", &deny("BoolIfExists"));
    let refused = world.refused::<GetUser>(&alice, get_alice());
    assert!(refused.contains("with an explicit deny"), "{refused}");
    world.allow(A, "alice", &deny("Bool"));
    world.run::<GetUser>(&alice, get_alice()).unwrap();
    let made = world.run::<GetSessionToken>(&alice, Default::default()).unwrap();
    let session = Credentials::issued(made.credentials.unwrap());
    world.role("app", &trusting(A)).unwrap();
    let refused = world.assume(&session, "app", Default::default()).unwrap_err();
    assert_eq!(refused.code, "AccessDenied", "the key is there and false");
    assert!(lets_alice(
        &mut world,
        &alice,
        r#"{"Null":{"aws:TokenIssueTime":"true"}}"#
    ));
}

#[test]
fn a_federated_user_is_a_principal_of_its_own_kind() {
    let mut world = World::new();
    let alice = world.user("alice");
    world.allow(A, "alice", &allowing("*"));
    let get = GetFederationTokenRequest {
        name: Some("guest".to_owned()),
        ..Default::default()
    };
    let made = world.run::<GetFederationToken>(&alice, get).unwrap();
    let guest = world
        .caller(&Credentials::issued(made.credentials.unwrap()))
        .unwrap();
    assert_eq!(guest.user_id(), "111122223333:guest");
    assert_eq!(
        guest.principal_arn().as_str(),
        "arn:aws:sts::111122223333:federated-user/guest"
    );
}

#[test]
fn tags_in_a_request_are_keys_too() {
    let mut world = World::new();
    let alice = world.user("alice");
    let tag = |key: &str| wire::TagUserRequest {
        user_name: Some("alice".to_owned()),
        tags: Some(vec![wire::Tag {
            key: Some(key.to_owned()),
            value: Some("x".to_owned()),
        }]),
    };
    world.allow(
        A,
        "alice",
        &reading_if(r#"{"StringEquals":{"aws:RequestTag/Env":"x"}}"#),
    );
    world.run::<TagUser>(&alice, tag("env")).unwrap();
    world.refused::<TagUser>(&alice, tag("other"));
    world.allow(
        A,
        "alice",
        &reading_if(r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["env"]}}"#),
    );
    world.run::<TagUser>(&alice, tag("env")).unwrap();
    world.refused::<TagUser>(&alice, tag("other"));
    world.allow(
        A,
        "alice",
        &reading_if(r#"{"StringEquals":{"aws:ResourceTag/ENV":"x"}}"#),
    );
    world.run::<GetUser>(&alice, get_alice()).unwrap();
    world.refused::<ListRoles>(&alice, Default::default());
}
