//! Key policies as they are written: what is refused, and in which words.

#![expect(
    clippy::needless_pass_by_value,
    reason = "statements are written where they are used"
)]

use serde_json::{Value, json};

use crate::operations::{CreateKey, GetKeyPolicy, PutKeyPolicy};
use crate::testing::World;

const ROOT: &str = "arn:aws:iam::111122223333:root";

/// A policy that leaves everything to the account, and says one thing more.
fn and(statement: Value) -> String {
    let all = json!({"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": [all, statement]}).to_string()
}

fn decrypt_when(condition: Value) -> String {
    and(json!({
        "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:Decrypt", "Resource": "*",
        "Condition": condition,
    }))
}

/// What both doors say to a policy.
fn said(world: &mut World, policy: &str) -> Result<(), String> {
    let key = world.key(json!({}));
    let before = world.record(&key);
    let put = json!({"KeyId": key, "PolicyName": "default", "Policy": policy});
    let put = world.run::<PutKeyPolicy>(put).map(drop);
    let create = world.run::<CreateKey>(json!({"Policy": policy})).map(drop);
    assert_eq!(put, create, "{policy}");
    if put.is_err() {
        let unchanged = world.record(&key).unwrap();
        assert_eq!(unchanged.policy.text(), before.unwrap().policy.text());
    }
    put
}

fn malformed(world: &mut World, policy: &str) -> String {
    let said = said(world, policy).unwrap_err();
    let (code, sentence) = said.split_once(": ").unwrap();
    assert_eq!(code, "MalformedPolicyDocumentException", "{policy}");
    sentence.to_owned()
}

#[test]
fn a_key_policy_cannot_leave_its_say_to_whoever_names_the_key() {
    let mut world = World::new();
    let condition = json!({"ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/a"]}});
    assert_eq!(
        malformed(&mut world, &decrypt_when(condition)),
        "the condition key kms:ResourceAliases is for identity policies only; use kms:RequestAlias in a key policy"
    );
}

#[test]
fn conditions_that_an_absent_key_would_pass_are_refused() {
    let mut world = World::new();
    for key in [
        "kms:EncryptionContext:app",
        "aws:RequestTag/app",
        "KMS:encryptioncontext:App",
    ] {
        for operator in [
            "ForAllValues:StringEquals",
            "forallvalues:StringLike",
            "ForAllValues:StringEqualsIfExists",
        ] {
            assert_eq!(
                malformed(&mut world, &decrypt_when(json!({operator: {key: ["a"]}}))),
                format!(
                    "OverlyPermissiveCondition: the condition operator {operator} must not be used with {key}"
                )
            );
        }
    }
    for condition in [
        json!({"ForAnyValue:StringEquals": {"kms:EncryptionContext:app": ["a"]}}),
        json!({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["app"]}}),
        json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["app"]}}),
        json!({"StringEquals": {"kms:EncryptionContext:app": "a"}}),
    ] {
        assert_eq!(said(&mut world, &decrypt_when(condition)), Ok(()));
    }
}

#[test]
fn a_policy_is_well_formed_and_says_whom_each_statement_is_about() {
    let mut world = World::new();
    let unversioned = json!({"Statement": [
        {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"},
    ]});
    let nobody = json!({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"});
    let actionless = json!({"Effect": "Allow", "Principal": "*", "Resource": "*"});
    let odd =
        json!({"Effect": "Allow", "Principal": {"Nobody": "ann"}, "Action": "kms:Decrypt", "Resource": "*"});
    let nowhere = json!({"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:Decrypt"});
    for (policy, sentence) in [
        ("{".to_owned(), "Syntax errors in policy."),
        ("[]".to_owned(), "Syntax errors in policy."),
        (
            unversioned.to_string(),
            "Policy document must be version 2012-10-17 or greater.",
        ),
        (and(nobody), "Missing required field Principal"),
        (and(actionless), "Policy statement must contain actions."),
        (and(odd), "Syntax errors in policy."),
        (and(nowhere), "Policy statement must contain resources."),
    ] {
        assert_eq!(malformed(&mut world, &policy), sentence, "{policy}");
    }
}

#[test]
fn principals_have_to_exist() {
    let mut world = World::new();
    world.may(
        "ann",
        &json!([{"Effect": "Allow", "Action": "kms:List*", "Resource": "*"}]),
    );
    let of = |principal: Value| {
        and(json!({"Effect": "Allow", "Principal": principal, "Action": "kms:Decrypt", "Resource": "*"}))
    };
    for principal in [
        json!({"AWS": "arn:aws:iam::111122223333:user/nobody"}),
        json!({"AWS": "arn:aws:iam::111122223333:role/nobody"}),
        json!({"AWS": [ROOT, "arn:aws:iam::111122223333:user/nobody"]}),
        json!({"AWS": "AIDAZZZZZZZZZZZZZZZZZ"}),
        json!({"AWS": "ann"}),
    ] {
        assert_eq!(
            malformed(&mut world, &of(principal.clone())),
            "Policy contains a statement with one or more invalid principals.",
            "{principal}"
        );
    }
    for principal in [
        json!("*"),
        json!({"AWS": "111122223333"}),
        json!({"AWS": "arn:aws:iam::111122223333:user/ann"}),
        json!({"Service": "ssm.amazonaws.com"}),
    ] {
        assert_eq!(said(&mut world, &of(principal)), Ok(()));
    }
}

/// Users are kept by their unique ids and shown by their names.
#[test]
fn a_policy_means_the_user_of_that_day() {
    let mut world = World::new();
    world.may(
        "ann",
        &json!([{"Effect": "Allow", "Action": "kms:List*", "Resource": "*"}]),
    );
    let ann = "arn:aws:iam::111122223333:user/ann";
    let policy = and(json!({
        "Effect": "Allow", "Principal": {"AWS": ann}, "Action": "kms:Decrypt", "Resource": "*",
    }));
    let key = world.key(json!({"Policy": policy}));
    let stored = world.record(&key).unwrap();
    assert!(stored.policy.text().contains("\"AIDA"));
    assert!(!stored.policy.text().contains(ann));
    let shown = world.run::<GetKeyPolicy>(json!({"KeyId": key})).unwrap();
    assert_eq!(shown["Policy"], policy);
}

#[test]
fn a_policy_has_at_most_32_kibibytes() {
    let mut world = World::new();
    let policy = and(json!({
        "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:Decrypt", "Resource": "*",
    }));
    let padded = |bytes: usize| policy.replacen('{', &format!("{{{}", " ".repeat(bytes - policy.len())), 1);
    assert_eq!(padded(32_768).len(), 32_768);
    assert_eq!(said(&mut world, &padded(32_768)), Ok(()));
    assert_eq!(
        said(&mut world, &padded(32_769)).unwrap_err(),
        "LimitExceededException: Policy size exceeds the limit of 32768 bytes."
    );
}

#[test]
fn nobody_locks_themselves_out_unless_they_say_so() {
    let mut world = World::new();
    world.may(
        "ann",
        &json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]),
    );
    let root = |action: &str| {
        let statement =
            json!({"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": action, "Resource": "*"});
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    };
    let locked = "The new key policy will not allow you to update the key policy in the future.";
    assert_eq!(malformed(&mut world, &root("kms:Decrypt")), locked);
    assert_eq!(said(&mut world, &root("kms:PutKeyPolicy")), Ok(()));

    // Ann's right comes from the account's statement: without it she has none, and a denial is one.
    let deny = and(json!({
        "Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:user/ann"},
        "Action": "kms:PutKeyPolicy", "Resource": "*",
    }));
    let denied = world
        .run_as::<CreateKey>("ann", json!({"Policy": deny}))
        .unwrap_err();
    assert_eq!(denied, format!("MalformedPolicyDocumentException: {locked}"));
    let bypass = json!({"Policy": deny, "BypassPolicyLockoutSafetyCheck": true});
    assert!(world.run_as::<CreateKey>("ann", bypass).is_ok());
}
