//! What a policy may say and how long it may be, in AWS's words.

use crate::operations::{CreatePolicy, CreateRole, PutUserPolicy};
use crate::testing::{A, World, document, trusting};
use crate::wire;

fn text(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn policy(document: String) -> wire::CreatePolicyRequest {
    wire::CreatePolicyRequest {
        policy_name: text("p"),
        policy_document: Some(document),
        ..Default::default()
    }
}

fn role(document: String) -> wire::CreateRoleRequest {
    wire::CreateRoleRequest {
        role_name: text("app"),
        assume_role_policy_document: Some(document),
        ..Default::default()
    }
}

#[test]
fn what_is_no_identity_policy_is_refused_in_awss_words() {
    let mut world = World::new();
    let root = World::root(A);
    for (statement, sentence) in [
        (
            r#"{"Effect":"Allow","Action":"GetUser","Resource":"*"}"#,
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            r#"{"Effect":"Allow","Action":"iam:*","Resource":"everything"}"#,
            r#"Resource everything must be in ARN format or "*"."#,
        ),
        (
            r#"{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam"}"#,
            "The policy failed legacy parsing",
        ),
        (
            r#"{"Effect":"Allow","Action":"iam:*","NotAction":"iam:*","Resource":"*"}"#,
            "Syntax errors in policy.",
        ),
    ] {
        assert_eq!(
            world.refused::<CreatePolicy>(&root, policy(document(statement))),
            format!("MalformedPolicyDocument: {sentence}")
        );
    }
}

#[test]
fn what_is_no_trust_policy_is_refused_in_awss_words() {
    let mut world = World::new();
    let root = World::root(A);
    let nobody = "arn:aws:iam::111122223333:user/nobody";
    let with_resource = r#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}"#;
    for (document, sentence) in [
        ("{".to_owned(), "This policy contains invalid Json".to_owned()),
        (
            document(with_resource),
            "Has prohibited field Resource".to_owned(),
        ),
        (
            document(&trusting(nobody)),
            format!(r#"Invalid principal in policy: "AWS":"{nobody}""#),
        ),
    ] {
        assert_eq!(
            world.refused::<CreateRole>(&root, role(document)),
            format!("MalformedPolicyDocument: {sentence}")
        );
    }
}

#[test]
fn a_trust_policy_and_inline_policies_have_limits_that_white_space_does_not_count_for() {
    let mut world = World::new();
    let root = World::root(A);
    world.user("alice");
    let trust = |n: usize| {
        document(&trusting(A).replace(r#""Effect""#, &format!(r#""Sid":"{}","Effect""#, "a".repeat(n))))
    };
    assert_eq!(
        world.refused::<CreateRole>(&root, role(trust(2048))),
        "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048"
    );
    let padded = format!("{}{}", " ".repeat(2048), trust(1500));
    world.run::<CreateRole>(&root, role(padded)).unwrap();
    let put = |n: usize| wire::PutUserPolicyRequest {
        user_name: text("alice"),
        policy_name: text("p"),
        policy_document: Some(document(&format!(
            r#"{{"Sid":"{}","Effect":"Allow","Action":"iam:*","Resource":"*"}}"#,
            "a".repeat(n)
        ))),
    };
    assert_eq!(
        world.refused::<PutUserPolicy>(&root, put(2048)),
        "LimitExceeded: Maximum policy size of 2048 bytes exceeded for user alice"
    );
    world.run::<PutUserPolicy>(&root, put(1500)).unwrap();
}
