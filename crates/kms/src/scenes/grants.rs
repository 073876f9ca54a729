//! What a grant lets its grantee do, beside all other rights.

use serde_json::{Value, json};

use super::arn;
use crate::operations::*;
use crate::testing::{World, account};

pub(super) const ABROAD: &str = "444455556666";

/// A user's ARN in the tests' account.
pub(super) fn user(name: &str) -> String {
    format!("arn:aws:iam::111122223333:user/{name}")
}

/// A role's ARN in the tests' account.
pub(super) fn role(name: &str) -> String {
    format!("arn:aws:iam::111122223333:role/{name}")
}

/// The ARN of a session of a role.
pub(super) fn session(role: &str, name: &str) -> String {
    format!("arn:aws:sts::111122223333:assumed-role/{role}/{name}")
}

/// A user who may do nothing, a role that may do nothing, and a symmetric key.
pub(super) fn people() -> (World, String) {
    let mut world = World::new();
    world.may("bob", &json!([]));
    world.may("carol", &json!([]));
    world.role(account(), "app", "AROAAPPAAAAAAAAAAAAAA", &json!([]));
    let key = world.key(json!({}));
    (world, key)
}

impl World {
    /// A grant of the root user's; `more` is merged into the request.
    pub(super) fn grant(&mut self, key: &str, grantee: &str, operations: &[&str], more: Value) -> Value {
        self.grant_as("root", key, grantee, operations, more).unwrap()
    }

    pub(super) fn grant_as(
        &mut self,
        who: &str,
        key: &str,
        grantee: &str,
        operations: &[&str],
        more: Value,
    ) -> Result<Value, String> {
        let mut request = json!({"KeyId": key, "GranteePrincipal": grantee, "Operations": operations});
        let Value::Object(more) = more else {
            panic!("{more}")
        };
        request.as_object_mut().unwrap().extend(more);
        self.run_as::<CreateGrant>(who, request)
    }

    /// Whether somebody may encrypt with an encryption context.
    pub(super) fn encrypts(&mut self, who: &str, key: &str, context: &Value) -> bool {
        let request = json!({"KeyId": arn(key), "Plaintext": "eA==", "EncryptionContext": context});
        match self.run_as::<Encrypt>(who, request) {
            Ok(_) => true,
            Err(error) => {
                assert!(error.starts_with("AccessDeniedException"), "{error}");
                false
            }
        }
    }
}

#[test]
fn a_grant_allows_its_operations_to_its_grantee_and_nothing_else() {
    let (mut world, key) = people();
    assert!(!world.encrypts("bob", &key, &json!({})));
    world.grant(&key, &user("bob"), &["Encrypt"], json!({}));
    assert!(world.encrypts("bob", &key, &json!({})));
    assert!(!world.encrypts("carol", &key, &json!({})));
    assert!(!world.encrypts(&session("app", "s"), &key, &json!({})));
    let blob = world.blob(&key, &json!({}));
    let decrypt = json!({"CiphertextBlob": blob});
    assert!(world.run_as::<Decrypt>("bob", decrypt.clone()).is_err());
    assert!(world.run_as::<DescribeKey>("bob", json!({"KeyId": key})).is_err());
    let other = world.key(json!({}));
    assert!(!world.encrypts("bob", &other, &json!({})));

    world.grant(&key, &user("bob"), &["Decrypt", "DescribeKey"], json!({}));
    assert_eq!(
        world.run_as::<Decrypt>("bob", decrypt).unwrap()["Plaintext"],
        "eA=="
    );
    assert!(world.run_as::<DescribeKey>("bob", json!({"KeyId": key})).is_ok());
}

#[test]
fn a_role_covers_each_of_its_sessions_and_a_session_only_itself() {
    let (mut world, key) = people();
    world.grant(&key, &session("app", "one"), &["Encrypt"], json!({}));
    assert!(world.encrypts(&session("app", "one"), &key, &json!({})));
    assert!(!world.encrypts(&session("app", "two"), &key, &json!({})));
    world.grant(&key, &role("app"), &["Encrypt"], json!({}));
    assert!(world.encrypts(&session("app", "two"), &key, &json!({})));
}

#[test]
fn an_account_as_grantee_delegates_to_its_own_policies() {
    let (mut world, _) = people();
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": user("carol")}, "Action": "kms:*", "Resource": "*",
    }]});
    let create = json!({"Policy": policy.to_string(), "BypassPolicyLockoutSafetyCheck": true});
    let key = world.key(create);
    world.may(
        "dan",
        &json!([{"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"}]),
    );
    assert!(!world.encrypts("root", &key, &json!({})));
    assert!(!world.encrypts("dan", &key, &json!({})));
    let root = "arn:aws:iam::111122223333:root";
    world
        .grant_as("carol", &key, root, &["Encrypt"], json!({}))
        .unwrap();
    assert!(world.encrypts("root", &key, &json!({})));
    assert!(world.encrypts("dan", &key, &json!({})));
    assert!(!world.encrypts("bob", &key, &json!({})));
}

#[test]
fn an_explicit_deny_beats_a_grant() {
    let (mut world, key) = people();
    world.may(
        "dan",
        &json!([{"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"}]),
    );
    world.grant(&key, &user("dan"), &["Encrypt"], json!({}));
    world.grant(&key, &user("bob"), &["Encrypt"], json!({}));
    assert!(!world.encrypts("dan", &key, &json!({})));
    assert!(world.encrypts("bob", &key, &json!({})));
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": {"AWS": user("bob")}, "Action": "kms:Encrypt", "Resource": "*"},
    ]});
    let put = json!({"KeyId": key, "PolicyName": "default", "Policy": policy.to_string()});
    world.run::<PutKeyPolicy>(put).unwrap();
    assert!(!world.encrypts("bob", &key, &json!({})));
}

#[test]
fn somebody_of_another_account_needs_nothing_but_the_grant() {
    let (mut world, key) = people();
    world.open_account(ABROAD.parse().unwrap());
    let eve = format!("arn:aws:iam::{ABROAD}:user/eve");
    world.user(
        ABROAD.parse().unwrap(),
        "eve",
        "AIDAEVEAAAAAAAAAAAAAA",
        &json!([]),
    );
    assert!(!world.encrypts(&eve, &key, &json!({})));
    world.grant(&key, &eve, &["Encrypt", "CreateGrant"], json!({}));
    assert!(world.encrypts(&eve, &key, &json!({})));

    // Whom eve's account names, too, with the account as issuer.
    let frank = format!("arn:aws:iam::{ABROAD}:user/frank");
    world.user(
        ABROAD.parse().unwrap(),
        "frank",
        "AIDAFRANKAAAAAAAAAAAA",
        &json!([]),
    );
    world
        .grant_as(&eve, &arn(&key), &frank, &["Encrypt"], json!({}))
        .unwrap();
    assert!(world.encrypts(&frank, &key, &json!({})));
    let listed = world
        .run::<ListGrants>(json!({"KeyId": key, "GranteePrincipal": frank}))
        .unwrap();
    assert_eq!(
        listed["Grants"][0]["IssuingAccount"],
        format!("arn:aws:iam::{ABROAD}:root")
    );
}

#[test]
fn constraints_hold_the_encryption_context_to_what_they_say() {
    let (mut world, key) = people();
    let app = json!({"App": "x"});
    world.grant(
        &key,
        &user("bob"),
        &["Encrypt"],
        json!({"Constraints": {"EncryptionContextEquals": app}}),
    );
    world.grant(
        &key,
        &user("carol"),
        &["Encrypt"],
        json!({"Constraints": {"EncryptionContextSubset": app}}),
    );
    for (context, equal, contained) in [
        (json!({"App": "x"}), true, true),
        (json!({"App": "x", "b": "y"}), false, true),
        (json!({"app": "x"}), false, false),
        (json!({"App": "X"}), false, false),
        (json!({"b": "y"}), false, false),
        (json!({}), false, false),
    ] {
        assert_eq!(world.encrypts("bob", &key, &context), equal, "{context}");
        assert_eq!(world.encrypts("carol", &key, &context), contained, "{context}");
    }
}

#[test]
fn constraints_do_not_hold_back_what_has_no_encryption_context() {
    let (mut world, key) = people();
    let more = json!({"Constraints": {"EncryptionContextEquals": {"a": "b"}}});
    let grant = world.grant(
        &key,
        &user("bob"),
        &["DescribeKey", "RetireGrant", "Encrypt"],
        more,
    );
    assert!(world.run_as::<DescribeKey>("bob", json!({"KeyId": key})).is_ok());
    assert!(!world.encrypts("bob", &key, &json!({})));
    let retire = json!({"GrantToken": grant["GrantToken"]});
    assert!(world.run_as::<RetireGrant>("bob", retire).is_ok());
}

#[test]
fn re_encrypting_takes_a_grant_on_each_side() {
    let (mut world, old) = people();
    let new = world.key(json!({}));
    let request = |world: &mut World| {
        let blob = world.blob(&old, &json!({"a": "1"}));
        json!({"CiphertextBlob": blob, "SourceEncryptionContext": {"a": "1"}, "DestinationKeyId": new,
            "DestinationEncryptionContext": {"b": "2"}})
    };
    let asked = request(&mut world);
    let from = json!({"Constraints": {"EncryptionContextSubset": {"a": "1"}}});
    world.grant(&old, &user("bob"), &["ReEncryptFrom"], from);
    assert!(world.run_as::<ReEncrypt>("bob", asked.clone()).is_err());
    let to = json!({"Constraints": {"EncryptionContextEquals": {"b": "2"}}});
    world.grant(&new, &user("bob"), &["ReEncryptTo"], to);
    assert!(world.run_as::<ReEncrypt>("bob", asked.clone()).is_ok());
    let mut other = asked;
    other["DestinationEncryptionContext"] = json!({"b": "3"});
    assert!(world.run_as::<ReEncrypt>("bob", other).is_err());
}

#[test]
fn a_namesake_made_later_has_no_part_in_a_grant() {
    let (mut world, key) = people();
    world.grant(&key, &user("bob"), &["Encrypt"], json!({}));
    world.grant(&key, &session("app", "s"), &["Encrypt"], json!({}));
    world.user(account(), "bob", "AIDAANOTHERBOBAAAAAAA", &json!([]));
    world.role(account(), "app", "AROAANOTHERAPPAAAAAAA", &json!([]));
    assert!(!world.encrypts("bob", &key, &json!({})));
    assert!(!world.encrypts(&session("app", "s"), &key, &json!({})));
    // Nobody bears the ids any more, so they are shown bare; they can be looked for, too.
    let listed = world.run::<ListGrants>(json!({"KeyId": key})).unwrap();
    let mut grantees: Vec<_> = listed["Grants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|grant| grant["GranteePrincipal"].as_str().unwrap().to_owned())
        .collect();
    grantees.sort();
    assert_eq!(grantees, ["AIDABOBAAAAAAAAAAAAAA", "AROAAPPAAAAAAAAAAAAAA:s"]);
    let of = json!({"KeyId": key, "GranteePrincipal": "AIDABOBAAAAAAAAAAAAAA"});
    assert_eq!(
        world.run::<ListGrants>(of).unwrap()["Grants"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_token_has_to_be_ours_in_every_operation_that_takes_one() {
    let (mut world, key) = people();
    let grant = world.grant(&key, &user("bob"), &["Encrypt"], json!({}));
    let good = grant["GrantToken"].clone();
    let ask = |world: &mut World, token: &Value| -> Vec<Result<Value, String>> {
        let sign = world.key(json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}));
        let mac = world.key(json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}));
        let agree = world.key(json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"}));
        let public = world.run::<GetPublicKey>(json!({"KeyId": agree})).unwrap()["PublicKey"].take();
        let blob = world.blob(&key, &json!({}));
        let (message, digest) = (json!("eA=="), json!("ECDSA_SHA_256"));
        let sign_it = json!({"KeyId": sign, "Message": message, "SigningAlgorithm": digest});
        let signature = world.run::<Sign>(sign_it.clone()).unwrap()["Signature"].take();
        let mac_it = json!({"KeyId": mac, "Message": message, "MacAlgorithm": "HMAC_SHA_256"});
        let tag = world.run::<GenerateMac>(mac_it.clone()).unwrap()["Mac"].take();
        let with = |request: Value, name: &str, value: &Value| {
            let mut request = request;
            request[name] = value.clone();
            request["GrantTokens"] = json!([token]);
            request
        };
        let on_key = |name: &str, value: Value| with(json!({"KeyId": key}), name, &value);
        vec![
            world.run::<Encrypt>(on_key("Plaintext", message.clone())),
            world.run::<Decrypt>(on_key("CiphertextBlob", blob.clone())),
            world.run::<ReEncrypt>(with(
                json!({"CiphertextBlob": blob}),
                "DestinationKeyId",
                &json!(key),
            )),
            world.run::<GenerateDataKey>(on_key("KeySpec", json!("AES_256"))),
            world.run::<GenerateDataKeyWithoutPlaintext>(on_key("KeySpec", json!("AES_256"))),
            world.run::<GenerateDataKeyPair>(on_key("KeyPairSpec", json!("ECC_NIST_P256"))),
            world.run::<GenerateDataKeyPairWithoutPlaintext>(on_key("KeyPairSpec", json!("ECC_NIST_P256"))),
            world.run::<DescribeKey>(on_key("KeyId", json!(key))),
            world.run::<GetPublicKey>(with(json!({}), "KeyId", &json!(sign))),
            world.run::<Sign>(with(sign_it.clone(), "MessageType", &json!("RAW"))),
            world.run::<Verify>(with(sign_it, "Signature", &signature)),
            world.run::<GenerateMac>(with(mac_it.clone(), "DryRun", &json!(false))),
            world.run::<VerifyMac>(with(mac_it, "Mac", &tag)),
            world.run::<DeriveSharedSecret>(with(
                json!({"KeyId": agree, "KeyAgreementAlgorithm": "ECDH"}),
                "PublicKey",
                &public,
            )),
            world.run::<CreateGrant>(with(
                json!({"KeyId": key, "GranteePrincipal": user("bob")}),
                "Operations",
                &json!(["Decrypt"]),
            )),
        ]
    };
    for (place, answer) in ask(&mut world, &good).into_iter().enumerate() {
        assert!(answer.is_ok(), "{place}: {answer:?}");
    }
    for (place, answer) in ask(&mut world, &json!("garbage")).into_iter().enumerate() {
        let expected = "InvalidGrantTokenException: The grant token is not valid.";
        assert_eq!(answer, Err(expected.to_owned()), "{place}");
    }
}

#[test]
fn a_grant_counts_for_what_another_service_does_for_its_grantee() {
    let (mut world, key) = people();
    let more = json!({"Constraints": {"EncryptionContextSubset": {"PARAMETER_ARN": "arn:p"}}});
    world.grant(&key, &user("bob"), &["Encrypt"], more);
    world.via = Some("ssm");
    assert!(world.encrypts("bob", &key, &json!({"PARAMETER_ARN": "arn:p"})));
    assert!(!world.encrypts("bob", &key, &json!({"PARAMETER_ARN": "arn:q"})));
}
