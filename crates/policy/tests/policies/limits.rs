//! Boundaries, session policies, the organization, and the root user.

use crate::callers::{alice, federated, root, session};
use crate::scene::{Scene, allow, allow_all, deny, parameter, scene};

fn read() -> Scene {
    scene(session(), "ssm:GetParameter", &parameter("x"))
}

#[test]
fn a_boundary_limits_and_grants_nothing() {
    scene(alice(), "iam:CreateUser", "arn:aws:iam::111122223333:user/x")
        .identity(&[allow(r#"["ssm:*","iam:*"]"#, "*")])
        .boundary(&[allow("ssm:*", "*")])
        .expect("IMPL boundary");
    scene(alice(), "ssm:GetParameter", &parameter("x"))
        .boundary(&[allow_all()])
        .expect("IMPL identity");
    read()
        .identity(&[allow_all()])
        .boundary(&[allow_all(), deny("ssm:*", "*")])
        .expect("EXPL boundary");
}

#[test]
fn session_policies_intersect_with_the_role() {
    let put = scene(session(), "ssm:PutParameter", &parameter("x"));
    put.identity(&[allow("ssm:*", "*")])
        .session(&[allow("ssm:Get*", "*")])
        .expect("IMPL session");
    let forbidden = [allow("ssm:Get*", "*"), deny("ssm:GetParameter", &parameter("x"))];
    read()
        .identity(&[allow("ssm:*", "*")])
        .session(&forbidden)
        .expect("EXPL session");
    read().session(&[allow_all()]).expect("IMPL identity");
}

#[test]
fn several_session_policies_are_a_union() {
    let both = read()
        .session(&[allow("kms:*", "*")])
        .session(&[allow("ssm:*", "*")]);
    assert_eq!(both.identity(&[allow_all()]).verdict(), "ALLOW");
}

#[test]
fn an_organization_must_allow() {
    read()
        .identity(&[allow_all()])
        .service_control(&[deny("iam:*", "*")])
        .expect("IMPL servicecontrol");
    read()
        .identity(&[allow_all()])
        .service_control(&[allow_all()])
        .expect("ALLOW");
    let root = || scene(root(), "ssm:GetParameter", &parameter("x"));
    root()
        .service_control(&[deny("*", "*")])
        .expect("EXPL servicecontrol");
}

#[test]
fn the_root_user_needs_no_policy_and_heeds_none_of_its_account() {
    let put = || scene(root(), "ssm:PutParameter", &parameter("x"));
    put().expect("ALLOW");
    put()
        .identity(&[deny("*", "*")])
        .boundary(&[deny("*", "*")])
        .expect("ALLOW");
}

#[test]
fn a_federated_user_has_what_user_and_session_policy_share() {
    let read = || scene(federated(), "ssm:GetParameter", &parameter("x")).identity(&[allow_all()]);
    read().expect("IMPL session");
    read().session(&[allow("ssm:*", "*")]).expect("ALLOW");
    read().session(&[allow("kms:*", "*")]).expect("IMPL session");
}

#[test]
fn what_needs_no_permission_cannot_be_denied() {
    let whoami = scene(alice(), "sts:GetCallerIdentity", "*").identity(&[deny("*", "*")]);
    whoami.exempt().expect("ALLOW");
}
