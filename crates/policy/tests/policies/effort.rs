//! Statements that would take too much work: they never grant, and they deny if that is their effect.

use std::time::{Duration, Instant};

use crate::callers::{ROLE, alice};
use crate::scene::{Scene, allow, allow_all, deny, parameter, scene, statement, to, when};

const KEY: &str = "t:k";

/// Thirty thousand bytes that match no run of `a`, each place of which has to be tried.
fn costly() -> String {
    format!("*{}b", "a?".repeat(15_000))
}

fn request() -> Scene {
    scene(alice(), "ssm:GetParameter", &parameter("x"))
}

fn resource() -> Scene {
    scene(alice(), "ssm:GetParameter", &parameter(&"a".repeat(60_000)))
}

/// The verdicts of one condition in the only `Allow`, and in a `Deny` next to an `Allow`.
fn both(operator: &str, value: &str, given: &[&str]) -> [String; 2] {
    let verdict = |statements: &[String]| {
        let scene = request().identity(statements);
        scene.with_all(KEY, given.iter().copied()).verdict()
    };
    let allowing = when(allow_all(), operator, KEY, value);
    let denying = when(deny("*", "*"), operator, KEY, value);
    [verdict(&[allowing]), verdict(&[allow_all(), denying])]
}

const REFUSED: [&str; 2] = ["IMPL identity", "EXPL identity"];

#[test]
fn a_costly_pattern_refuses_under_every_operator() {
    let given = "a".repeat(60_000);
    for operator in [
        "StringLike",
        "StringNotLike",
        "StringLikeIfExists",
        "ForAnyValue:StringLike",
        "ForAnyValue:StringNotLike",
        "ForAllValues:StringLike",
        "ForAllValues:StringNotLike",
    ] {
        assert_eq!(both(operator, &costly(), &[&given]), REFUSED, "{operator}");
    }
    let arn = parameter(&given);
    for operator in ["ArnLike", "ArnNotLike"] {
        assert_eq!(
            both(operator, &parameter(&costly()), &[&arn]),
            REFUSED,
            "{operator}"
        );
    }
    assert_eq!(
        both("StringLike", &format!("{}${{*}}", costly()), &[&given]),
        REFUSED
    );
}

#[test]
fn a_value_that_is_too_long_refuses_whatever_the_pattern() {
    let given = "a".repeat(900_000);
    for operator in [
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringLike",
    ] {
        assert_eq!(both(operator, "b", &[&given]), REFUSED, "{operator}");
    }
    let filled = request().with("t:long", &given).with(KEY, "x");
    let denying = when(deny("*", "*"), "StringEquals", KEY, "${t:long}");
    let denied = filled.identity(&[allow_all(), denying]);
    assert_eq!(denied.verdict(), "EXPL identity");
}

#[test]
fn many_values_against_many_patterns_refuse() {
    let patterns: Vec<String> = (0..5_000).map(|n| format!("\"?*{n}\"")).collect();
    let patterns = format!("[{}]", patterns.join(","));
    let given = vec!["aaaaaaaa"; 100_000];
    for operator in ["ForAnyValue:StringLike", "ForAllValues:StringNotLike"] {
        assert_eq!(both(operator, &patterns, &given), REFUSED, "{operator}");
    }
}

#[test]
fn a_costly_resource_refuses_inverted_or_not() {
    let costly = parameter(&costly());
    for element in ["Resource", "NotResource"] {
        let quoted = format!("\"{costly}\"");
        let with = |effect| statement(effect, &[("Action", "\"*\""), (element, &quoted)]);
        assert_eq!(resource().identity(&[with("Allow")]).verdict(), REFUSED[0]);
        let denied = resource().identity(&[allow_all(), with("Deny")]);
        assert_eq!(denied.verdict(), REFUSED[1]);
    }
}

#[test]
fn a_costly_action_refuses_inverted_or_not() {
    let asked = || scene(alice(), &format!("ssm:{}", "a".repeat(60_000)), "*");
    for element in ["Action", "NotAction"] {
        let quoted = format!("\"ssm:{}\"", costly());
        let with = |effect| statement(effect, &[(element, &quoted), ("Resource", "\"*\"")]);
        assert_eq!(asked().identity(&[with("Allow")]).verdict(), REFUSED[0]);
        let denied = asked().identity(&[allow_all(), with("Deny")]);
        assert_eq!(denied.verdict(), REFUSED[1]);
    }
}

#[test]
fn what_was_given_up_on_one_statement_does_not_touch_the_plain_ones() {
    let costly = allow("*", &parameter(&costly()));
    let allowed = resource().identity(&[costly, allow("ssm:*", "*")]);
    assert_eq!(allowed.verdict(), "ALLOW");
}

#[test]
fn a_costly_denial_of_somebody_else_denies_nobody() {
    let denying = to(deny("*", &parameter(&costly())), ROLE);
    let allowed = resource().identity(&[allow_all()]).resource_policy(&[denying]);
    assert_eq!(allowed.verdict(), "ALLOW");
}

#[test]
fn a_hostile_decision_ends_soon() {
    let given = "a".repeat(60_000);
    let patterns = vec![format!("\"*{}b\"", "a?".repeat(1_000)); 50].join(",");
    let start = Instant::now();
    assert_eq!(both("StringLike", &format!("[{patterns}]"), &[&given]), REFUSED);
    assert!(start.elapsed() < Duration::from_secs(5));
}
