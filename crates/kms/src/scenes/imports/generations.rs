//! Symmetric keys with several generations of imported material.

use std::time::Duration;

use kagiban_iam::hex;
use serde_json::{Value, json};

use super::{OAEP, STAYS, state};
use crate::operations::*;
use crate::scenes::arn;
use crate::testing::World;

#[test]
fn another_generation_waits_for_its_rotation() {
    let mut world = World::new();
    let key = world.empty();
    let first = world.import(&key, &[1; 32]).unwrap()["KeyMaterialId"].take();
    let old_blob = world.encrypted(&key);
    let unrotated = format!(
        "KMSInvalidStateException: No available key material pending rotation for the key: {}.",
        arn(&key)
    );
    let rotate = json!({"KeyId": key});
    assert_eq!(
        world.run::<RotateKeyOnDemand>(rotate.clone()).unwrap_err(),
        unrotated
    );

    let described = json!({"ImportType": "NEW_KEY_MATERIAL", "KeyMaterialDescription": "the second"});
    let second = world.import_with(OAEP, &key, &[2; 32], described).unwrap()["KeyMaterialId"].take();
    assert_eq!(world.described(&key)["CurrentKeyMaterialId"], first);
    let third = world.import_another(&key, &[3; 32]).unwrap_err();
    let (start, end) = third.split_once(" (id: ").unwrap();
    assert_eq!(start, "KMSInvalidStateException: New key material");
    assert_eq!(
        &end[64..],
        format!(
            ") cannot be imported into KMS key {}, because another key material (id: {}) is pending rotation.",
            arn(&key),
            second.as_str().unwrap()
        )
    );
    assert_eq!(
        world.materials(&key),
        [
            json!({
                "KeyId": key, "KeyMaterialId": first, "ImportState": "IMPORTED",
                "KeyMaterialState": "CURRENT", "ExpirationModel": STAYS,
            }),
            json!({
                "KeyId": key, "KeyMaterialId": second, "ImportState": "IMPORTED",
                "KeyMaterialState": "PENDING_ROTATION", "ExpirationModel": STAYS,
                "KeyMaterialDescription": "the second",
            }),
        ]
    );

    assert_eq!(
        world.run::<RotateKeyOnDemand>(rotate.clone()).unwrap(),
        json!({"KeyId": arn(&key)})
    );
    assert_eq!(world.described(&key)["CurrentKeyMaterialId"], second);
    let rotations = world.run::<ListKeyRotations>(json!({"KeyId": key})).unwrap();
    assert_eq!(
        rotations["Rotations"],
        json!([{
            "KeyId": key, "KeyMaterialId": second, "ImportState": "IMPORTED",
            "KeyMaterialState": "CURRENT", "ExpirationModel": STAYS,
            "KeyMaterialDescription": "the second", "RotationDate": world.now.seconds(),
            "RotationType": "ON_DEMAND",
        }])
    );
    assert_eq!(world.materials(&key)[0]["KeyMaterialState"], "NON_CURRENT");
    assert_eq!(world.decrypted(&old_blob).unwrap()["KeyMaterialId"], first);
    let new_blob = world.encrypted(&key);
    assert_eq!(world.decrypted(&new_blob).unwrap()["KeyMaterialId"], second);
    assert_eq!(world.run::<RotateKeyOnDemand>(rotate).unwrap_err(), unrotated);
    let status = world.run::<GetKeyRotationStatus>(json!({"KeyId": key})).unwrap();
    assert_eq!(status, json!({"KeyId": key, "KeyRotationEnabled": false}));
}

#[test]
fn a_key_needs_all_its_generations_and_none_that_waits() {
    let mut world = World::new();
    let key = world.empty();
    let first = world.import(&key, &[1; 32]).unwrap()["KeyMaterialId"].take();
    world.import_another(&key, &[2; 32]).unwrap();
    world.run::<RotateKeyOnDemand>(json!({"KeyId": key})).unwrap();
    let third = world.import_another(&key, &[3; 32]).unwrap()["KeyMaterialId"].take();
    let delete = |id: &Value| json!({"KeyId": key, "KeyMaterialId": id});

    world.run::<DeleteImportedKeyMaterial>(delete(&third)).unwrap();
    assert_eq!(state(&world.described(&key)), "Enabled");
    assert_eq!(
        world.materials(&key).len(),
        2,
        "nothing stays of what was waiting"
    );

    world.run::<DeleteImportedKeyMaterial>(delete(&first)).unwrap();
    assert_eq!(state(&world.described(&key)), "PendingImport");
    world.forget(&key).unwrap();
    let states: Vec<Value> = world
        .materials(&key)
        .iter()
        .map(|one| one["ImportState"].clone())
        .collect();
    assert_eq!(states, ["PENDING_IMPORT", "PENDING_IMPORT"]);
    world.import(&key, &[2; 32]).unwrap();
    assert_eq!(
        state(&world.described(&key)),
        "PendingImport",
        "the first is still missing"
    );
    world.import(&key, &[1; 32]).unwrap();
    assert_eq!(state(&world.described(&key)), "Enabled");

    let unknown = world.run::<DeleteImportedKeyMaterial>(delete(&json!(hex(&[0; 32]))));
    assert!(unknown.unwrap_err().starts_with("NotFoundException: "));
}

#[test]
fn a_generation_that_expires_while_it_waits_makes_room_for_another() {
    let mut world = World::new();
    let key = world.empty();
    world.import(&key, &[1; 32]).unwrap();
    for material in [2, 3] {
        let date = world.seconds_from_now(10);
        let waiting = json!({"ImportType": "NEW_KEY_MATERIAL", "ValidTo": date});
        world.import_with(OAEP, &key, &[material; 32], waiting).unwrap();
        world.now = world.now.plus(Duration::from_secs(10));
        assert_eq!(state(&world.described(&key)), "Enabled");
        assert!(world.run::<RotateKeyOnDemand>(json!({"KeyId": key})).is_err());
    }
    assert_eq!(world.look_after_keys(), [crate::upkeep::Work::Expire]);
    assert_eq!(world.materials(&key).len(), 1);
    world.import_another(&key, &[4; 32]).unwrap();
    world.run::<RotateKeyOnDemand>(json!({"KeyId": key})).unwrap();
    assert_eq!(state(&world.described(&key)), "Enabled");
    assert_eq!(world.record(&key).unwrap().current_material, 2);
}

#[test]
fn material_is_the_one_that_was_announced() {
    let mut world = World::new();
    let key = world.empty();
    let existing = json!({"ImportType": "EXISTING_KEY_MATERIAL"});
    let refused = world
        .import_with(OAEP, &key, &[1; 32], existing.clone())
        .unwrap_err();
    assert!(
        refused.starts_with("IncorrectKeyMaterialException: "),
        "{refused}"
    );
    let first = world.import_another(&key, &[1; 32]).unwrap()["KeyMaterialId"].take();
    world.import_with(OAEP, &key, &[1; 32], existing).unwrap();
    let id = first.as_str().unwrap();
    assert_eq!(
        world.import_another(&key, &[1; 32]).unwrap_err(),
        format!(
            "IncorrectKeyMaterialException: The key material (id: {id}) is already associated with KMS key {}.",
            arn(&key)
        )
    );
    world
        .import_with(OAEP, &key, &[1; 32], json!({"KeyMaterialId": id}))
        .unwrap();
    let other = json!({"KeyMaterialId": hex(&[0; 32])});
    let refused = world.import_with(OAEP, &key, &[1; 32], other).unwrap_err();
    assert!(
        refused.contains(") is not the one named for KMS key "),
        "{refused}"
    );
    let both = json!({"KeyMaterialId": id, "ImportType": "NEW_KEY_MATERIAL"});
    let refused = world.import_with(OAEP, &key, &[1; 32], both).unwrap_err();
    assert!(refused.starts_with("ValidationException: "), "{refused}");
}

#[test]
fn a_description_stays_until_another_is_given() {
    let mut world = World::new();
    let key = world.empty();
    for (given, kept) in [(Some("one"), "one"), (None, "one"), (Some("two"), "two")] {
        let more = given.map_or(json!({}), |text| json!({"KeyMaterialDescription": text}));
        world.import_with(OAEP, &key, &[1; 32], more).unwrap();
        assert_eq!(world.materials(&key)[0]["KeyMaterialDescription"], kept);
        world.forget(&key).unwrap();
    }
}
