//! Imported material in several Regions.

use serde_json::json;

use super::{arn, pending};
use crate::operations::RotateKeyOnDemand;
use crate::testing::World;

const HOME: &str = "us-east-1";
const IRELAND: &str = "eu-west-1";

fn abroad(id: &str) -> String {
    arn(id).replace(HOME, IRELAND)
}

/// A key that has the same material in both Regions.
fn family(world: &mut World) -> String {
    let id = world.family(json!({"Origin": "EXTERNAL"}), &[]);
    world.import(&id, &[1; 32]).unwrap();
    world.replicate(&id, IRELAND).unwrap();
    world.go(IRELAND);
    world.import(&id, &[1; 32]).unwrap();
    world.go(HOME);
    id
}

#[test]
fn a_replica_waits_for_the_primary_keys_material_and_takes_no_other() {
    let mut world = World::new();
    let id = world.family(json!({"Origin": "EXTERNAL"}), &[]);
    assert_eq!(world.replicate(&id, IRELAND).unwrap_err(), pending(&id));
    world.import(&id, &[1; 32]).unwrap();
    let blob = world.encrypted(&id);
    world.replicate(&id, IRELAND).unwrap();

    world.go(IRELAND);
    assert_eq!(world.described(&id)["KeyState"], "PendingImport");
    assert!(world.decrypted(&blob).is_err());
    for refused in [world.import(&id, &[2; 32]), world.import_another(&id, &[1; 32])] {
        let refused = refused.unwrap_err();
        assert!(
            refused.starts_with("IncorrectKeyMaterialException: "),
            "{refused}"
        );
    }
    world.import(&id, &[1; 32]).unwrap();
    assert_eq!(world.described(&id)["KeyState"], "Enabled");
    world.decrypted(&blob).unwrap();
    world.forget(&id).unwrap();
    world.go(HOME);
    assert_eq!(world.described(&id)["KeyState"], "Enabled");
}

#[test]
fn imported_generations_follow_once_every_region_has_the_next_one() {
    let mut world = World::new();
    let id = family(&mut world);
    world.import_another(&id, &[2; 32]).unwrap();
    let rotate = json!({"KeyId": id});
    let refused = world.run::<RotateKeyOnDemand>(rotate.clone()).unwrap_err();
    assert_eq!(
        refused,
        format!(
            "KMSInvalidStateException: No available key material pending rotation for the key: {}.",
            abroad(&id)
        )
    );
    assert_eq!(world.record(&id).unwrap().current_material, 1);
    world.go(IRELAND);
    world.import_another(&id, &[2; 32]).unwrap();
    world.go(HOME);
    world.run::<RotateKeyOnDemand>(rotate).unwrap();
    let (blob, home) = (world.encrypted(&id), world.record(&id).unwrap());
    let material = world.described(&id)["CurrentKeyMaterialId"].clone();
    world.go(IRELAND);
    let there = world.record(&id).unwrap();
    assert_eq!(
        (home.current_material, home.on_demand_rotations),
        (there.current_material, there.on_demand_rotations)
    );
    assert_eq!(world.decrypted(&blob).unwrap()["KeyMaterialId"], material);
}

#[test]
fn regions_with_different_material_waiting_do_not_rotate() {
    let mut world = World::new();
    let id = family(&mut world);
    world.import_another(&id, &[2; 32]).unwrap();
    world.go(IRELAND);
    world.import_another(&id, &[3; 32]).unwrap();
    world.go(HOME);
    let refused = world.run::<RotateKeyOnDemand>(json!({"KeyId": id})).unwrap_err();
    assert!(refused.contains(&abroad(&id)), "{refused}");
}
