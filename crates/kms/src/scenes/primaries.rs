//! What a primary key decides for all of its siblings, and how it comes and goes.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::arn;
use crate::operations::{
    CancelKeyDeletion, CreateAlias, Decrypt, DisableKey, DisableKeyRotation, EnableKey, EnableKeyRotation,
    Encrypt, GetKeyRotationStatus, ListKeyRotations, ReplicateKey, RotateKeyOnDemand, ScheduleKeyDeletion,
    UpdatePrimaryRegion,
};
use crate::records::{Key, KeyState};
use crate::siblings::MAX_REGIONS;
use crate::testing::{Answer, World, scope};
use crate::upkeep::Work;

const HOME: &str = "us-east-1";
const IRELAND: &str = "eu-west-1";
const LONDON: &str = "eu-west-2";
const REGIONS: [&str; 3] = [HOME, IRELAND, LONDON];

impl World {
    fn record_in(&self, region: &str, id: &str) -> Option<Key> {
        let keyring = self.kms.keyring(scope().at(region.parse().unwrap()))?;
        Some(Key::clone(keyring.keys.get(id)?))
    }

    fn primary_of(&self, region: &str, id: &str) -> String {
        let regions = self.record_in(region, id).unwrap().multi_region.unwrap();
        regions.primary.to_string()
    }

    fn update_primary(&mut self, id: &str, region: &str) -> Answer {
        self.run::<UpdatePrimaryRegion>(json!({"KeyId": id, "PrimaryRegion": region}))
    }

    fn schedule(&mut self, id: &str) -> Answer {
        self.run::<ScheduleKeyDeletion>(json!({"KeyId": id, "PendingWindowInDays": 7}))
    }

    fn status(&mut self, id: &str) -> Value {
        self.run::<GetKeyRotationStatus>(json!({"KeyId": id})).unwrap()
    }

    /// What siblings share must be the same in all Regions, and every Region that is listed must have
    /// the key.
    fn demand_agreement(&self, id: &str) {
        let there = REGIONS.map(|region| (region, self.record_in(region, id)));
        let keys: Vec<(&str, &Key)> = there
            .iter()
            .filter_map(|(region, key)| Some((*region, key.as_ref()?)))
            .collect();
        let shared = |key: &Key| {
            let own = (key.current_material, key.on_demand_rotations, key.rotation);
            (own, key.spec, key.usage, key.origin, key.multi_region.clone())
        };
        let materials = |region: &str| {
            let keyring = self.kms.keyring(scope().at(region.parse().unwrap())).unwrap();
            let of = |(number, material): (u32, &crate::material::Resident)| (number, material.id().to_vec());
            keyring.generations(id).map(of).collect::<Vec<_>>()
        };
        let listed: BTreeSet<String> = match keys.first() {
            Some((_, key)) => key
                .multi_region
                .as_ref()
                .unwrap()
                .all()
                .map(|region| region.to_string())
                .collect(),
            None => BTreeSet::new(),
        };
        assert_eq!(
            listed,
            keys.iter().map(|(region, _)| (*region).to_owned()).collect()
        );
        for pair in keys.windows(2) {
            assert_eq!(shared(pair[0].1), shared(pair[1].1));
            assert_eq!(materials(pair[0].0), materials(pair[1].0));
        }
    }
}

#[test]
fn a_primary_key_rotates_for_all_of_its_regions() {
    let mut world = World::new();
    let id = world.family(json!({}), &[IRELAND, LONDON]);
    world.go(LONDON);
    world.run::<DisableKey>(json!({"KeyId": id})).unwrap();
    world.go(HOME);
    world.run::<RotateKeyOnDemand>(json!({"KeyId": id})).unwrap();
    world.demand_agreement(&id);
    let blob = world
        .run::<Encrypt>(json!({"KeyId": id, "Plaintext": "eA=="}))
        .unwrap();
    let here = world.run::<ListKeyRotations>(json!({"KeyId": id})).unwrap();
    let current = world.described(&id)["CurrentKeyMaterialId"].clone();
    for region in [IRELAND, LONDON] {
        world.go(region);
        world.run::<EnableKey>(json!({"KeyId": id})).unwrap();
        let opened = world
            .run::<Decrypt>(json!({"CiphertextBlob": blob["CiphertextBlob"]}))
            .unwrap();
        assert_eq!(opened["KeyMaterialId"], current);
        assert_eq!(world.described(&id)["CurrentKeyMaterialId"], current);
        assert_eq!(world.run::<ListKeyRotations>(json!({"KeyId": id})).unwrap(), here);
    }
}

#[test]
fn a_replica_decides_nothing_about_its_rotation() {
    let mut world = World::new();
    let id = world.family(json!({}), &[IRELAND]);
    world.go(IRELAND);
    let named = json!({"KeyId": id});
    let refused = format!(
        "UnsupportedOperationException: {} is not a multi-region primary key.",
        arn(&id).replace(HOME, IRELAND)
    );
    for answer in [
        world.run::<EnableKeyRotation>(named.clone()),
        world.run::<DisableKeyRotation>(named.clone()),
        world.run::<RotateKeyOnDemand>(named.clone()),
        world.update_primary(&id, HOME),
    ] {
        let answer = answer.unwrap_err();
        assert_eq!(answer.to_lowercase(), refused.to_lowercase());
    }
}

#[test]
fn the_schedule_is_the_primary_keys_and_is_kept_for_all_regions() {
    let mut world = World::new();
    let id = world.family(json!({}), &[IRELAND]);
    let enable = json!({"KeyId": id, "RotationPeriodInDays": 90});
    world.run::<EnableKeyRotation>(enable).unwrap();
    world.replicate(&id, LONDON).unwrap();
    let on = world.status(&id);
    assert_eq!(on["RotationPeriodInDays"], 90);
    for region in REGIONS {
        world.go(region);
        assert_eq!(world.status(&id), on);
    }
    world.wait(90);
    assert_eq!(world.look_after_keys(), [Work::Rotate]);
    assert_eq!(world.look_after_keys(), []);
    world.demand_agreement(&id);
    assert_eq!(world.record_in(LONDON, &id).unwrap().current_material, 2);
    world.go(HOME);
    assert_ne!(world.status(&id)["NextRotationDate"], on["NextRotationDate"]);

    world.schedule(&id).unwrap();
    let off = json!({"KeyId": id, "KeyRotationEnabled": false});
    world.go(IRELAND);
    assert_eq!(world.status(&id), off);
    world.go(HOME);
    world.run::<CancelKeyDeletion>(json!({"KeyId": id})).unwrap();
    world.run::<EnableKey>(json!({"KeyId": id})).unwrap();
    world.run::<DisableKeyRotation>(json!({"KeyId": id})).unwrap();
    world.demand_agreement(&id);
    world.go(LONDON);
    assert_eq!(world.status(&id), off);
}

#[test]
fn the_roles_are_swapped_and_the_new_primary_key_decides() {
    let mut world = World::new();
    let id = world.family(json!({}), &[IRELAND, LONDON]);
    let enable = json!({"KeyId": id, "RotationPeriodInDays": 90});
    world.run::<EnableKeyRotation>(enable).unwrap();
    world.update_primary(&id, IRELAND).unwrap();
    world.demand_agreement(&id);
    for region in REGIONS {
        assert_eq!(world.primary_of(region, &id), IRELAND);
    }
    let shown = world.described(&id)["MultiRegionConfiguration"].clone();
    let key = |region: &str| json!({"Arn": arn(&id).replace(HOME, region), "Region": region});
    assert_eq!(
        shown,
        json!({
            "MultiRegionKeyType": "REPLICA", "PrimaryKey": key(IRELAND), "ReplicaKeys": [key(LONDON), key(HOME)],
        })
    );
    assert!(world.replicate(&id, "eu-west-3").is_err());
    world.wait(90);
    assert_eq!(world.look_after_keys(), [Work::Rotate]);
    world.go(IRELAND);
    world.run::<RotateKeyOnDemand>(json!({"KeyId": id})).unwrap();
    world.demand_agreement(&id);
    assert_eq!(world.record_in(HOME, &id).unwrap().current_material, 3);
    world.update_primary(&id, HOME).unwrap();
    assert_eq!(world.primary_of(LONDON, &id), HOME);
}

#[test]
fn only_an_enabled_replica_becomes_the_primary_key() {
    let mut world = World::new();
    let plain = world.key(json!({}));
    let refused = world.update_primary(&plain, IRELAND).unwrap_err();
    assert!(
        refused.starts_with("UnsupportedOperationException: "),
        "{refused}"
    );
    let id = world.family(json!({}), &[IRELAND]);
    let abroad = arn(&id).replace(HOME, IRELAND);
    assert_eq!(
        world.update_primary(&id, LONDON).unwrap_err(),
        format!(
            "NotFoundException: Key '{}' does not exist",
            arn(&id).replace(HOME, LONDON)
        )
    );
    let own = world.update_primary(&id, HOME).unwrap_err();
    assert!(own.starts_with("ValidationException: "), "{own}");
    world.go(IRELAND);
    world.run::<DisableKey>(json!({"KeyId": id})).unwrap();
    world.go(HOME);
    let disabled = world.update_primary(&id, IRELAND).unwrap_err();
    assert_eq!(disabled, format!("DisabledException: {abroad} is disabled."));
    world.go(IRELAND);
    world.schedule(&id).unwrap();
    world.go(HOME);
    let doomed = world.update_primary(&id, IRELAND).unwrap_err();
    assert_eq!(
        doomed,
        format!("KMSInvalidStateException: {abroad} is pending deletion.")
    );
    assert_eq!(world.primary_of(IRELAND, &id), HOME);
}

#[test]
fn both_keys_must_let_the_primary_region_be_updated() {
    let mut world = World::new();
    let id = world.family(json!({}), &[IRELAND]);
    let update = json!({"KeyId": id, "PrimaryRegion": IRELAND});
    let allow = |resource: String, condition: Value| json!({"Effect": "Allow", "Action": "kms:UpdatePrimaryRegion", "Resource": resource, "Condition": condition});
    let none = json!({});
    let (here, there) = (arn(&id), arn(&id).replace(HOME, IRELAND));
    for (statements, misses) in [
        (json!([allow(here.clone(), none.clone())]), &there),
        (json!([allow(there.clone(), none.clone())]), &here),
        (
            json!([allow(
                "*".into(),
                json!({"StringEquals": {"kms:PrimaryRegion": HOME}})
            )]),
            &here,
        ),
        (
            json!([allow(
                "*".into(),
                json!({"StringEquals": {"kms:MultiRegionKeyType": "PRIMARY"}})
            )]),
            &there,
        ),
    ] {
        world.may("ann", &statements);
        let denied = world
            .run_as::<UpdatePrimaryRegion>("ann", update.clone())
            .unwrap_err();
        assert!(denied.contains(&format!("on resource: {misses} ")), "{denied}");
    }
    let asked = json!({"StringEquals": {"kms:PrimaryRegion": IRELAND}});
    world.may("ann", &json!([allow(here, asked.clone()), allow(there, asked)]));
    world.run_as::<UpdatePrimaryRegion>("ann", update).unwrap();
}

#[test]
fn a_primary_key_is_destroyed_after_its_replicas() {
    let mut world = World::new();
    let id = world.family(json!({}), &[IRELAND, LONDON]);
    let scheduled = world.schedule(&id).unwrap();
    assert_eq!(
        scheduled,
        json!({"KeyId": arn(&id), "KeyState": "PendingReplicaDeletion", "PendingWindowInDays": 7})
    );
    let described = world.described(&id);
    assert_eq!(
        (
            &described["PendingDeletionWindowInDays"],
            &described["DeletionDate"]
        ),
        (&json!(7), &Value::Null)
    );
    world.wait(100);
    assert_eq!(world.look_after_keys(), []);

    world.go(IRELAND);
    let scheduled = world.schedule(&id).unwrap();
    assert_eq!(scheduled["KeyState"], "PendingDeletion");
    world.wait(7);
    assert_eq!(world.look_after_keys(), [Work::Destroy]);
    assert_eq!(world.kms_rows(), []);
    world.demand_agreement(&id);
    assert_eq!(
        world.record_in(HOME, &id).unwrap().state,
        KeyState::PendingReplicaDeletion
    );

    world.go(LONDON);
    world.schedule(&id).unwrap();
    world.wait(8);
    assert_eq!(world.look_after_keys(), [Work::Destroy]);
    world.go(HOME);
    let described = world.described(&id);
    let end = world.now.seconds() + 7 * 86_400;
    assert_eq!(
        (
            &described["KeyState"],
            &described["DeletionDate"],
            &described["PendingDeletionWindowInDays"]
        ),
        (&json!("PendingDeletion"), &json!(end), &Value::Null)
    );
    assert_eq!(described["MultiRegionConfiguration"]["ReplicaKeys"], json!([]));
    world.wait(6);
    assert_eq!(world.look_after_keys(), []);
    world.wait(1);
    assert_eq!(world.look_after_keys(), [Work::Destroy]);
    assert_eq!(world.kms_rows(), []);
}

#[test]
fn a_primary_key_that_waits_for_its_replicas_is_saved() {
    let mut world = World::new();
    let id = world.family(json!({}), &[IRELAND]);
    world.schedule(&id).unwrap();
    let refused = world.replicate(&id, LONDON).unwrap_err();
    assert_eq!(
        refused,
        format!("KMSInvalidStateException: {} is pending deletion.", arn(&id))
    );
    world.go(IRELAND);
    world
        .run::<Encrypt>(json!({"KeyId": id, "Plaintext": "eA=="}))
        .unwrap();
    world.schedule(&id).unwrap();
    world.go(HOME);
    world.run::<CancelKeyDeletion>(json!({"KeyId": id})).unwrap();
    let saved = world.record(&id).unwrap();
    assert_eq!((saved.state, saved.deletion), (KeyState::Disabled, None));
    world.wait(7);
    assert_eq!(world.look_after_keys(), [Work::Destroy]);
    let alone = world.record(&id).unwrap();
    assert_eq!((alone.state, alone.deletion), (KeyState::Disabled, None));
    world.run::<EnableKey>(json!({"KeyId": id})).unwrap();
    world.replicate(&id, IRELAND).unwrap();
    world.demand_agreement(&id);
}

#[test]
fn a_replica_that_is_being_destroyed_can_come_back_until_it_is() {
    let mut world = World::new();
    let id = world.family(json!({}), &[IRELAND]);
    world.go(IRELAND);
    world.schedule(&id).unwrap();
    world.go(HOME);
    let exists = world.replicate(&id, IRELAND).unwrap_err();
    assert!(exists.starts_with("AlreadyExistsException: "), "{exists}");
    world.run::<RotateKeyOnDemand>(json!({"KeyId": id})).unwrap();
    world.go(IRELAND);
    world.run::<CancelKeyDeletion>(json!({"KeyId": id})).unwrap();
    world.demand_agreement(&id);
    assert_eq!(world.record(&id).unwrap().state, KeyState::Disabled);
}

#[test]
fn a_replica_with_all_aliases_and_siblings_that_there_can_be_is_destroyed_too() {
    let mut world = World::new();
    let id = world.family(json!({}), &[]);
    for n in 1..MAX_REGIONS {
        world.replicate(&id, &format!("eu-west-{n}")).unwrap();
    }
    world.go(IRELAND);
    for n in 0..50 {
        let alias = json!({"AliasName": format!("alias/{n}"), "TargetKeyId": id});
        world.run::<CreateAlias>(alias).unwrap();
    }
    world.schedule(&id).unwrap();
    world.wait(7);
    assert_eq!(world.look_after_keys(), [Work::Destroy]);
    assert_eq!(world.look_after_keys(), [Work::Destroy]);
    assert_eq!(world.look_after_keys(), []);
    assert_eq!(world.kms_rows(), []);
    let left = world.record_in(HOME, &id).unwrap().multi_region.unwrap();
    assert_eq!(left.all().count(), MAX_REGIONS - 1);
}

#[test]
fn what_changes_several_regions_needs_them_all_unchanged() {
    let mut world = World::new();
    let id = world.family(json!({}), &[IRELAND]);
    let named = json!({"KeyId": id});
    let rotate = world.decide::<RotateKeyOnDemand>("root", &named).unwrap().txn;
    let update = json!({"KeyId": id, "PrimaryRegion": IRELAND});
    let update = world.decide::<UpdatePrimaryRegion>("root", &update).unwrap().txn;
    let enable = world.decide::<EnableKeyRotation>("root", &named).unwrap().txn;
    let replicate = json!({"KeyId": id, "ReplicaRegion": LONDON});
    let replicate = world.decide::<ReplicateKey>("root", &replicate).unwrap().txn;
    world.go(IRELAND);
    world.run::<DisableKey>(named).unwrap();
    for late in [rotate, update, enable, replicate] {
        assert!(!world.commit(&late));
    }
    world.demand_agreement(&id);
}

#[derive(Clone, Debug)]
enum Step {
    Replicate(usize),
    Update(usize),
    Rotate,
    Schedule,
    Cancel,
    Enable,
    Disable,
    EnableRotation,
    DisableRotation,
    Wait(u32),
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    use Step::*;

    let step = prop_oneof![
        (0..3usize).prop_map(Replicate),
        (0..3usize).prop_map(Update),
        Just(Rotate),
        Just(Schedule),
        Just(Cancel),
        Just(Enable),
        Just(Disable),
        Just(EnableRotation),
        Just(DisableRotation),
        (1..100u32).prop_map(Wait),
    ];
    (0..3usize, step)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn siblings_agree_whatever_is_done_to_whichever(steps in prop::collection::vec(step(), 1..40)) {
        let mut world = World::new();
        let id = world.family(json!({}), &[]);
        let named = json!({"KeyId": id});
        for (region, step) in steps {
            world.go(REGIONS[region]);
            // Refusals are as good as changes: what counts is what is left.
            let _refused_or_not = match step {
                Step::Replicate(to) => world.replicate(&id, REGIONS[to]).map(drop),
                Step::Update(to) => world.update_primary(&id, REGIONS[to]).map(drop),
                Step::Rotate => world.run::<RotateKeyOnDemand>(named.clone()).map(drop),
                Step::Schedule => world.schedule(&id).map(drop),
                Step::Cancel => world.run::<CancelKeyDeletion>(named.clone()).map(drop),
                Step::Enable => world.run::<EnableKey>(named.clone()).map(drop),
                Step::Disable => world.run::<DisableKey>(named.clone()).map(drop),
                Step::EnableRotation => world.run::<EnableKeyRotation>(named.clone()).map(drop),
                Step::DisableRotation => world.run::<DisableKeyRotation>(named.clone()).map(drop),
                Step::Wait(days) => {
                    world.wait(days);
                    world.look_after_keys();
                    Ok(())
                }
            };
            world.demand_agreement(&id);
        }
    }
}
