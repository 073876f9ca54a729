//! Ciphertexts that change their key or their encryption context.

use serde_json::{Value, json};

use super::arn;
use crate::operations::{CreateAlias, Decrypt, DisableKey, Encrypt, GetKeyLastUsage, ReEncrypt};
use crate::testing::World;

/// What the caller learns of a key that only the ciphertext names.
const HIDDEN: &str = "AccessDeniedException: The ciphertext refers to a customer master key that does \
    not exist, does not exist in this region, or you are not allowed to access.";

const OAEP: &str = "RSAES_OAEP_SHA_256";

impl World {
    /// The ciphertext of `x` under a key.
    pub(super) fn blob(&mut self, key: &str, context: &Value) -> Value {
        let encrypt = json!({"KeyId": key, "Plaintext": "eA==", "EncryptionContext": context});
        self.run::<Encrypt>(encrypt).unwrap()["CiphertextBlob"].take()
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "conditions are written where they are used"
)]
fn allow(action: &str, condition: Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition})
}

#[test]
fn a_ciphertext_moves_to_another_key_and_context() {
    let mut world = World::new();
    let (old, new) = (world.key(json!({})), world.key(json!({})));
    let blob = world.blob(&old, &json!({"app": "a"}));
    let moved = json!({
        "CiphertextBlob": blob, "SourceEncryptionContext": {"app": "a"},
        "DestinationKeyId": new, "DestinationEncryptionContext": {"app": "b"},
    });
    let mut moved = world.run::<ReEncrypt>(moved).unwrap();
    let blob = moved["CiphertextBlob"].take();
    let opened = world
        .run::<Decrypt>(json!({"CiphertextBlob": blob, "EncryptionContext": {"app": "b"}}))
        .unwrap();
    assert_eq!(opened["KeyId"], arn(&new));
    assert_eq!(opened["Plaintext"], "eA==");
    let source = world.view().material_id(&old);
    assert_ne!(source, opened["KeyMaterialId"]);
    assert_eq!(
        moved,
        json!({
            "CiphertextBlob": null, "SourceKeyId": arn(&old), "KeyId": arn(&new),
            "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "SourceKeyMaterialId": source, "DestinationKeyMaterialId": opened["KeyMaterialId"],
        })
    );
    for key in [&old, &new] {
        let used = world.run::<GetKeyLastUsage>(json!({"KeyId": key})).unwrap();
        let expected = if key == &old { "ReEncrypt" } else { "Decrypt" };
        assert_eq!(used["KeyLastUsage"]["Operation"], expected);
    }
}

impl crate::View<'_> {
    /// The id of a key's newest generation.
    fn material_id(&self, key: &str) -> String {
        let keyring = self.kms.keyring(crate::testing::scope()).unwrap();
        let material = keyring.current_material(&keyring.keys[key]).unwrap();
        kagiban_iam::hex(material.id())
    }
}

#[test]
fn asymmetric_keys_can_be_at_either_end() {
    let mut world = World::new();
    let symmetric = world.key(json!({}));
    let rsa = world.key(json!({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}));
    let blob = world.blob(&symmetric, &json!({}));
    let to_rsa = json!({
        "CiphertextBlob": blob, "DestinationKeyId": rsa, "DestinationEncryptionAlgorithm": OAEP,
    });
    let there = world.run::<ReEncrypt>(to_rsa).unwrap();
    assert_eq!(there["DestinationEncryptionAlgorithm"], OAEP);
    assert_eq!(there["DestinationKeyMaterialId"], Value::Null);

    let mut back = json!({
        "CiphertextBlob": there["CiphertextBlob"], "SourceEncryptionAlgorithm": OAEP,
        "DestinationKeyId": symmetric,
    });
    assert_eq!(
        world.run::<ReEncrypt>(back.clone()).unwrap_err(),
        format!("ValidationException: SourceKeyId is required with algorithm {OAEP}.")
    );
    back["SourceKeyId"] = json!(rsa);
    let back = world.run::<ReEncrypt>(back).unwrap();
    assert_eq!(back["SourceKeyId"], arn(&rsa));
    assert_eq!(back["SourceKeyMaterialId"], Value::Null);
    let opened = json!({"CiphertextBlob": back["CiphertextBlob"]});
    assert_eq!(world.run::<Decrypt>(opened).unwrap()["Plaintext"], "eA==");
}

#[test]
fn each_end_is_allowed_by_its_own_permission_and_context() {
    let mut world = World::new();
    let (old, new) = (world.key(json!({})), world.key(json!({})));
    let blob = world.blob(&old, &json!({"app": "a"}));
    let ask = json!({
        "CiphertextBlob": blob, "SourceEncryptionContext": {"app": "a"},
        "DestinationKeyId": new, "DestinationEncryptionContext": {"app": "b"},
    });
    let app = |app: &str| json!({"StringEquals": {"kms:EncryptionContext:app": app}});
    world.may(
        "ann",
        &json!([
            allow("kms:ReEncryptFrom", app("a")),
            allow("kms:ReEncryptTo", app("b"))
        ]),
    );
    world.run_as::<ReEncrypt>("ann", ask.clone()).unwrap();

    world.may("bob", &json!([allow("kms:ReEncryptFrom", app("a"))]));
    assert_eq!(
        world.run_as::<ReEncrypt>("bob", ask.clone()).unwrap_err(),
        format!(
            "AccessDeniedException: User: arn:aws:iam::111122223333:user/bob is not authorized to \
             perform: kms:ReEncryptTo on resource: {} because no identity-based policy allows the \
             kms:ReEncryptTo action",
            arn(&new)
        )
    );
    world.may(
        "eve",
        &json!([
            allow("kms:ReEncryptTo", json!({})),
            allow("kms:Decrypt", json!({}))
        ]),
    );
    assert_eq!(world.run_as::<ReEncrypt>("eve", ask.clone()).unwrap_err(), HIDDEN);
    // Each context is held against its own end.
    world.may(
        "kim",
        &json!([
            allow("kms:ReEncryptFrom", app("b")),
            allow("kms:ReEncryptTo", app("a"))
        ]),
    );
    assert_eq!(world.run_as::<ReEncrypt>("kim", ask).unwrap_err(), HIDDEN);
}

#[test]
fn policies_can_ask_whether_the_key_stays_the_same() {
    let mut world = World::new();
    let (one, other) = (world.key(json!({})), world.key(json!({})));
    let blob = world.blob(&one, &json!({}));
    let ask = |to: &str| json!({"CiphertextBlob": blob, "DestinationKeyId": to});
    let same = |same: bool| json!({"Bool": {"kms:ReEncryptOnSameKey": same}});
    world.may("ann", &json!([allow("kms:ReEncrypt*", same(true))]));
    world.run_as::<ReEncrypt>("ann", ask(&one)).unwrap();
    assert_eq!(world.run_as::<ReEncrypt>("ann", ask(&other)).unwrap_err(), HIDDEN);
    world.may("bob", &json!([allow("kms:ReEncrypt*", same(false))]));
    world.run_as::<ReEncrypt>("bob", ask(&other)).unwrap();
    assert_eq!(world.run_as::<ReEncrypt>("bob", ask(&one)).unwrap_err(), HIDDEN);
}

#[test]
fn what_does_not_open_is_not_encrypted_anew() {
    let mut world = World::new();
    let (one, other) = (world.key(json!({})), world.key(json!({})));
    let signing = world.key(json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}));
    let blob = world.blob(&one, &json!({"app": "a"}));
    let ask = |more: Value| {
        let mut ask = json!({
            "CiphertextBlob": blob, "SourceEncryptionContext": {"app": "a"}, "DestinationKeyId": other,
        });
        let members = more.as_object().unwrap().clone();
        ask.as_object_mut().unwrap().extend(members);
        ask
    };
    for (more, refused) in [
        (
            json!({"SourceEncryptionContext": {"app": "b"}}),
            "InvalidCiphertextException".to_owned(),
        ),
        (
            json!({"CiphertextBlob": null}),
            "ValidationException: 1 validation error detected: Value null at 'ciphertextBlob' failed to \
             satisfy constraint: Member must not be null"
                .to_owned(),
        ),
        (
            json!({"SourceKeyId": other}),
            "IncorrectKeyException: The key ID in the request does not identify a CMK that can \
             perform this operation."
                .to_owned(),
        ),
        (
            json!({"DestinationKeyId": signing}),
            format!(
                "InvalidKeyUsageException: {} key usage is SIGN_VERIFY which is not valid for ReEncrypt.",
                arn(&signing)
            ),
        ),
        (
            json!({"DestinationEncryptionAlgorithm": OAEP}),
            format!(
                "InvalidKeyUsageException: Algorithm {OAEP} is incompatible with key spec SYMMETRIC_DEFAULT."
            ),
        ),
    ] {
        assert_eq!(world.run::<ReEncrypt>(ask(more)).unwrap_err(), refused);
    }
}

#[test]
fn nothing_is_said_of_a_ciphertexts_key_that_is_not_the_one_meant() {
    let mut world = World::new();
    let (one, other) = (world.key(json!({})), world.key(json!({})));
    let blob = world.blob(&one, &json!({}));
    world.run::<DisableKey>(json!({"KeyId": one})).unwrap();
    let incorrect = "IncorrectKeyException: The key ID in the request does not identify a CMK that can \
                     perform this operation.";
    let decrypt = json!({"CiphertextBlob": blob, "KeyId": other});
    assert_eq!(world.run::<Decrypt>(decrypt).unwrap_err(), incorrect);
    let again = json!({"CiphertextBlob": blob, "SourceKeyId": other, "DestinationKeyId": other});
    assert_eq!(world.run::<ReEncrypt>(again).unwrap_err(), incorrect);
}

#[test]
fn the_alias_that_names_a_ciphertexts_key_can_be_demanded() {
    let mut world = World::new();
    let (key, other) = (world.key(json!({})), world.key(json!({})));
    for (alias, key) in [("alias/app", &key), ("alias/other", &other)] {
        let create = json!({"AliasName": alias, "TargetKeyId": key});
        world.run::<CreateAlias>(create).unwrap();
    }
    let alias = json!({"StringEquals": {"kms:RequestAlias": "alias/app"}});
    world.may("ann", &json!([allow("kms:Decrypt", alias)]));
    let blob = world.blob(&key, &json!({}));
    let mut ask = |key: Value| world.run_as::<Decrypt>("ann", json!({"CiphertextBlob": blob, "KeyId": key}));
    assert!(ask(json!("alias/app")).is_ok());
    assert_eq!(ask(json!(key)).unwrap_err(), HIDDEN);
    assert_eq!(ask(Value::Null).unwrap_err(), HIDDEN);
    // Another key's alias is not lent to this one.
    let others = world.blob(&other, &json!({}));
    let lent = json!({"CiphertextBlob": others, "KeyId": "alias/app"});
    let incorrect = "IncorrectKeyException: ";
    assert!(
        world
            .run_as::<Decrypt>("ann", lent)
            .unwrap_err()
            .starts_with(incorrect)
    );
}
