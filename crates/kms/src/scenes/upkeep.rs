use kagiban_store::Txn;
use serde_json::{Value, json};

use crate::operations::{
    CancelKeyDeletion, CreateAlias, Decrypt, DescribeKey, DisableKey, EnableKey, EnableKeyRotation, Encrypt,
    ListKeyRotations, RotateKeyOnDemand, ScheduleKeyDeletion, UpdateAlias,
};
use crate::testing::{Needs, World};
use crate::upkeep::{Due, Work, due};

impl World {
    fn due(&self) -> Vec<Due> {
        due(&self.view(), self.now)
    }

    /// Does what is due, as the server does it; gives what was done.
    pub(super) fn look_after_keys(&mut self) -> Vec<Work> {
        let view = self.view();
        let decided: Vec<(Work, Txn)> = due(&view, self.now)
            .into_iter()
            .map(|due| (due.work, due.txn(&view, self.now, &self.entropy).unwrap()))
            .collect();
        let done = decided.into_iter().filter(|(_, txn)| self.commit(txn));
        done.map(|(work, _)| work).collect()
    }

    fn encrypt(&mut self, key: &str) -> Value {
        let made = self
            .run::<Encrypt>(json!({"KeyId": key, "Plaintext": "eA=="}))
            .unwrap();
        made["CiphertextBlob"].clone()
    }
}

#[test]
fn nothing_of_a_key_is_left_once_its_waiting_time_is_over() {
    let mut world = World::new();
    let untouched = world.kms_rows();
    let doomed = world.key(json!({}));
    for n in 0..50 {
        let alias = json!({"AliasName": format!("alias/{n}"), "TargetKeyId": doomed});
        world.run::<CreateAlias>(alias).unwrap();
    }
    for _ in 0..3 {
        world.run::<RotateKeyOnDemand>(json!({"KeyId": doomed})).unwrap();
    }
    let blob = world.encrypt(&doomed);
    world
        .run::<ScheduleKeyDeletion>(json!({"KeyId": doomed, "PendingWindowInDays": 7}))
        .unwrap();

    world.wait(6);
    assert_eq!(world.look_after_keys(), []);
    world.wait(1);
    assert_eq!(world.look_after_keys(), [Work::Destroy]);
    assert_eq!(world.kms_rows(), untouched);
    assert_eq!(world.look_after_keys(), []);
    let refused = world.run::<Decrypt>(json!({"CiphertextBlob": blob})).unwrap_err();
    assert!(
        refused.starts_with("AccessDeniedException: The ciphertext refers to a customer master key"),
        "{refused}"
    );
    let gone = world.run::<DescribeKey>(json!({"KeyId": "alias/7"})).unwrap_err();
    assert!(gone.starts_with("NotFoundException: "), "{gone}");
}

#[test]
fn a_key_that_was_saved_in_the_last_moment_stays() {
    let mut world = World::new();
    let key = world.key(json!({}));
    world.run::<ScheduleKeyDeletion>(json!({"KeyId": key})).unwrap();
    world.wait(30);
    let due = world.due();
    let txn = due[0].txn(&world.view(), world.now, &world.entropy).unwrap();
    world.run::<CancelKeyDeletion>(json!({"KeyId": key})).unwrap();
    assert!(!world.commit(&txn));
    assert!(world.record(&key).is_some());
    assert_eq!(world.look_after_keys(), []);
}

#[test]
fn a_key_that_something_turns_out_to_need_stays_until_nothing_does() {
    let mut world = World::new();
    let key = world.key(json!({}));
    world.run::<ScheduleKeyDeletion>(json!({"KeyId": key})).unwrap();
    world.needing = Needs(vec!["/written/meanwhile"]);
    world.wait(30);
    let refused = world.due()[0].txn(&world.view(), world.now, &world.entropy);
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains("1 SecureString parameter: /written/meanwhile."),
        "{refused}"
    );
    world.needing = Needs::default();
    assert_eq!(world.look_after_keys(), [Work::Destroy]);
}

#[test]
fn an_alias_that_was_saved_in_the_last_moment_stays() {
    let mut world = World::new();
    let (doomed, heir) = (world.key(json!({})), world.key(json!({})));
    let point = |key: &str| json!({"AliasName": "alias/app", "TargetKeyId": key});
    world.run::<CreateAlias>(point(&doomed)).unwrap();
    world
        .run::<ScheduleKeyDeletion>(json!({"KeyId": doomed}))
        .unwrap();
    world.wait(30);
    let due = world.due();
    let txn = due[0].txn(&world.view(), world.now, &world.entropy).unwrap();
    world.run::<UpdateAlias>(point(&heir)).unwrap();
    assert!(!world.commit(&txn));
    assert_eq!(world.look_after_keys(), [Work::Destroy]);
    let described = world.run::<DescribeKey>(json!({"KeyId": "alias/app"})).unwrap();
    assert_eq!(described["KeyMetadata"]["KeyId"], heir);
}

#[test]
fn a_key_gets_new_material_when_its_rotation_is_due() {
    let mut world = World::new();
    let key = world.key(json!({}));
    world
        .run::<EnableKeyRotation>(json!({"KeyId": key, "RotationPeriodInDays": 90}))
        .unwrap();
    let blob = world.encrypt(&key);
    world.wait(89);
    assert_eq!(world.look_after_keys(), []);
    world.wait(1);
    assert_eq!(world.look_after_keys(), [Work::Rotate]);
    assert_eq!(world.look_after_keys(), []);
    assert_eq!(world.record(&key).unwrap().on_demand_rotations, 0);
    let listed = world.run::<ListKeyRotations>(json!({"KeyId": key})).unwrap();
    assert_eq!(listed["Rotations"][0]["RotationType"], "AUTOMATIC");
    let opened = world.run::<Decrypt>(json!({"CiphertextBlob": blob})).unwrap();
    assert_ne!(opened["KeyMaterialId"], listed["Rotations"][0]["KeyMaterialId"]);

    world.wait(89);
    assert_eq!(world.look_after_keys(), []);
    world.wait(1);
    assert_eq!(world.look_after_keys(), [Work::Rotate]);
}

#[test]
fn what_a_server_missed_is_done_once_when_it_is_back() {
    let mut world = World::new();
    let key = world.key(json!({}));
    world
        .run::<EnableKeyRotation>(json!({"KeyId": key, "RotationPeriodInDays": 90}))
        .unwrap();
    world.wait(1000);
    assert_eq!(world.look_after_keys(), [Work::Rotate]);
    assert_eq!(world.look_after_keys(), []);
    assert_eq!(world.record(&key).unwrap().current_material, 2);
}

#[test]
fn a_disabled_or_dying_key_does_not_rotate() {
    let mut world = World::new();
    let key = world.key(json!({}));
    world
        .run::<EnableKeyRotation>(json!({"KeyId": key, "RotationPeriodInDays": 90}))
        .unwrap();
    world.run::<DisableKey>(json!({"KeyId": key})).unwrap();
    world.wait(90);
    assert_eq!(world.look_after_keys(), []);
    world.run::<ScheduleKeyDeletion>(json!({"KeyId": key})).unwrap();
    assert_eq!(world.look_after_keys(), []);
    world.run::<CancelKeyDeletion>(json!({"KeyId": key})).unwrap();
    assert_eq!(world.look_after_keys(), []);
    world.run::<EnableKey>(json!({"KeyId": key})).unwrap();
    assert_eq!(world.look_after_keys(), [Work::Rotate]);
}

#[test]
fn a_rotation_meets_no_other_one() {
    let mut world = World::new();
    let key = world.key(json!({}));
    world
        .run::<EnableKeyRotation>(json!({"KeyId": key, "RotationPeriodInDays": 90}))
        .unwrap();
    world.wait(90);
    let (mine, theirs) = (world.due(), world.due());
    let txn = |due: &[Due]| due[0].txn(&world.view(), world.now, &world.entropy).unwrap();
    let (mine, theirs) = (txn(&mine), txn(&theirs));
    assert!(world.commit(&mine));
    assert!(!world.commit(&theirs));
}

#[test]
fn the_managed_key_rotates_once_a_year() {
    let mut world = World::new();
    world
        .run::<DescribeKey>(json!({"KeyId": "alias/aws/ssm"}))
        .unwrap();
    world.wait(364);
    assert_eq!(world.look_after_keys(), []);
    world.wait(1);
    assert_eq!(world.look_after_keys(), [Work::Rotate]);
}
