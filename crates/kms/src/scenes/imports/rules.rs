//! What is refused, and in which words.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kagiban_iam::{Entropy, hex};
use serde_json::{Value, json};

use super::{DAY, OAEP, STAYS};
use crate::import::owner::wrap;
use crate::operations::*;
use crate::private;
use crate::scenes::arn;
use crate::spec::KeySpec;
use crate::testing::{Answer, World};

#[test]
fn a_token_serves_its_own_key_for_a_day() {
    let mut world = World::new();
    let (key, other) = (world.empty(), world.empty());
    let parameters = world.parameters(&key, OAEP);
    let public = BASE64_STANDARD.decode(parameters["PublicKey"].as_str().unwrap());
    let wrapped = BASE64_STANDARD.encode(wrap(OAEP, &public.unwrap(), &[1; 32]));
    let request = |key: &str| {
        json!({
            "KeyId": key, "ImportToken": parameters["ImportToken"], "EncryptedKeyMaterial": wrapped,
            "ExpirationModel": STAYS,
        })
    };
    assert_eq!(
        world.run::<ImportKeyMaterial>(request(&other)).unwrap_err(),
        "InvalidImportTokenException: The import token is invalid or belongs to another KMS key."
    );
    world.now = world.now.plus(Duration::from_secs(DAY - 1));
    world.run::<ImportKeyMaterial>(request(&key)).unwrap();
    world.now = world.now.plus(Duration::from_secs(1));
    assert_eq!(
        world.run::<ImportKeyMaterial>(request(&key)).unwrap_err(),
        "ExpiredImportTokenException: The import token has expired."
    );
}

#[test]
fn what_was_wrapped_otherwise_than_the_token_says_is_not_material() {
    let mut world = World::new();
    let key = world.empty();
    let parameters = world.parameters(&key, OAEP);
    let public = BASE64_STANDARD
        .decode(parameters["PublicKey"].as_str().unwrap())
        .unwrap();
    let strangers = world.parameters(&key, OAEP);
    let strangers = BASE64_STANDARD
        .decode(strangers["PublicKey"].as_str().unwrap())
        .unwrap();
    for wrapped in [
        wrap("RSAES_OAEP_SHA_1", &public, &[1; 32]),
        wrap("RSA_AES_KEY_WRAP_SHA_256", &public, &[1; 32]),
        wrap(OAEP, &strangers, &[1; 32]),
        vec![1],
    ] {
        let request = json!({
            "KeyId": key, "ImportToken": parameters["ImportToken"], "ExpirationModel": STAYS,
            "EncryptedKeyMaterial": BASE64_STANDARD.encode(wrapped),
        });
        let refused = world.run::<ImportKeyMaterial>(request);
        assert_eq!(refused.unwrap_err(), "InvalidCiphertextException");
    }
}

#[test]
fn material_of_the_wrong_kind_or_length_is_refused() {
    let mut world = World::new();
    let cases = [
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "must be 32 bytes long"),
        ("HMAC_224", "GENERATE_VERIFY_MAC", "must be 28 bytes long"),
        ("HMAC_256", "GENERATE_VERIFY_MAC", "must be 32 bytes long"),
        ("HMAC_384", "GENERATE_VERIFY_MAC", "must be 48 bytes long"),
        ("HMAC_512", "GENERATE_VERIFY_MAC", "must be 64 bytes long"),
        (
            "ECC_NIST_P256",
            "SIGN_VERIFY",
            "must be a private key of this kind in PKCS#8 DER",
        ),
    ];
    for (spec, usage, must) in cases {
        let key = world.external(spec, usage);
        let refused = world.import(&key, &[1; 31]).unwrap_err();
        assert_eq!(
            refused,
            format!("IncorrectKeyMaterialException: Key material of key spec {spec} {must}.")
        );
    }
    let other_curve = private::generate(KeySpec::EccNistP384, &Entropy::system()).unwrap();
    let key = world.external("ECC_NIST_P256", "SIGN_VERIFY");
    let refused = world.import_with("RSA_AES_KEY_WRAP_SHA_1", &key, &other_curve, json!({}));
    assert!(
        refused
            .unwrap_err()
            .starts_with("IncorrectKeyMaterialException: ")
    );
}

#[test]
fn what_only_symmetric_keys_have_is_refused_for_others() {
    let mut world = World::new();
    let key = world.external("HMAC_256", "GENERATE_VERIFY_MAC");
    for more in [
        json!({"ImportType": "NEW_KEY_MATERIAL"}),
        json!({"KeyMaterialDescription": "ours"}),
        json!({"KeyMaterialId": hex(&[0; 32])}),
    ] {
        let refused = world.import_with(OAEP, &key, &[1; 32], more).unwrap_err();
        assert!(
            refused.starts_with("UnsupportedOperationException: "),
            "{refused}"
        );
    }
}

#[test]
fn only_keys_with_imported_material_have_it_to_import() {
    let mut world = World::new();
    let key = world.key(json!({}));
    let foreign = format!(
        "UnsupportedOperationException: {} origin is AWS_KMS which is not valid for this operation.",
        arn(&key)
    );
    let asked = json!({"KeyId": key, "WrappingAlgorithm": OAEP, "WrappingKeySpec": "RSA_2048"});
    assert_eq!(world.run::<GetParametersForImport>(asked).unwrap_err(), foreign);
    let import = json!({
        "KeyId": key, "ImportToken": "AAAA", "EncryptedKeyMaterial": "AAAA", "ExpirationModel": STAYS,
    });
    assert_eq!(world.run::<ImportKeyMaterial>(import).unwrap_err(), foreign);
    assert_eq!(world.forget(&key).unwrap_err(), foreign);
}

#[test]
fn the_way_to_wrap_must_suit_the_material() {
    let mut world = World::new();
    let rsa = world.external("RSA_2048", "SIGN_VERIFY");
    let asked = |key: &str, algorithm: &str, spec: &str| json!({"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": spec});
    let refused = world.run::<GetParametersForImport>(asked(&rsa, OAEP, "RSA_4096"));
    assert_eq!(
        refused.unwrap_err(),
        "UnsupportedOperationException: Key material of key spec RSA_2048 cannot be wrapped with \
         RSAES_OAEP_SHA_256 and an RSA_4096 wrapping key."
    );
    for (algorithm, spec) in [("RSAES_PKCS1_V1_5", "RSA_2048"), ("SM2PKE", "SM2"), (OAEP, "SM2")] {
        let refused = world.run::<GetParametersForImport>(asked(&rsa, algorithm, spec));
        assert!(
            refused
                .unwrap_err()
                .starts_with("UnsupportedOperationException: ")
        );
    }
    let refused = world.run::<GetParametersForImport>(asked(&rsa, "ROT13", "RSA_2048"));
    assert!(refused.unwrap_err().contains("at 'wrappingAlgorithm' failed"));
}

#[test]
fn the_date_is_checked() {
    let mut world = World::new();
    let key = world.empty();
    let no_date = json!({"ExpirationModel": "KEY_MATERIAL_EXPIRES"});
    assert_eq!(
        world.import_with(OAEP, &key, &[1; 32], no_date).unwrap_err(),
        "ValidationException: A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"
    );
    let (past, far) = (world.now.seconds(), world.seconds_from_now(366 * DAY));
    for date in [past, far] {
        let refused = world.import_with(OAEP, &key, &[1; 32], json!({"ValidTo": date}));
        assert_eq!(
            refused.unwrap_err(),
            "ValidationException: The validTo date must be in the future and at most 365 days from now"
        );
    }
    let both = json!({"ExpirationModel": STAYS, "ValidTo": world.seconds_from_now(60)});
    let refused = world.import_with(OAEP, &key, &[1; 32], both).unwrap_err();
    assert!(refused.starts_with("ValidationException: "), "{refused}");
}

#[test]
fn policies_see_how_material_is_wrapped_and_when_it_expires() {
    let mut world = World::new();
    let key = world.empty();
    let may = |action: &str, operator: &str, condition: Value| {
        json!({
            "Effect": "Allow", "Action": action, "Resource": "*", "Condition": {operator: condition},
        })
    };
    let before = world.now.plus(Duration::from_secs(DAY)).iso().to_string();
    world.may(
        "ann",
        &json!([
            may(
                "kms:GetParametersForImport",
                "StringEquals",
                json!({
                    "kms:WrappingAlgorithm": OAEP, "kms:WrappingKeySpec": "RSA_3072",
                })
            ),
            may(
                "kms:ImportKeyMaterial",
                "DateLessThan",
                json!({"kms:ValidTo": before})
            ),
            may(
                "kms:CreateKey",
                "StringEquals",
                json!({"kms:KeyOrigin": "EXTERNAL"})
            ),
        ]),
    );
    world.may(
        "bob",
        &may(
            "kms:ImportKeyMaterial",
            "StringEquals",
            json!({"kms:ExpirationModel": STAYS}),
        ),
    );
    let denied = |answer: Answer| answer.unwrap_err().starts_with("AccessDeniedException: ");
    let asked = |algorithm: &str, spec: &str| json!({"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": spec});
    world
        .run_as::<GetParametersForImport>("ann", asked(OAEP, "RSA_3072"))
        .unwrap();
    for (algorithm, spec) in [(OAEP, "RSA_2048"), ("RSAES_OAEP_SHA_1", "RSA_3072")] {
        assert!(denied(
            world.run_as::<GetParametersForImport>("ann", asked(algorithm, spec))
        ));
    }
    world
        .run_as::<CreateKey>("ann", json!({"Origin": "EXTERNAL"}))
        .unwrap();
    assert!(denied(world.run_as::<CreateKey>("ann", json!({}))));

    // A token that nobody made: whoever gets as far is allowed.
    let import = |date: Option<i64>| match date {
        Some(date) => json!({
            "KeyId": key, "ImportToken": "AAAA", "EncryptedKeyMaterial": "AAAA", "ValidTo": date,
        }),
        None => json!({
            "KeyId": key, "ImportToken": "AAAA", "EncryptedKeyMaterial": "AAAA", "ExpirationModel": STAYS,
        }),
    };
    let (soon, late) = (world.seconds_from_now(60), world.seconds_from_now(2 * DAY));
    let allowed = |answer: Answer| answer.unwrap_err().starts_with("InvalidImportTokenException: ");
    assert!(allowed(
        world.run_as::<ImportKeyMaterial>("ann", import(Some(soon)))
    ));
    assert!(denied(
        world.run_as::<ImportKeyMaterial>("ann", import(Some(late)))
    ));
    assert!(denied(world.run_as::<ImportKeyMaterial>("ann", import(None))));
    assert!(allowed(world.run_as::<ImportKeyMaterial>("bob", import(None))));
    assert!(denied(
        world.run_as::<ImportKeyMaterial>("bob", import(Some(soon)))
    ));
}
