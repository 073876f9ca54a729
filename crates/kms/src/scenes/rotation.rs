use serde_json::{Value, json};

use super::arn;
use crate::operations::{
    Decrypt, DescribeKey, DisableKeyRotation, EnableKeyRotation, Encrypt, GetKeyRotationStatus,
    ListKeyRotations, RotateKeyOnDemand, ScheduleKeyDeletion,
};
use crate::records::KeyState;
use crate::rotation::days_after;
use crate::spec::Origin;
use crate::testing::World;

fn material(world: &mut World, key: &str) -> Value {
    let described = world.run::<DescribeKey>(json!({"KeyId": key})).unwrap();
    described["KeyMetadata"]["CurrentKeyMaterialId"].clone()
}

#[test]
fn every_generation_goes_on_decrypting_and_new_ciphertexts_are_under_the_newest() {
    let mut world = World::new();
    let key = world.key(json!({}));
    let mut made = Vec::new();
    for n in 0..4 {
        if n > 0 {
            world.wait(1);
            let rotated = world.run::<RotateKeyOnDemand>(json!({"KeyId": key})).unwrap();
            assert_eq!(rotated, json!({"KeyId": arn(&key)}));
        }
        let blob = world
            .run::<Encrypt>(json!({"KeyId": key, "Plaintext": "eA=="}))
            .unwrap();
        made.push((material(&mut world, &key), blob["CiphertextBlob"].clone()));
    }
    for (id, blob) in &made {
        let opened = world.run::<Decrypt>(json!({"CiphertextBlob": blob})).unwrap();
        assert_eq!(
            (&opened["Plaintext"], &opened["KeyMaterialId"]),
            (&json!("eA=="), id)
        );
    }

    let rotations = world.run::<ListKeyRotations>(json!({"KeyId": key})).unwrap();
    let rotations = rotations["Rotations"].as_array().unwrap();
    assert_eq!(rotations.len(), 3);
    assert_eq!(
        rotations[2],
        json!({
            "KeyId": key, "KeyMaterialId": made[3].0, "KeyMaterialState": "CURRENT",
            "RotationDate": 1_700_000_000 + 3 * 86_400, "RotationType": "ON_DEMAND",
        })
    );
    let all = json!({"KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL", "Limit": 1});
    let all = world.run::<ListKeyRotations>(all).unwrap();
    assert_eq!(
        all["Rotations"],
        json!([{"KeyId": key, "KeyMaterialId": made[0].0, "KeyMaterialState": "NON_CURRENT"}])
    );
    assert_eq!(all["Truncated"], true);
    let next = json!({
        "KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL", "Marker": all["NextMarker"],
    });
    let next = world.run::<ListKeyRotations>(next).unwrap();
    assert_eq!(next["Rotations"].as_array().unwrap().len(), 3);
}

#[test]
fn a_key_is_rotated_on_demand_twenty_five_times_and_no_more() {
    let mut world = World::new();
    let key = world.key(json!({}));
    for _ in 0..25 {
        world.run::<RotateKeyOnDemand>(json!({"KeyId": key})).unwrap();
    }
    assert_eq!(
        world.run::<RotateKeyOnDemand>(json!({"KeyId": key})).unwrap_err(),
        format!(
            "LimitExceededException: The on-demand rotations limit has been reached for the given keyId. \
             No more on-demand rotations can be performed for this key: {}",
            arn(&key)
        )
    );
}

#[test]
fn nobody_asks_for_a_rotation_that_is_about_to_come_by_itself() {
    let mut world = World::new();
    let key = world.key(json!({}));
    world
        .run::<EnableKeyRotation>(json!({"KeyId": key, "RotationPeriodInDays": 90}))
        .unwrap();
    let before = world.record(&key).unwrap().rotation;
    world.wait(89);
    world.run::<RotateKeyOnDemand>(json!({"KeyId": key})).unwrap();
    assert_eq!(world.record(&key).unwrap().rotation, before);
    world.wait(1);
    let refused = world.run::<RotateKeyOnDemand>(json!({"KeyId": key})).unwrap_err();
    assert!(refused.starts_with("ConflictException: "), "{refused}");
}

#[test]
fn the_schedule_is_shown_while_it_is_in_force() {
    let mut world = World::new();
    let key = world.key(json!({}));
    let off = json!({"KeyId": key, "KeyRotationEnabled": false});
    let status = |world: &mut World| {
        world
            .run::<GetKeyRotationStatus>(json!({"KeyId": arn(&key)}))
            .unwrap()
    };
    assert_eq!(status(&mut world), off);

    let start = world.now;
    world.run::<EnableKeyRotation>(json!({"KeyId": key})).unwrap();
    let on = |days: u32, from| {
        json!({
            "KeyId": key, "KeyRotationEnabled": true, "RotationPeriodInDays": days,
            "NextRotationDate": days_after(days, from).seconds(),
        })
    };
    assert_eq!(status(&mut world), on(365, start));
    world.wait(3);
    world
        .run::<EnableKeyRotation>(json!({"KeyId": key, "RotationPeriodInDays": 365}))
        .unwrap();
    assert_eq!(
        status(&mut world),
        on(365, start),
        "the same again changes nothing"
    );
    world
        .run::<EnableKeyRotation>(json!({"KeyId": key, "RotationPeriodInDays": 90}))
        .unwrap();
    let later = world.now;
    assert_eq!(status(&mut world), on(90, later));

    world.run::<ScheduleKeyDeletion>(json!({"KeyId": key})).unwrap();
    assert_eq!(status(&mut world), off);
    world.doctor(&key, |key| key.state = KeyState::Enabled);
    assert_eq!(status(&mut world), on(90, later));
    world.run::<DisableKeyRotation>(json!({"KeyId": key})).unwrap();
    assert_eq!(status(&mut world), off);
}

#[test]
fn the_period_is_within_awss_range_and_policies_see_it() {
    let mut world = World::new();
    let key = world.key(json!({}));
    let enable = |days: u32| json!({"KeyId": key, "RotationPeriodInDays": days});
    for days in [89, 2561] {
        let refused = world.run::<EnableKeyRotation>(enable(days)).unwrap_err();
        assert!(refused.contains("at 'rotationPeriodInDays' failed"), "{refused}");
    }
    let statement = json!({
        "Effect": "Allow", "Action": "kms:EnableKeyRotation", "Resource": "*",
        "Condition": {"NumericLessThanEquals": {"kms:RotationPeriodInDays": "365"}},
    });
    world.may("ann", &statement);
    assert!(world.run_as::<EnableKeyRotation>("ann", enable(366)).is_err());
    world
        .run_as::<EnableKeyRotation>("ann", json!({"KeyId": key}))
        .unwrap();
}

#[test]
fn only_symmetric_keys_of_this_servers_material_rotate() {
    let mut world = World::new();
    let mac = world.key(json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}));
    let named = json!({"KeyId": mac});
    let refusals = [
        world.run::<EnableKeyRotation>(named.clone()),
        world.run::<DisableKeyRotation>(named.clone()),
        world.run::<GetKeyRotationStatus>(named.clone()),
        world.run::<RotateKeyOnDemand>(named.clone()),
        world.run::<ListKeyRotations>(named),
    ];
    for refused in refusals {
        assert_eq!(refused.unwrap_err(), "UnsupportedOperationException");
    }

    let imported = world.key(json!({}));
    world.doctor(&imported, |key| key.origin = Origin::External);
    let foreign = format!(
        "UnsupportedOperationException: {} origin is EXTERNAL which is not valid for this operation.",
        arn(&imported)
    );
    let named = json!({"KeyId": imported});
    assert_eq!(
        world.run::<EnableKeyRotation>(named.clone()).unwrap_err(),
        foreign
    );
    assert_eq!(
        world.run::<RotateKeyOnDemand>(named).unwrap_err(),
        format!(
            "KMSInvalidStateException: No available key material pending rotation for the key: {}.",
            arn(&imported)
        )
    );
}

#[test]
fn a_managed_key_rotates_by_itself_and_nobody_else_rotates_it() {
    let mut world = World::new();
    let managed = world
        .run::<DescribeKey>(json!({"KeyId": "alias/aws/ssm"}))
        .unwrap();
    let id = &managed["KeyMetadata"]["KeyId"];
    let status = world.run::<GetKeyRotationStatus>(json!({"KeyId": id})).unwrap();
    assert_eq!(
        (&status["KeyRotationEnabled"], &status["RotationPeriodInDays"]),
        (&json!(true), &json!(365))
    );
    for refused in [
        world.run::<DisableKeyRotation>(json!({"KeyId": id})),
        world.run::<RotateKeyOnDemand>(json!({"KeyId": id})),
    ] {
        assert!(refused.unwrap_err().starts_with("AccessDeniedException: "));
    }
}
