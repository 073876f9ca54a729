//! Actions, resources and variables, in identity policies alone.

use crate::callers::alice;
use crate::scene::{Scene, allow, allow_all, deny, parameter, scene, statement};

fn reads(name: &str) -> Scene {
    scene(alice(), "ssm:GetParameter", &parameter(name))
}

#[test]
fn a_resource_is_covered_or_not() {
    let app = [allow("ssm:GetParameter", &parameter("app/*"))];
    reads("app/x").identity(&app).expect("ALLOW");
    reads("other").identity(&app).expect("IMPL identity");
    reads("app")
        .identity(&[allow("ssm:*", &parameter("App"))])
        .expect("IMPL identity");
    reads("app12")
        .identity(&[allow("ssm:*", &parameter("app?"))])
        .expect("IMPL identity");
    let anywhere = allow("ssm:*", "arn:aws:ssm:*:111122223333:parameter/app/*");
    scene(
        alice(),
        "ssm:GetParameter",
        "arn:aws:ssm:eu-west-1:111122223333:parameter/app/a/b",
    )
    .identity(&[anywhere])
    .expect("ALLOW");
}

#[test]
fn a_resource_with_two_names_is_covered_by_either() {
    let both = || reads("name").also_called(&parameter("alias"));
    let not = |effect: &str, name: &str| {
        let resource = parameter(name);
        format!(r#"{{"Effect":"{effect}","Action":"ssm:*","NotResource":"{resource}"}}"#)
    };
    for name in ["name", "alias"] {
        both()
            .identity(&[allow("ssm:*", &parameter(name))])
            .expect("ALLOW");
        both()
            .identity(&[allow_all(), deny("ssm:*", &parameter(name))])
            .expect("EXPL identity");
        // Neither narrows a deny nor widens an allow of all but one.
        both().identity(&[allow_all(), not("Deny", name)]).expect("ALLOW");
        both().identity(&[not("Allow", name)]).expect("IMPL identity");
    }
    both()
        .identity(&[allow("ssm:*", &parameter("other"))])
        .expect("IMPL identity");
}

#[test]
fn an_action_without_a_resource_of_its_own_needs_a_star() {
    let describe = |resource: &str| scene(alice(), "ssm:DescribeParameters", resource);
    let narrow = [allow("ssm:DescribeParameters", &parameter("app/*"))];
    describe("arn:aws:ssm:us-east-1:111122223333:*")
        .identity(&narrow)
        .expect("IMPL identity");
    describe("*").identity(&narrow).expect("IMPL identity");
    describe("*")
        .identity(&[allow("ssm:*", "arn:aws:ssm:*")])
        .expect("IMPL identity");
    describe("*").identity(&[allow_all()]).expect("ALLOW");
}

#[test]
fn a_deny_wins_wherever_it_stands() {
    let delete = || scene(alice(), "ssm:DeleteParameter", &parameter("x"));
    let forbid = deny("ssm:DeleteParameter", "*");
    delete()
        .identity(&[allow_all(), forbid.clone()])
        .expect("EXPL identity");
    delete()
        .identity(&[forbid.clone(), allow_all()])
        .expect("EXPL identity");
    delete()
        .identity(&[allow_all()])
        .identity(&[forbid])
        .expect("EXPL identity");
    reads("x")
        .identity(&[allow_all()])
        .identity(&[deny("ssm:*", "*")])
        .expect("EXPL identity");
}

#[test]
fn what_fills_a_variable_is_literal() {
    let team = [allow("ssm:*", &parameter("${aws:PrincipalTag/team}/*"))];
    let tagged = |name: &str, team: &str| reads(name).with("aws:PrincipalTag/team", team);
    tagged("red/x", "red").identity(&team).expect("ALLOW");
    tagged("blue/x", "*").identity(&team).expect("IMPL identity");
    tagged("*/x", "*").identity(&team).expect("ALLOW");
    reads("/x").identity(&team).expect("IMPL identity");
    let default = [allow("ssm:*", &parameter("${aws:PrincipalTag/team, 'none'}/*"))];
    reads("none/x").identity(&default).expect("ALLOW");
    let star = [allow("ssm:*", &parameter("a${*}b"))];
    reads("axb").identity(&star).expect("IMPL identity");
    reads("a*b").identity(&star).expect("ALLOW");
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
