//! How grants are made: what they may say, who may make them, and how they are found.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::arn;
use super::grants::{people, role, session, user};
use crate::operations::*;
use crate::testing::World;

#[test]
fn a_grant_is_listed_as_it_was_made() {
    let (mut world, key) = people();
    let more = json!({
        "Name": "of-the-house", "RetiringPrincipal": role("app"),
        "Constraints": {"EncryptionContextSubset": {"a": "b"}},
    });
    let made = world.grant(&key, &user("bob"), &["Encrypt", "Decrypt", "Encrypt"], more);
    let id = made["GrantId"].as_str().unwrap();
    assert!(
        id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit()),
        "{id}"
    );
    let plain = world.grant(&key, &session("app", "s"), &["DescribeKey"], json!({}));
    let listed = world
        .run::<ListGrants>(json!({"KeyId": key, "GrantId": id}))
        .unwrap();
    assert_eq!(
        listed,
        json!({"Truncated": false, "Grants": [{
            "KeyId": arn(&key), "GrantId": id, "Name": "of-the-house", "CreationDate": 1_700_000_000,
            "GranteePrincipal": user("bob"), "RetiringPrincipal": role("app"),
            "IssuingAccount": "arn:aws:iam::111122223333:root", "Operations": ["Encrypt", "Decrypt"],
            "Constraints": {"EncryptionContextSubset": {"a": "b"}},
        }]})
    );
    let of = json!({"KeyId": key, "GranteePrincipal": session("app", "s")});
    let listed = world.run::<ListGrants>(of).unwrap();
    assert_eq!(
        listed["Grants"],
        json!([{
            "KeyId": arn(&key), "GrantId": plain["GrantId"], "Name": "", "CreationDate": 1_700_000_000,
            "GranteePrincipal": session("app", "s"), "IssuingAccount": "arn:aws:iam::111122223333:root",
            "Operations": ["DescribeKey"],
        }])
    );
}

#[test]
fn the_same_grant_under_the_same_name_is_made_once() {
    let (mut world, key) = people();
    let named = |world: &mut World, operations: &[&str], more: Value| {
        let mut more = more;
        more["Name"] = json!("n");
        world.grant(&key, &user("bob"), operations, more)
    };
    let first = named(&mut world, &["Encrypt", "Decrypt"], json!({}));
    let again = named(&mut world, &["Decrypt", "Encrypt"], json!({}));
    assert_eq!(first["GrantId"], again["GrantId"]);
    assert_ne!(first["GrantToken"], again["GrantToken"]);
    let mut ids = BTreeSet::from([first["GrantId"].to_string()]);
    for (operations, more) in [
        (&["Encrypt"][..], json!({})),
        (
            &["Encrypt", "Decrypt"][..],
            json!({"RetiringPrincipal": user("bob")}),
        ),
        (
            &["Encrypt", "Decrypt"][..],
            json!({"Constraints": {"EncryptionContextEquals": {"a": "b"}}}),
        ),
        (
            &["Encrypt", "Decrypt"][..],
            json!({"Constraints": {"EncryptionContextSubset": {"a": "b"}}}),
        ),
    ] {
        ids.insert(named(&mut world, operations, more)["GrantId"].to_string());
    }
    for _ in 0..2 {
        let nameless = world.grant(&key, &user("bob"), &["Encrypt", "Decrypt"], json!({}));
        ids.insert(nameless["GrantId"].to_string());
    }
    assert_eq!(ids.len(), 7);
    let listed = world.run::<ListGrants>(json!({"KeyId": key})).unwrap();
    assert_eq!(listed["Grants"].as_array().unwrap().len(), 7);
}

#[test]
fn of_two_equal_named_grants_at_once_the_slower_is_decided_again() {
    let (mut world, key) = people();
    let request = json!({
        "KeyId": key, "GranteePrincipal": user("bob"), "Operations": ["Encrypt"], "Name": "n",
    });
    let one = world.decide::<CreateGrant>("root", &request).unwrap();
    let two = world.decide::<CreateGrant>("root", &request).unwrap();
    assert!(world.commit(&one.txn));
    assert!(!world.commit(&two.txn));
    let again = world.run::<CreateGrant>(request).unwrap();
    assert_eq!(again["GrantId"].as_str(), one.output.grant_id.as_deref());
}

#[test]
fn a_dry_run_makes_and_takes_nothing() {
    let (mut world, key) = people();
    let grant = world.grant(&key, &user("bob"), &["Encrypt"], json!({}));
    let dry = "DryRunOperationException: The request would have succeeded, but the DryRun option is set.";
    let before = world.kms_rows();
    let id = json!({"KeyId": arn(&key), "GrantId": grant["GrantId"], "DryRun": true});
    let create = world.grant_as("root", &key, &user("bob"), &["Decrypt"], json!({"DryRun": true}));
    for refused in [
        create,
        world.run::<RetireGrant>(id.clone()),
        world.run::<RevokeGrant>(id),
    ] {
        assert_eq!(refused, Err(dry.to_owned()));
    }
    assert_eq!(world.kms_rows(), before);
    let denied = world.grant_as("bob", &key, &user("bob"), &["Decrypt"], json!({"DryRun": true}));
    assert!(denied.unwrap_err().starts_with("AccessDeniedException"));
}

#[test]
fn operations_have_to_suit_the_key() {
    let (mut world, symmetric) = people();
    let mut make = |spec: &str, usage: &str| world.key(json!({"KeySpec": spec, "KeyUsage": usage}));
    let rsa = make("RSA_2048", "ENCRYPT_DECRYPT");
    let signing = make("ECC_NIST_P256", "SIGN_VERIFY");
    let agreement = make("ECC_NIST_P256", "KEY_AGREEMENT");
    let mac = make("HMAC_256", "GENERATE_VERIFY_MAC");
    let always = ["CreateGrant", "RetireGrant", "DescribeKey"];
    let symmetric_only = [
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
    ];
    let encryption = ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"];
    let suitable: [(&str, Vec<&str>); 5] = [
        (&symmetric, [&encryption[..], &symmetric_only].concat()),
        (&rsa, [&encryption[..], &["GetPublicKey"]].concat()),
        (&signing, vec!["Sign", "Verify", "GetPublicKey"]),
        (&agreement, vec!["DeriveSharedSecret", "GetPublicKey"]),
        (&mac, vec!["GenerateMac", "VerifyMac"]),
    ];
    for (key, suits) in suitable {
        for operation in crate::wire::grant_operation::VALUES {
            let made = world.grant_as("root", key, &user("bob"), &[operation], json!({}));
            if suits.contains(operation) || always.contains(operation) {
                assert!(made.is_ok(), "{operation}: {made:?}");
            } else {
                let refused = made.unwrap_err();
                assert!(
                    refused.starts_with("ValidationException: Grant operation"),
                    "{refused}"
                );
            }
        }
    }
    let context = json!({"Constraints": {"EncryptionContextSubset": {"a": "b"}}});
    let refused = world.grant_as("root", &signing, &user("bob"), &["Sign"], context);
    assert!(
        refused
            .unwrap_err()
            .starts_with("ValidationException: Encryption context")
    );
}

#[test]
fn what_makes_no_grant_is_refused() {
    let (mut world, key) = people();
    let refused = |world: &mut World, more: Value| {
        let mut request = json!({"KeyId": key, "GranteePrincipal": user("bob"), "Operations": ["Encrypt"]});
        let Value::Object(more) = more else { panic!() };
        request.as_object_mut().unwrap().extend(more);
        let refused = world.run::<CreateGrant>(request).unwrap_err();
        refused.split(':').next().unwrap().to_owned()
    };
    let pairs: serde_json::Map<_, _> = (0..9).map(|n| (format!("k{n}"), json!("v"))).collect();
    for (more, code) in [
        (json!({"GranteePrincipal": user("nobody")}), "InvalidArnException"),
        (json!({"GranteePrincipal": "bob"}), "InvalidArnException"),
        (
            json!({"GranteePrincipal": "arn:aws:iam::111122223333:group/g"}),
            "InvalidArnException",
        ),
        (
            json!({"GranteePrincipal": session("nobody", "s")}),
            "InvalidArnException",
        ),
        (
            json!({"RetiringPrincipal": role("nobody")}),
            "InvalidArnException",
        ),
        (json!({"KeyId": "alias/x"}), "InvalidArnException"),
        (json!({"GranteePrincipal": null}), "ValidationException"),
        (
            json!({"GranteeServicePrincipal": "ec2.amazonaws.com"}),
            "ValidationException",
        ),
        (
            json!({"GranteePrincipal": null, "GranteeServicePrincipal": "ec2.amazonaws.com"}),
            "ValidationException",
        ),
        (json!({"Operations": []}), "ValidationException"),
        (json!({"Operations": ["Fly"]}), "ValidationException"),
        (json!({"Name": "with space"}), "ValidationException"),
        (
            json!({"Constraints": {"EncryptionContextSubset": pairs}}),
            "ValidationException",
        ),
        (
            json!({"Constraints": {"EncryptionContextEquals": {"k": "v".repeat(385)}}}),
            "ValidationException",
        ),
        (
            json!({"KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"}),
            "NotFoundException",
        ),
    ] {
        assert_eq!(refused(&mut world, more.clone()), code, "{more}");
    }
    let alias = world.grant_as("root", "alias/x", &user("bob"), &["Encrypt"], json!({}));
    assert_eq!(
        alias.unwrap_err(),
        "InvalidArnException: Key Aliases are not supported for this operation."
    );
    assert!(
        world.run::<ListGrants>(json!({"KeyId": key})).unwrap()["Grants"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_service_can_be_given_a_grant_and_nobody_else_has_it() {
    let (mut world, key) = people();
    world.grant(&key, "ec2.amazonaws.com", &["Encrypt"], json!({}));
    let request = json!({
        "KeyId": key, "Operations": ["Encrypt"], "GranteeServicePrincipal": "dynamodb.amazonaws.com",
        "RetiringServicePrincipal": "dynamodb.amazonaws.com",
        "Constraints": {"SourceArn": "arn:aws:dynamodb:us-east-1:111122223333:table/t"},
    });
    let made = world.run::<CreateGrant>(request).unwrap();
    let listed = world
        .run::<ListGrants>(json!({"KeyId": key, "GrantId": made["GrantId"]}))
        .unwrap();
    let entry = &listed["Grants"][0];
    assert_eq!(entry["GranteeServicePrincipal"], "dynamodb.amazonaws.com");
    assert_eq!(entry["RetiringServicePrincipal"], "dynamodb.amazonaws.com");
    assert_eq!(
        entry["Constraints"]["SourceArn"],
        "arn:aws:dynamodb:us-east-1:111122223333:table/t"
    );
    assert!(!world.encrypts("bob", &key, &json!({})));
    // Whose grants a service may retire is no business of an account's.
    let of_service = json!({"RetiringPrincipal": "dynamodb.amazonaws.com"});
    let refused = world.run::<ListRetirableGrants>(of_service).unwrap_err();
    assert!(refused.starts_with("InvalidArnException"), "{refused}");
}

#[test]
fn a_grantee_passes_on_no_more_than_the_grant_allows() {
    let (mut world, key) = people();
    let parent = json!({"Constraints": {"EncryptionContextSubset": {"a": "1"}}});
    world.grant(&key, &user("bob"), &["CreateGrant", "Encrypt", "Decrypt"], parent);
    let subset = |pairs: Value| json!({"Constraints": {"EncryptionContextSubset": pairs}});
    let equals = |pairs: Value| json!({"Constraints": {"EncryptionContextEquals": pairs}});
    for (operations, more, may) in [
        (&["Encrypt"][..], subset(json!({"a": "1"})), true),
        (
            &["Encrypt", "CreateGrant"][..],
            subset(json!({"a": "1", "b": "2"})),
            true,
        ),
        (&["Decrypt"][..], equals(json!({"a": "1", "b": "2"})), true),
        (&["Encrypt"][..], json!({}), false),
        (&["Encrypt"][..], subset(json!({"a": "2"})), false),
        (&["Encrypt"][..], subset(json!({"b": "2"})), false),
        (&["Encrypt"][..], equals(json!({"b": "2"})), false),
        (
            &["Encrypt", "GenerateDataKey"][..],
            subset(json!({"a": "1"})),
            false,
        ),
        (&["DescribeKey"][..], subset(json!({"a": "1"})), false),
    ] {
        let made = world.grant_as("bob", &key, &user("carol"), operations, more.clone());
        assert_eq!(made.is_ok(), may, "{operations:?} {more}: {made:?}");
    }
    // What carol was given is as narrow.
    assert!(world.encrypts("carol", &key, &json!({"a": "1"})));
    assert!(!world.encrypts("carol", &key, &json!({"b": "2"})));
    // Two grants do not add up.
    world.grant(&key, &user("bob"), &["GenerateDataKey"], json!({}));
    let made = world.grant_as("bob", &key, &user("carol"), &["GenerateDataKey"], json!({}));
    assert!(made.unwrap_err().starts_with("AccessDeniedException"));
}

#[test]
fn policies_see_what_a_grant_is_to_say() {
    let (mut world, key) = people();
    let allow = |condition: Value| json!([{"Effect": "Allow", "Action": "kms:*Grant*", "Resource": "*", "Condition": condition}]);
    let more = json!({
        "RetiringPrincipal": role("app"), "Constraints": {"EncryptionContextEquals": {"a": "1"}},
    });
    for (condition, may) in [
        (
            json!({"StringEquals": {"kms:GranteePrincipal": user("carol")}}),
            true,
        ),
        (
            json!({"StringEquals": {"kms:GranteePrincipal": user("bob")}}),
            false,
        ),
        (
            json!({"StringEquals": {"kms:RetiringPrincipal": role("app")}}),
            true,
        ),
        (
            json!({"StringEquals": {"kms:RetiringPrincipal": user("bob")}}),
            false,
        ),
        (
            json!({"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt", "Decrypt", "Sign"]}}),
            true,
        ),
        (
            json!({"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt"]}}),
            false,
        ),
        (
            json!({"StringEquals": {"kms:GrantConstraintType": "EncryptionContextEquals"}}),
            true,
        ),
        (
            json!({"StringEquals": {"kms:GrantConstraintType": "EncryptionContextSubset"}}),
            false,
        ),
        (json!({"StringEquals": {"kms:EncryptionContext:a": "1"}}), true),
        (json!({"StringEquals": {"kms:EncryptionContext:a": "2"}}), false),
        (json!({"Bool": {"kms:GrantIsForAWSResource": "false"}}), true),
        (json!({"Bool": {"kms:GrantIsForAWSResource": "true"}}), false),
    ] {
        world.may("bob", &allow(condition.clone()));
        let made = world.grant_as("bob", &key, &user("carol"), &["Encrypt", "Decrypt"], more.clone());
        assert_eq!(made.is_ok(), may, "{condition}: {made:?}");
    }
    world.may(
        "bob",
        &allow(json!({"Bool": {"kms:GrantIsForAWSResource": "true"}})),
    );
    assert!(world.run_as::<ListGrants>("bob", json!({"KeyId": key})).is_err());
    world.via = Some("ssm");
    assert!(world.run_as::<ListGrants>("bob", json!({"KeyId": key})).is_ok());
    assert!(
        world
            .grant_as("bob", &key, &user("carol"), &["Encrypt"], more)
            .is_ok()
    );
}

#[test]
fn pages_of_a_keys_grants_are_together_all_of_them() {
    let (mut world, key) = people();
    for _ in 0..7 {
        world.grant(&key, &user("bob"), &["Encrypt"], json!({}));
    }
    let (mut seen, mut marker) = (BTreeSet::new(), Value::Null);
    loop {
        let mut request = json!({"KeyId": key, "Limit": 3});
        if !marker.is_null() {
            request["Marker"] = marker;
        }
        let mut page = world.run::<ListGrants>(request).unwrap();
        let grants = page["Grants"].as_array().unwrap();
        assert!(grants.len() <= 3);
        seen.extend(grants.iter().map(|grant| grant["GrantId"].to_string()));
        assert_eq!(page["Truncated"], !page["NextMarker"].is_null());
        marker = page["NextMarker"].take();
        if marker.is_null() {
            break;
        }
    }
    assert_eq!(seen.len(), 7);
    let foreign = world.run::<ListGrants>(json!({"KeyId": key, "Marker": "!"}));
    assert_eq!(foreign, Err("InvalidMarkerException".to_owned()));
}

#[test]
fn nobody_makes_grants_on_a_key_that_aws_manages() {
    let (mut world, _) = people();
    let described = world
        .run::<DescribeKey>(json!({"KeyId": "alias/aws/ssm"}))
        .unwrap();
    let key = described["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
    let made = world.grant_as("root", &key, &user("bob"), &["Encrypt"], json!({}));
    assert!(made.unwrap_err().starts_with("AccessDeniedException"));
    let listed = world.run::<ListGrants>(json!({"KeyId": key})).unwrap();
    assert_eq!(listed, json!({"Grants": [], "Truncated": false}));
}
