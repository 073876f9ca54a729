//! Actions, resources and variables, in identity policies alone.

use crate::callers::{alice, session};
use crate::scene::{Scene, allow, allow_all, deny, parameter, scene, statement};

fn reads(name: &str) -> Scene {
    scene(alice(), "ssm:GetParameter", &parameter(name))
}

#[test]
fn a_resource_is_covered_or_not() {
    let app = [allow("ssm:GetParameter", &parameter("app/*"))];
    reads("app/x").identity(&app).expect(1, "ALLOW");
    reads("other").identity(&app).expect(2, "IMPL identity");
    reads("app")
        .identity(&[allow("ssm:*", &parameter("App"))])
        .expect(12, "IMPL identity");
    reads("app12")
        .identity(&[allow("ssm:*", &parameter("app?"))])
        .expect(14, "IMPL identity");
    let anywhere = allow("ssm:*", "arn:aws:ssm:*:111122223333:parameter/app/*");
    scene(
        alice(),
        "ssm:GetParameter",
        "arn:aws:ssm:eu-west-1:111122223333:parameter/app/a/b",
    )
    .identity(&[anywhere])
    .expect(13, "ALLOW");
}

#[test]
fn an_action_without_a_resource_of_its_own_needs_a_star() {
    let describe = |resource: &str| scene(alice(), "ssm:DescribeParameters", resource);
    let narrow = [allow("ssm:DescribeParameters", &parameter("app/*"))];
    describe("arn:aws:ssm:us-east-1:111122223333:*")
        .identity(&narrow)
        .expect(15, "IMPL identity");
    describe("*").identity(&narrow).expect(15, "IMPL identity");
    describe("*")
        .identity(&[allow("ssm:*", "arn:aws:ssm:*")])
        .expect(15, "IMPL identity");
    describe("*").identity(&[allow_all()]).expect(15, "ALLOW");
}

#[test]
fn actions_ignore_case_and_take_wildcards() {
    reads("x")
        .identity(&[allow("SSM:getparameter", "*")])
        .expect(3, "ALLOW");
    let by_path = scene(alice(), "ssm:GetParametersByPath", &parameter("x"));
    by_path.identity(&[allow("ssm:Get*", "*")]).expect(4, "ALLOW");
    let plural = scene(alice(), "ssm:GetParameters", &parameter("x"));
    plural
        .identity(&[allow("ssm:Get?arameter", "*")])
        .expect(5, "IMPL identity");
}

#[test]
fn a_deny_wins_wherever_it_stands() {
    let delete = || scene(alice(), "ssm:DeleteParameter", &parameter("x"));
    let forbid = deny("ssm:DeleteParameter", "*");
    delete()
        .identity(&[allow_all(), forbid.clone()])
        .expect(6, "EXPL identity");
    delete()
        .identity(&[forbid.clone(), allow_all()])
        .expect(6, "EXPL identity");
    delete()
        .identity(&[allow_all()])
        .identity(&[forbid])
        .expect(66, "EXPL identity");
    reads("x")
        .identity(&[allow_all()])
        .identity(&[deny("ssm:*", "*")])
        .expect(66, "EXPL identity");
}

#[test]
fn not_action_is_everything_else() {
    let not = |effect, action: &str| {
        statement(
            effect,
            &[("NotAction", &format!("\"{action}\"")), ("Resource", "\"*\"")],
        )
    };
    let put = scene(alice(), "ssm:PutParameter", &parameter("x")).identity(&[not("Allow", "iam:*")]);
    put.expect(7, "ALLOW");
    let create = scene(alice(), "iam:CreateUser", "*").identity(&[not("Allow", "iam:*")]);
    create.expect(8, "IMPL identity");
    reads("x")
        .identity(&[allow_all(), not("Deny", "sts:*")])
        .expect(9, "EXPL identity");
}

#[test]
fn not_resource_is_everything_else() {
    let secret = format!("\"{}\"", parameter("secret/*"));
    let others = [statement(
        "Allow",
        &[("Action", "\"ssm:*\""), ("NotResource", &secret)],
    )];
    reads("secret/x").identity(&others).expect(10, "IMPL identity");
    reads("app").identity(&others).expect(11, "ALLOW");
}

#[test]
fn variables_live_in_the_newer_version_only() {
    let user = |name: &str| format!("arn:aws:iam::111122223333:user/{name}");
    let own = allow("iam:GetUser", &user("${aws:username}"));
    let gets = |name: &str| scene(alice(), "iam:GetUser", &user(name)).with("aws:username", "alice");
    gets("alice")
        .identity(std::slice::from_ref(&own))
        .expect(16, "ALLOW");
    gets("bob")
        .identity(std::slice::from_ref(&own))
        .expect(17, "IMPL identity");
    let old = format!(r#"{{"Version":"2008-10-17","Statement":{own}}}"#);
    gets("alice").identity_document(&old).expect(18, "IMPL identity");
    gets("alice")
        .identity_document(&format!(r#"{{"Statement":{own}}}"#))
        .expect(19, "IMPL identity");
    scene(session(), "iam:GetUser", &user("x"))
        .identity(&[own])
        .expect(20, "IMPL identity");
}

#[test]
fn what_fills_a_variable_is_literal() {
    let team = [allow("ssm:*", &parameter("${aws:PrincipalTag/team}/*"))];
    let tagged = |name: &str, team: &str| reads(name).with("aws:PrincipalTag/team", team);
    tagged("red/x", "red").identity(&team).expect(21, "ALLOW");
    tagged("blue/x", "*").identity(&team).expect(23, "IMPL identity");
    tagged("*/x", "*").identity(&team).expect(23, "ALLOW");
    reads("/x").identity(&team).expect(21, "IMPL identity");
    let default = [allow("ssm:*", &parameter("${aws:PrincipalTag/team, 'none'}/*"))];
    reads("none/x").identity(&default).expect(22, "ALLOW");
    let star = [allow("ssm:*", &parameter("a${*}b"))];
    reads("axb").identity(&star).expect(24, "IMPL identity");
    reads("a*b").identity(&star).expect(24, "ALLOW");
}

#[test]
fn a_variable_without_a_value_never_widens_a_statement() {
    let own = format!("\"{}\"", parameter("${aws:PrincipalTag/team}/*"));
    let others = |effect| statement(effect, &[("Action", "\"*\""), ("NotResource", &own)]);
    assert_eq!(reads("x").identity(&[others("Allow")]).verdict(), "IMPL identity");
    assert_eq!(
        reads("x").identity(&[allow_all(), others("Deny")]).verdict(),
        "EXPL identity"
    );
    let tagged = reads("x").with("aws:PrincipalTag/team", "red");
    assert_eq!(tagged.identity(&[others("Allow")]).verdict(), "ALLOW");
}

#[test]
fn a_policy_that_cannot_be_read_denies_everything() {
    assert_eq!(
        reads("x").identity(&[allow_all()]).broken_identity().verdict(),
        "EXPL identity"
    );
}
