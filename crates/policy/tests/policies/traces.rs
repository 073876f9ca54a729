//! What an explanation shows.

use kagiban_policy::{Deciding, Effect, Place, PolicyType, Reason, Refusal, Unmet, Verdict, decide, explain};

use crate::callers::{ALICE, BOB, alice, session};
use crate::scene::{allow, allow_all, deny, parameter, scene, to, when, with_element};

#[test]
fn a_verdict_names_the_statement_it_rests_on() {
    let named = with_element(allow("ssm:GetParameter", "*"), "Sid", "\"Read\"");
    let scene = scene(alice(), "ssm:GetParameter", &parameter("x")).identity(&[allow("kms:*", "*"), named]);
    scene.ask(|question| {
        let expected = Deciding {
            policy_type: PolicyType::Identity,
            source: "p",
            sid: Some("Read"),
            index: 1,
            effect: Effect::Allow,
        };
        assert_eq!(decide(question), Verdict::Allow(Reason::Statement(expected)));
    });
}

#[test]
fn every_statement_that_applies_is_shown_with_its_place() {
    let scene = scene(alice(), "ssm:GetParameter", &parameter("x"))
        .identity_document(
            "{\"Version\":\"2012-10-17\",\n \"Statement\":[\n  {\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
        )
        .boundary(&[allow_all(), deny("ssm:*", "*")]);
    scene.ask(|question| {
        let trace = explain(question);
        assert_eq!(trace.verdict, decide(question));
        let shown: Vec<_> = trace
            .matched
            .iter()
            .map(|m| (m.statement.policy_type, m.statement.index))
            .collect();
        assert_eq!(
            shown,
            [
                (PolicyType::Identity, 0),
                (PolicyType::Boundary, 0),
                (PolicyType::Boundary, 1)
            ]
        );
        assert_eq!(trace.matched[0].start, Place { line: 3, column: 3 });
        assert_eq!(trace.matched[0].end, Place { line: 3, column: 49 });
    });
}

#[test]
fn keys_that_were_asked_for_and_absent_are_listed_once() {
    let conditional = when(
        allow("ssm:*", "*"),
        "StringEquals",
        "aws:RequestTag/Env",
        "${aws:PrincipalTag/env}",
    );
    let elsewhere = when(allow("kms:*", "*"), "StringEquals", "kms:ViaService", "x");
    let scene = scene(session(), "ssm:GetParameter", &parameter("x"))
        .identity(&[conditional.clone(), conditional, elsewhere])
        .identity(&[allow("ssm:*", &parameter("${aws:username}/*"))])
        .with("aws:PrincipalTag/env", "dev");
    scene.ask(|question| {
        assert_eq!(
            explain(question).missing_keys,
            ["aws:RequestTag/Env", "aws:username"]
        );
    });
}

#[test]
fn a_refusal_reads_as_aws_writes_it() {
    let scene = scene(alice(), "ssm:GetParameter", &parameter("x")).session(&[deny("*", "*")]);
    scene.ask(|question| {
        let Verdict::Deny(denial) = decide(question) else { panic!("denied") };
        assert!(matches!(denial.refusal, Refusal::Explicit(_)));
        assert_eq!(
            denial.sentence(ALICE, question.action, question.resource),
            "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: ssm:GetParameter on resource: \
             arn:aws:ssm:us-east-1:111122223333:parameter/x with an explicit deny in a session policy"
        );
    });
}

#[test]
fn a_near_miss_tells_which_part_of_a_statement_fails() {
    let wrong_value = when(allow("ssm:*", "*"), "StringEquals", "aws:PrincipalTag/Env", "dev");
    let no_value = when(allow("ssm:*", "*"), "Bool", "aws:MultiFactorAuthPresent", "true");
    let both = when(
        allow("ssm:*", &parameter("y")),
        "StringLike",
        "aws:PrincipalTag/Env",
        "dev*",
    );
    let statements = [
        both,
        allow("kms:*", "*"),
        deny("ssm:*", &parameter("y")),
        wrong_value,
        no_value,
    ];
    let scene = scene(alice(), "ssm:GetParameter", &parameter("x"))
        .identity(&statements)
        .with("aws:PrincipalTag/env", "prod");
    scene.ask(|question| {
        let condition = |operator, key, present| Unmet::Condition {
            operator,
            key,
            present,
        };
        let near = explain(question).near;
        let shown: Vec<_> = near
            .iter()
            .map(|n| (n.statement.index, n.unmet.as_slice()))
            .collect();
        assert_eq!(
            shown,
            [
                (3, &[condition("StringEquals", "aws:PrincipalTag/Env", true)][..]),
                (4, &[condition("Bool", "aws:MultiFactorAuthPresent", false)]),
                (
                    0,
                    &[
                        Unmet::Resource,
                        condition("StringLike", "aws:PrincipalTag/Env", true)
                    ]
                ),
            ]
        );
        assert_eq!(near[2].start, Place { line: 1, column: 38 });
    });
}

#[test]
fn a_resource_policy_misses_whom_it_does_not_name() {
    let scene = scene(alice(), "kms:Decrypt", "*").key_policy(&[to(allow_all(), BOB)]);
    scene.ask(|question| {
        let near = explain(question).near;
        assert_eq!(near[0].statement.policy_type, PolicyType::Resource);
        assert_eq!(near[0].unmet, [Unmet::Principal]);
    });
}

#[test]
fn a_statement_that_applies_is_no_near_miss() {
    let scene = scene(alice(), "ssm:GetParameter", &parameter("x")).identity(&[allow_all()]);
    scene.ask(|question| assert!(explain(question).near.is_empty()));
}
