//! Condition operators, keys that are absent, and keys with several values.

use crate::callers::{SESSION, alice, session};
use crate::scene::{Scene, allow_all, deny, parameter, scene, when, with_element};

fn request() -> Scene {
    scene(alice(), "ssm:GetParameter", &parameter("x"))
}

/// `Allow *` under one condition.
fn only(operator: &str, key: &str, value: &str) -> Scene {
    request().identity(&[when(allow_all(), operator, key, value)])
}

/// `Allow *`, and `Deny *` under one condition.
fn except(operator: &str, key: &str, value: &str) -> Scene {
    request().identity(&[allow_all(), when(deny("*", "*"), operator, key, value)])
}

const MFA: &str = "aws:MultiFactorAuthPresent";

#[test]
fn texts_mind_their_case_unless_told_otherwise() {
    let env = "aws:PrincipalTag/env";
    only("StringLike", env, "pro*")
        .with(env, "Prod")
        .expect("IMPL identity");
    only("StringLike", env, "pro*").with(env, "prod").expect("ALLOW");
    only("StringEqualsIgnoreCase", env, "prod")
        .with(env, "Prod")
        .expect("ALLOW");
    only("StringEquals", env, "pro*")
        .with(env, "prod")
        .expect("IMPL identity");
}

#[test]
fn truth_values() {
    except("Bool", "aws:SecureTransport", "false")
        .with("aws:SecureTransport", "false")
        .expect("EXPL identity");
    only("Bool", MFA, "true").expect("IMPL identity");
    except("BoolIfExists", MFA, "false").expect("EXPL identity");
    except("Bool", MFA, "false").expect("ALLOW");
    except("Bool", MFA, "false")
        .with(MFA, "False")
        .expect("EXPL identity");
    only("Bool", MFA, "[true]").with(MFA, "true").expect("ALLOW");
}

#[test]
fn null_asks_whether_the_key_is_there() {
    let issued = "aws:TokenIssueTime";
    only("Null", issued, "true").expect("ALLOW");
    only("Null", issued, "true")
        .with(issued, "2026-01-01T00:00:00Z")
        .expect("IMPL identity");
    only("Null", issued, "false")
        .with(issued, "2026-01-01T00:00:00Z")
        .expect("ALLOW");
}

#[test]
fn addresses_lie_in_networks() {
    let from = |address: &str| {
        only("IpAddress", "aws:SourceIp", r#"["10.0.0.0/8","2001:db8::/32"]"#).with("aws:SourceIp", address)
    };
    from("10.1.2.3").expect("ALLOW");
    from("2001:db8::1").expect("ALLOW");
    from("11.0.0.1").expect("IMPL identity");
    // A call that a service makes for the user has no source address.
    except("NotIpAddress", "aws:SourceIp", "10.0.0.0/8").expect("EXPL identity");
    let guarded = r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"},"Bool":{"aws:ViaAWSService":"false"}}"#;
    request()
        .identity(&[allow_all(), with_element(deny("*", "*"), "Condition", guarded)])
        .with("aws:ViaAWSService", "true")
        .expect("ALLOW");
}

#[test]
fn arns_are_compared_part_by_part() {
    let principal = |value: &str| {
        scene(session(), "ssm:GetParameter", &parameter("x"))
            .identity(&[when(allow_all(), "ArnLike", "aws:PrincipalArn", value)])
            .with("aws:PrincipalArn", "arn:aws:iam::111122223333:role/app")
    };
    principal("arn:aws:iam::*:role/a*").expect("ALLOW");
    principal(SESSION).expect("IMPL identity");
    only("ArnLike", "t:k", "notanarn")
        .with("t:k", "notanarn")
        .expect("IMPL identity");
    let own = only("ArnEquals", "t:k", "arn:aws:iam::${aws:PrincipalAccount}:role/*");
    let own = own.with("aws:PrincipalAccount", "111122223333");
    own.with("t:k", "arn:aws:iam::111122223333:role/x")
        .expect("ALLOW");
}

#[test]
fn bytes_are_compared_decoded() {
    only("BinaryEquals", "t:k", "QUJD")
        .with("t:k", "QUJD")
        .expect("ALLOW");
    only("BinaryEquals", "t:k", "QUJD")
        .with("t:k", "QUJE")
        .expect("IMPL identity");
}

#[test]
fn a_plain_operator_reads_several_values_as_any_or_none() {
    only("StringEquals", "t:k", "a")
        .with_all("t:k", ["a", "c"])
        .expect("ALLOW");
    only("StringNotEquals", "t:k", "a")
        .with_all("t:k", ["a", "c"])
        .expect("IMPL identity");
    only("StringNotEquals", "t:k", "a")
        .with_all("t:k", ["b", "c"])
        .expect("ALLOW");
}

#[test]
fn tag_keys_ignore_case() {
    only("StringEquals", "aws:RequestTag/Env", "dev").expect("IMPL identity");
    only("StringEquals", "aws:ResourceTag/env", "dev")
        .with("aws:ResourceTag/Env", "dev")
        .expect("ALLOW");
    only("StringEquals", "AWS:UserName", "alice")
        .with("aws:username", "alice")
        .expect("ALLOW");
}

#[test]
fn values_may_hold_variables() {
    let own = only("StringEquals", "aws:ResourceTag/owner", "${aws:username}").with("aws:username", "alice");
    own.with("aws:ResourceTag/owner", "alice").expect("ALLOW");
    let absent = || only("StringEquals", "t:k", "${t:absent}").with("t:k", "");
    assert_eq!(absent().verdict(), "IMPL identity");
    assert_eq!(
        only("StringNotEquals", "t:k", "${t:absent}")
            .with("t:k", "x")
            .verdict(),
        "IMPL identity"
    );
    assert_eq!(
        except("StringNotEquals", "t:k", "${t:absent}")
            .with("t:k", "x")
            .verdict(),
        "EXPL identity"
    );
}

#[test]
fn nonsense_never_grants_and_never_hides_a_deny() {
    for (operator, value) in [
        ("NumericEquals", "many"),
        ("IpAddress", "10.0.0.*"),
        ("DateLessThan", "soon"),
    ] {
        assert_eq!(
            only(operator, "t:k", value).with("t:k", value).verdict(),
            "IMPL identity",
            "{operator}"
        );
    }
    for (operator, value) in [
        ("NumericNotEquals", "5"),
        ("NotIpAddress", "10.0.0.0/8"),
        ("StringNotEquals", "[]"),
    ] {
        assert_eq!(
            only(operator, "t:k", value).with("t:k", "nonsense").verdict(),
            "IMPL identity",
            "{operator}"
        );
        assert_eq!(
            except(operator, "t:k", value).with("t:k", "nonsense").verdict(),
            "EXPL identity",
            "{operator}"
        );
    }
}
