//! What is a policy and what is not, and what a policy tells about itself.

use kagiban_policy::{Kind, MalformedPolicy, Policy, PrincipalType, Version};

use crate::callers::{ALICE, ALICE_ID, ROLE, ROOT_A};
use crate::scene::{allow, allow_all, document, statement, to, when, with_element};

fn refused(statements: &[String], kind: Kind) -> String {
    Policy::parse(&document(statements), kind)
        .unwrap_err()
        .to_string()
}

fn named(sid: &str) -> String {
    with_element(allow_all(), "Sid", &format!("\"{sid}\""))
}

#[test]
fn one_element_may_stand_for_a_list() {
    let text =
        r#"{"Version":"2012-10-17","Id":"x","Statement":{"Effect":"Allow","Action":"ssm:*","Resource":"*"}}"#;
    let policy = Policy::parse(text, Kind::Identity).unwrap(); // row 81
    assert_eq!(policy.text(), text);
    assert_eq!(policy.version(), Some(Version::V2012));
    assert_eq!(policy.sids().collect::<Vec<_>>(), [None]);
}

#[test]
fn each_kind_has_its_own_elements() {
    // Row 82.
    let principal = to(allow_all(), ROOT_A);
    assert_eq!(
        refused(&[principal], Kind::Identity),
        "Policy document should not specify a principal."
    );
    let no_action = statement("Allow", &[("Resource", "\"*\"")]);
    assert_eq!(
        refused(&[no_action], Kind::Identity),
        "Policy statement must contain actions."
    );
    let no_resource = statement("Allow", &[("Action", "\"ssm:*\"")]);
    assert_eq!(
        refused(&[no_resource], Kind::Identity),
        "Policy statement must contain resources."
    );
    let twice = [named("A1"), named("A1")];
    assert_eq!(
        refused(&twice, Kind::Identity),
        "Statement IDs (SID) in a single policy must be unique."
    );
    for kind in [Kind::Resource, Kind::Key] {
        assert_eq!(refused(&[allow_all()], kind), "Missing required field Principal");
    }
    let trust = to(allow("sts:AssumeRole", "*"), ROOT_A);
    assert_eq!(refused(&[trust], Kind::Trust), "Has prohibited field Resource");
    let other = to(statement("Allow", &[("Action", "\"ssm:*\"")]), ROOT_A);
    assert_eq!(
        refused(&[other], Kind::Trust),
        "AssumeRole policy may only specify STS AssumeRole actions."
    );
}

#[test]
fn a_sid_is_alphanumeric_in_iam_and_free_in_a_key_policy() {
    assert!(refused(&[named("with space")], Kind::Identity).starts_with("Statement IDs (SID) must be"));
    let key = to(named("Enable IAM User Permissions"), ROOT_A);
    assert!(Policy::parse(&document(&[key]), Kind::Key).is_ok());
    assert!(Policy::parse(&document(&[named(""), named("")]), Kind::Identity).is_ok());
}

#[test]
fn the_json_is_strict() {
    for text in [
        "",
        "{}",
        "[]",
        "null",
        "{",
        r#"{"Version":"2012-10-17"}"#,
        r#"{"Version":"2012-10-17","Statement":[]}"#,
    ] {
        assert_eq!(
            Policy::parse(text, Kind::Identity).unwrap_err(),
            MalformedPolicy::Syntax,
            "{text}"
        );
    }
    let message = Policy::parse("{", Kind::Trust).unwrap_err().to_string();
    assert_eq!(message, "This policy contains invalid Json");
    let twice = with_element(allow_all(), "Effect", "\"Deny\"");
    assert_eq!(refused(&[twice], Kind::Identity), "Syntax errors in policy.");
}

#[test]
fn odd_shapes_are_refused() {
    for odd in [
        with_element(allow_all(), "Efect", "\"Deny\""),
        with_element(allow_all(), "NotAction", "\"ssm:*\""),
        with_element(allow_all(), "NotResource", "\"*\""),
        with_element(allow_all(), "Condition", "[]"),
        with_element(allow_all(), "Condition", r#"{"StringEquals":"x"}"#),
        with_element(allow_all(), "Condition", r#"{"StringEquals":{"k":null}}"#),
        with_element(allow_all(), "Condition", r#"{"StringEquals":{"k":[["x"]]}}"#),
        statement("allow", &[("Action", "\"*\""), ("Resource", "\"*\"")]),
        statement("Allow", &[("Action", "1"), ("Resource", "\"*\"")]),
        "\"Allow\"".to_owned(),
    ] {
        assert_eq!(
            refused(std::slice::from_ref(&odd), Kind::Identity),
            "Syntax errors in policy.",
            "{odd}"
        );
    }
}

#[test]
fn messages_name_what_was_written() {
    assert_eq!(
        refused(&[allow("ssm:*", "parameter/x")], Kind::Identity),
        "Resource parameter/x must be in ARN format or \"*\"."
    );
    assert_eq!(
        refused(&[allow("GetParameter", "*")], Kind::Identity),
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
    );
    assert_eq!(
        refused(&[allow("ssm:*", "arn:aws:ssm")], Kind::Identity),
        "The policy failed legacy parsing"
    );
    let group = "arn:aws:iam::111122223333:group/g";
    assert_eq!(
        refused(&[to(allow_all(), group)], Kind::Key),
        format!("Invalid principal in policy: \"AWS\":\"{group}\"")
    );
    let unknown = when(allow_all(), "StringResembles", "k", "v");
    assert_eq!(
        refused(&[unknown], Kind::Identity),
        "Invalid Condition type : StringResembles."
    );
}

#[test]
fn a_principal_has_no_partial_wildcards() {
    for text in [
        "arn:aws:iam::111122223333:user/*",
        "arn:aws:iam::*:root",
        "user/alice",
        "",
        "**",
        "AIDA*",
    ] {
        let error = Policy::parse(
            &document(&[to(allow_all(), &format!(r#"{{"AWS":"{text}"}}"#))]),
            Kind::Resource,
        );
        assert!(
            matches!(error, Err(MalformedPolicy::InvalidPrincipal { .. })),
            "{text}"
        );
    }
}

#[test]
fn a_key_policy_must_not_pass_absent_keys_by_accident() {
    let permissive = when(
        to(allow_all(), ROOT_A),
        "ForAllValues:StringEquals",
        "kms:EncryptionContext:app",
        "x",
    );
    assert!(refused(std::slice::from_ref(&permissive), Kind::Key).contains("OverlyPermissiveCondition"));
    assert!(Policy::parse(&document(&[permissive]), Kind::Resource).is_ok());
}

#[test]
fn a_version_is_known_or_missing() {
    let unknown = r#"{"Version":"2020-01-01","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    assert!(Policy::parse(unknown, Kind::Identity).is_err());
    let missing = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let error = Policy::parse(missing, Kind::Identity)
        .unwrap()
        .demand_version()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "Policy document must be version 2012-10-17 or greater."
    );
}

#[test]
fn quotas_do_not_count_white_space() {
    let text = "{ \"Statement\" :\n\t{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"} }";
    let policy = Policy::parse(text, Kind::Identity).unwrap();
    assert_eq!(
        policy.len_without_whitespace(),
        text.split_whitespace().map(str::len).sum::<usize>()
    );
    let long = format!("{}{}", document(&[allow_all()]), " ".repeat(Policy::MAX_LEN));
    assert!(matches!(
        Policy::parse(&long, Kind::Identity),
        Err(MalformedPolicy::TooLong { .. })
    ));
}

#[test]
fn principals_are_rewritten_in_place() {
    let first = to(
        allow_all(),
        &format!(r#"{{"Service":"ec2.amazonaws.com","AWS":["{ALICE}","{ROLE}"]}}"#),
    );
    let second = with_element(
        allow_all(),
        "NotPrincipal",
        &format!(r#"{{ "AWS" : "{ALICE}" }}"#),
    );
    let text = document(&[first, second]);
    let policy = Policy::parse(&text, Kind::Resource).unwrap();
    let written: Vec<_> = policy
        .principals()
        .map(|p| (p.principal_type, &*p.text))
        .collect();
    assert_eq!(written[0], (PrincipalType::Service, "ec2.amazonaws.com"));
    assert_eq!(written.len(), 4);

    let stored = policy.with_principals(|p| (*p.text == *ALICE).then(|| ALICE_ID.to_owned()));
    assert_eq!(stored, text.replace(ALICE, ALICE_ID));
    let stored = Policy::parse(&stored, Kind::Resource).unwrap();
    let shown = stored.with_principals(|p| (*p.text == *ALICE_ID).then(|| ALICE.to_owned()));
    assert_eq!(shown, text);
}
