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
fn keys_are_all_needed_and_values_are_alternatives() {
    let both = with_element(
        allow_all(),
        "Condition",
        r#"{"StringEquals":{"t:k1":"v1","t:k2":"v2"}}"#,
    );
    request()
        .identity(&[both])
        .with("t:k1", "v1")
        .expect(25, "IMPL identity");
    only("StringEquals", "t:k1", r#"["v1","v2"]"#)
        .with("t:k1", "v2")
        .expect(26, "ALLOW");
    only("StringNotEquals", "t:k1", r#"["v1","v2"]"#)
        .with("t:k1", "v2")
        .expect(27, "IMPL identity");
    only("StringNotEquals", "t:k1", r#"["v1","v2"]"#)
        .with("t:k1", "v3")
        .expect(27, "ALLOW");
}

#[test]
fn an_absent_key_fails_what_is_positive_and_passes_what_is_negative() {
    only("StringEquals", "t:k1", "v").expect(28, "IMPL identity");
    only("StringNotEquals", "t:k1", "v").expect(29, "ALLOW");
    only("StringEqualsIfExists", "t:k1", "v").expect(30, "ALLOW");
    except("StringNotEquals", "aws:RequestedRegion", "eu-west-1")
        .with("aws:RequestedRegion", "us-east-1")
        .expect(31, "EXPL identity");
}

#[test]
fn texts_mind_their_case_unless_told_otherwise() {
    let env = "aws:PrincipalTag/env";
    only("StringLike", env, "pro*")
        .with(env, "Prod")
        .expect(32, "IMPL identity");
    only("StringLike", env, "pro*")
        .with(env, "prod")
        .expect(32, "ALLOW");
    only("StringEqualsIgnoreCase", env, "prod")
        .with(env, "Prod")
        .expect(33, "ALLOW");
    only("StringEquals", env, "pro*")
        .with(env, "prod")
        .expect(32, "IMPL identity");
}

#[test]
fn truth_values() {
    except("Bool", "aws:SecureTransport", "false")
        .with("aws:SecureTransport", "false")
        .expect(34, "EXPL identity");
    only("Bool", MFA, "true").expect(35, "IMPL identity");
    except("BoolIfExists", MFA, "false").expect(36, "EXPL identity");
    except("Bool", MFA, "false").expect(37, "ALLOW");
    except("Bool", MFA, "false")
        .with(MFA, "False")
        .expect(38, "EXPL identity");
    only("Bool", MFA, "[true]").with(MFA, "true").expect(35, "ALLOW");
}

#[test]
fn null_asks_whether_the_key_is_there() {
    let issued = "aws:TokenIssueTime";
    only("Null", issued, "true").expect(39, "ALLOW");
    only("Null", issued, "true")
        .with(issued, "2026-01-01T00:00:00Z")
        .expect(39, "IMPL identity");
    only("Null", issued, "false")
        .with(issued, "2026-01-01T00:00:00Z")
        .expect(39, "ALLOW");
}

#[test]
fn numbers_and_dates_are_compared_as_such() {
    let age = || only("NumericLessThan", "aws:MultiFactorAuthAge", "3600");
    age().with("aws:MultiFactorAuthAge", "1200").expect(40, "ALLOW");
    age()
        .with("aws:MultiFactorAuthAge", "4000")
        .expect(40, "IMPL identity");
    age().expect(40, "IMPL identity");
    only("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z")
        .with("aws:CurrentTime", "2026-01-31T09:08:07Z")
        .expect(41, "IMPL identity");
    only("DateGreaterThan", "aws:EpochTime", "1577836800")
        .with("aws:EpochTime", "1769850487")
        .expect(42, "ALLOW");
}

#[test]
fn addresses_lie_in_networks() {
    let from = |address: &str| {
        only("IpAddress", "aws:SourceIp", r#"["10.0.0.0/8","2001:db8::/32"]"#).with("aws:SourceIp", address)
    };
    from("10.1.2.3").expect(43, "ALLOW");
    from("2001:db8::1").expect(43, "ALLOW");
    from("11.0.0.1").expect(43, "IMPL identity");
    // A call that a service makes for the user has no source address.
    except("NotIpAddress", "aws:SourceIp", "10.0.0.0/8").expect(44, "EXPL identity");
    let guarded = r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"},"Bool":{"aws:ViaAWSService":"false"}}"#;
    request()
        .identity(&[allow_all(), with_element(deny("*", "*"), "Condition", guarded)])
        .with("aws:ViaAWSService", "true")
        .expect(45, "ALLOW");
}

#[test]
fn arns_are_compared_part_by_part() {
    let principal = |value: &str| {
        scene(session(), "ssm:GetParameter", &parameter("x"))
            .identity(&[when(allow_all(), "ArnLike", "aws:PrincipalArn", value)])
            .with("aws:PrincipalArn", "arn:aws:iam::111122223333:role/app")
    };
    principal("arn:aws:iam::*:role/a*").expect(46, "ALLOW");
    principal(SESSION).expect(47, "IMPL identity");
    only("ArnLike", "t:k", "notanarn")
        .with("t:k", "notanarn")
        .expect(48, "IMPL identity");
    let own = only("ArnEquals", "t:k", "arn:aws:iam::${aws:PrincipalAccount}:role/*");
    let own = own.with("aws:PrincipalAccount", "111122223333");
    own.with("t:k", "arn:aws:iam::111122223333:role/x")
        .expect(46, "ALLOW");
}

#[test]
fn bytes_are_compared_decoded() {
    only("BinaryEquals", "t:k", "QUJD")
        .with("t:k", "QUJD")
        .expect(49, "ALLOW");
    only("BinaryEquals", "t:k", "QUJD")
        .with("t:k", "QUJE")
        .expect(49, "IMPL identity");
}

#[test]
fn sets_are_asked_for_all_or_any() {
    let keys = "aws:TagKeys";
    let all = || only("ForAllValues:StringEquals", keys, r#"["a","b"]"#);
    all().with_all(keys, ["a"]).expect(50, "ALLOW");
    all().with_all(keys, ["a", "c"]).expect(50, "IMPL identity");
    all().expect(50, "ALLOW");
    all().with_all(keys, []).expect(50, "ALLOW");
    let any = || only("ForAnyValue:StringEquals", keys, r#"["a"]"#);
    any().with_all(keys, ["a", "c"]).expect(51, "ALLOW");
    any().expect(51, "IMPL identity");
    let other = || except("ForAnyValue:StringNotEquals", keys, r#"["a"]"#);
    other().with_all(keys, ["a"]).expect(52, "ALLOW");
    other().with_all(keys, ["a", "c"]).expect(52, "EXPL identity");
    other().expect(52, "ALLOW");
}

#[test]
fn a_plain_operator_reads_several_values_as_any_or_none() {
    only("StringEquals", "t:k", "a")
        .with_all("t:k", ["a", "c"])
        .expect(0, "ALLOW");
    only("StringNotEquals", "t:k", "a")
        .with_all("t:k", ["a", "c"])
        .expect(0, "IMPL identity");
    only("StringNotEquals", "t:k", "a")
        .with_all("t:k", ["b", "c"])
        .expect(0, "ALLOW");
}

#[test]
fn tag_keys_ignore_case() {
    only("StringEquals", "aws:RequestTag/Env", "dev").expect(53, "IMPL identity");
    only("StringEquals", "aws:ResourceTag/env", "dev")
        .with("aws:ResourceTag/Env", "dev")
        .expect(54, "ALLOW");
    only("StringEquals", "AWS:UserName", "alice")
        .with("aws:username", "alice")
        .expect(83, "ALLOW");
}

#[test]
fn values_may_hold_variables() {
    let own = only("StringEquals", "aws:ResourceTag/owner", "${aws:username}").with("aws:username", "alice");
    own.with("aws:ResourceTag/owner", "alice").expect(0, "ALLOW");
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
