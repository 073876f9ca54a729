//! Material is brought, used, taken away and brought back.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kagiban_iam::Entropy;
use serde_json::json;

use super::{DAY, OAEP, STAYS, pending, state};
use crate::operations::*;
use crate::private;
use crate::records::KeyState;
use crate::scenes::arn;
use crate::spec::KeySpec;
use crate::testing::World;

#[test]
fn a_key_for_imported_material_is_made_without_any() {
    let mut world = World::new();
    let specs = KeySpec::ALL.iter().filter(|spec| spec.rsa_bits() != Some(4096));
    for spec in specs {
        let usages = crate::spec::KeyUsage::ALL.iter();
        for usage in usages.filter(|usage| spec.algorithms(**usage).is_some()) {
            let key = world.external(spec.as_str(), usage.as_str());
            let described = world.described(&key);
            assert_eq!(state(&described), "PendingImport", "{spec} {usage}");
            assert_eq!(
                (&described["Enabled"], &described["Origin"]),
                (&json!(false), &json!("EXTERNAL"))
            );
            for member in [
                "CurrentKeyMaterialId",
                "ExpirationModel",
                "ValidTo",
                "DeletionDate",
            ] {
                assert!(described.get(member).is_none(), "{spec} {member}");
            }
        }
    }
    let key = world.empty();
    let refused = world.run::<Encrypt>(json!({"KeyId": key, "Plaintext": "eA=="}));
    assert_eq!(refused.unwrap_err(), pending(&key));
    for origin in ["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"] {
        let refused = world.run::<CreateKey>(json!({"Origin": origin})).unwrap_err();
        assert!(
            refused.starts_with("UnsupportedOperationException: "),
            "{refused}"
        );
    }
}

#[test]
fn material_is_imported_deleted_and_imported_again_and_opens_what_it_has_sealed() {
    let mut world = World::new();
    let key = world.empty();
    let parameters = world.parameters(&key, OAEP);
    assert_eq!(parameters["KeyId"], arn(&key));
    assert_eq!(parameters["ParametersValidTo"], world.seconds_from_now(DAY));

    let imported = world.import(&key, &[1; 32]).unwrap();
    assert_eq!(imported["KeyId"], arn(&key));
    let described = world.described(&key);
    assert_eq!(
        (state(&described), &described["Enabled"]),
        ("Enabled", &json!(true))
    );
    assert_eq!(described["CurrentKeyMaterialId"], imported["KeyMaterialId"]);
    assert_eq!(described["ExpirationModel"], STAYS);
    assert!(described.get("ValidTo").is_none());
    let blob = world.encrypted(&key);

    let deleted = world.forget(&key).unwrap();
    assert_eq!(
        deleted,
        json!({"KeyId": arn(&key), "KeyMaterialId": imported["KeyMaterialId"]})
    );
    let described = world.described(&key);
    assert_eq!(state(&described), "PendingImport");
    assert_eq!(described["CurrentKeyMaterialId"], imported["KeyMaterialId"]);
    assert!(described.get("ExpirationModel").is_none());
    assert_eq!(world.decrypted(&blob).unwrap_err(), pending(&key));
    assert_eq!(world.forget(&key).unwrap(), deleted, "again, to no effect");

    let refused = world.import(&key, &[2; 32]).unwrap_err();
    assert!(
        refused.starts_with("IncorrectKeyMaterialException: "),
        "{refused}"
    );
    assert_eq!(world.import(&key, &[1; 32]).unwrap(), imported);
    assert_eq!(world.decrypted(&blob).unwrap()["Plaintext"], "eA==");
}

#[test]
fn the_bytes_of_deleted_material_are_gone_from_the_record() {
    let mut world = World::new();
    let key = world.empty();
    world.import(&key, &[1; 32]).unwrap();
    let kept = |world: &World| {
        let keyring = world.kms.keyring(crate::testing::scope()).unwrap();
        keyring.generations(&key).next().unwrap().1.record().sealed.len()
    };
    assert_ne!(kept(&world), 0);
    world.forget(&key).unwrap();
    assert_eq!(kept(&world), 0);
}

#[test]
fn keys_of_every_kind_work_with_imported_material() {
    let mut world = World::new();
    for (spec, usage, algorithm) in [
        ("RSA_2048", "SIGN_VERIFY", "RSASSA_PSS_SHA_256"),
        ("ECC_NIST_P256", "SIGN_VERIFY", "ECDSA_SHA_256"),
        ("ECC_NIST_P521", "SIGN_VERIFY", "ECDSA_SHA_512"),
        ("ECC_SECG_P256K1", "SIGN_VERIFY", "ECDSA_SHA_256"),
        ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", "ED25519_SHA_512"),
        ("ML_DSA_44", "SIGN_VERIFY", "ML_DSA_SHAKE_256"),
    ] {
        let key = world.external(spec, usage);
        let secret = private::generate(KeySpec::find(spec).unwrap(), &Entropy::system()).unwrap();
        let wrapping = "RSA_AES_KEY_WRAP_SHA_256";
        let imported = world.import_with(wrapping, &key, &secret, json!({})).unwrap();
        assert_eq!(
            imported,
            json!({"KeyId": arn(&key)}),
            "{spec}: only symmetric keys name their material"
        );
        assert!(world.described(&key).get("CurrentKeyMaterialId").is_none());
        let sign = json!({"KeyId": key, "Message": "eA==", "SigningAlgorithm": algorithm});
        let signature = world.run::<Sign>(sign).unwrap()["Signature"].take();
        let verify = json!({
            "KeyId": key, "Message": "eA==", "SigningAlgorithm": algorithm, "Signature": signature,
        });
        assert_eq!(world.forget(&key).unwrap(), json!({"KeyId": arn(&key)}));
        assert_eq!(world.run::<Verify>(verify.clone()).unwrap_err(), pending(&key));
        let other = private::generate(KeySpec::find(spec).unwrap(), &Entropy::system()).unwrap();
        let refused = world.import_with(wrapping, &key, &other, json!({})).unwrap_err();
        assert_eq!(
            refused,
            format!(
                "IncorrectKeyMaterialException: The key material is not associated with KMS key {}.",
                arn(&key)
            )
        );
        world.import_with(wrapping, &key, &secret, json!({})).unwrap();
        assert_eq!(
            world.run::<Verify>(verify).unwrap()["SignatureValid"],
            true,
            "{spec}"
        );
    }
    let key = world.external("HMAC_384", "GENERATE_VERIFY_MAC");
    world.import(&key, &[5; 48]).unwrap();
    let tag = json!({"KeyId": key, "Message": "eA==", "MacAlgorithm": "HMAC_SHA_384"});
    let made = world.run::<GenerateMac>(tag).unwrap();
    let expected = aws_lc_rs::hmac::sign(
        &aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA384, &[5; 48]),
        b"x",
    );
    assert_eq!(made["Mac"], BASE64_STANDARD.encode(expected));
}

#[test]
fn expired_material_is_refused_at_once_and_deleted_soon() {
    let mut world = World::new();
    let key = world.empty();
    let date = world.seconds_from_now(10);
    world
        .import_with(OAEP, &key, &[1; 32], json!({"ValidTo": date}))
        .unwrap();
    let described = world.described(&key);
    assert_eq!(
        (&described["ExpirationModel"], &described["ValidTo"]),
        (&json!("KEY_MATERIAL_EXPIRES"), &json!(date))
    );
    let blob = world.encrypted(&key);

    world.now = world.now.plus(Duration::from_secs(10));
    assert_eq!(world.decrypted(&blob).unwrap_err(), pending(&key));
    assert_eq!(state(&world.described(&key)), "PendingImport");
    assert_eq!(
        world.record(&key).unwrap().state,
        KeyState::Enabled,
        "nothing has been written yet"
    );
    assert_eq!(world.look_after_keys(), [crate::upkeep::Work::Expire]);
    assert_eq!(world.record(&key).unwrap().state, KeyState::PendingImport);
    assert_eq!(world.materials(&key)[0]["ImportState"], "PENDING_IMPORT");
    assert_eq!(world.look_after_keys(), []);
    assert_eq!(world.decrypted(&blob).unwrap_err(), pending(&key));

    world.import(&key, &[1; 32]).unwrap();
    assert_eq!(world.decrypted(&blob).unwrap()["Plaintext"], "eA==");
}

#[test]
fn importing_again_moves_the_date() {
    let mut world = World::new();
    let key = world.empty();
    let date = world.seconds_from_now(10);
    world
        .import_with(OAEP, &key, &[1; 32], json!({"ValidTo": date}))
        .unwrap();
    world.import(&key, &[1; 32]).unwrap();
    assert_eq!(world.described(&key)["ExpirationModel"], STAYS);
    world.now = world.now.plus(Duration::from_secs(11));
    assert_eq!(world.look_after_keys(), []);
    world.encrypted(&key);
}

#[test]
fn a_disabled_key_stays_disabled_unless_its_material_comes_back() {
    let mut world = World::new();
    let key = world.empty();
    world.import(&key, &[1; 32]).unwrap();
    world.run::<DisableKey>(json!({"KeyId": key})).unwrap();
    world.import(&key, &[1; 32]).unwrap();
    assert_eq!(state(&world.described(&key)), "Disabled");
    world.forget(&key).unwrap();
    assert_eq!(state(&world.described(&key)), "PendingImport");
    world.import(&key, &[1; 32]).unwrap();
    assert_eq!(state(&world.described(&key)), "Enabled");
}

#[test]
fn a_dying_key_loses_its_material_and_stays_dying() {
    let mut world = World::new();
    let key = world.empty();
    world.import(&key, &[1; 32]).unwrap();
    world.run::<ScheduleKeyDeletion>(json!({"KeyId": key})).unwrap();
    let doomed = format!("KMSInvalidStateException: {} is pending deletion.", arn(&key));
    let asked = json!({"KeyId": key, "WrappingAlgorithm": OAEP, "WrappingKeySpec": "RSA_2048"});
    assert_eq!(world.run::<GetParametersForImport>(asked).unwrap_err(), doomed);
    world.forget(&key).unwrap();
    assert_eq!(state(&world.described(&key)), "PendingDeletion");
    world.run::<CancelKeyDeletion>(json!({"KeyId": key})).unwrap();
    assert_eq!(state(&world.described(&key)), "PendingImport");
    world.run::<ScheduleKeyDeletion>(json!({"KeyId": key})).unwrap();
    world.wait(30);
    assert_eq!(world.look_after_keys(), [crate::upkeep::Work::Destroy]);
}
