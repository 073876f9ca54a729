use serde_json::json;

use super::arn;
use crate::operations::{CancelKeyDeletion, DescribeKey, Encrypt, ScheduleKeyDeletion, TagResource};
use crate::records::{KeyState, MultiRegion};
use crate::testing::{Needs, World, scope};

#[test]
fn a_key_waits_for_its_end_and_comes_back_disabled() {
    let mut world = World::new();
    let key = world.key(json!({}));
    let end = 1_700_000_000 + 7 * 86_400;
    let scheduled = world
        .run::<ScheduleKeyDeletion>(json!({"KeyId": key, "PendingWindowInDays": 7}))
        .unwrap();
    assert_eq!(
        scheduled,
        json!({
            "KeyId": arn(&key), "DeletionDate": end, "KeyState": "PendingDeletion", "PendingWindowInDays": 7,
        })
    );
    let described = world.run::<DescribeKey>(json!({"KeyId": key})).unwrap();
    let described = &described["KeyMetadata"];
    assert_eq!(
        (
            &described["KeyState"],
            &described["Enabled"],
            &described["DeletionDate"]
        ),
        (&json!("PendingDeletion"), &json!(false), &json!(end))
    );
    let refused = world.run::<Encrypt>(json!({"KeyId": key, "Plaintext": "eA=="}));
    let pending = format!("KMSInvalidStateException: {} is pending deletion.", arn(&key));
    assert_eq!(refused.unwrap_err(), pending);
    let again = world.run::<ScheduleKeyDeletion>(json!({"KeyId": key}));
    assert_eq!(again.unwrap_err(), pending);

    let cancelled = world.run::<CancelKeyDeletion>(json!({"KeyId": key})).unwrap();
    assert_eq!(cancelled, json!({"KeyId": arn(&key)}));
    let record = world.record(&key).unwrap();
    assert_eq!((record.state, record.deletion), (KeyState::Disabled, None));
    let again = world.run::<CancelKeyDeletion>(json!({"KeyId": key}));
    assert_eq!(
        again.unwrap_err(),
        format!("KMSInvalidStateException: {} is not pending deletion.", arn(&key))
    );
}

#[test]
fn the_waiting_time_is_seven_to_thirty_days_and_thirty_if_none_is_named() {
    let mut world = World::new();
    for (days, allowed) in [(6, false), (7, true), (30, true), (31, false), (365, false)] {
        let key = world.key(json!({}));
        let scheduled = world.run::<ScheduleKeyDeletion>(json!({"KeyId": key, "PendingWindowInDays": days}));
        match allowed {
            true => assert_eq!(scheduled.unwrap()["PendingWindowInDays"], days),
            false => assert_eq!(
                scheduled.unwrap_err(),
                format!(
                    "ValidationException: PendingWindowInDays should be between 7 and 30, but it is {days}"
                )
            ),
        }
    }
    let key = world.key(json!({}));
    let scheduled = world.run::<ScheduleKeyDeletion>(json!({"KeyId": key})).unwrap();
    assert_eq!(scheduled["PendingWindowInDays"], 30);
}

#[test]
fn policies_see_the_waiting_time() {
    let mut world = World::new();
    let key = world.key(json!({}));
    let statement = json!({
        "Effect": "Allow", "Action": "kms:ScheduleKeyDeletion", "Resource": "*",
        "Condition": {"NumericGreaterThanEquals": {"kms:ScheduleKeyDeletionPendingWindowInDays": "14"}},
    });
    world.may("ann", &statement);
    let schedule = |days: u32| json!({"KeyId": key, "PendingWindowInDays": days});
    let denied = world.run_as::<ScheduleKeyDeletion>("ann", schedule(13));
    assert!(denied.unwrap_err().starts_with("AccessDeniedException"));
    world.run_as::<ScheduleKeyDeletion>("ann", schedule(14)).unwrap();
}

#[test]
fn a_key_without_material_waits_for_it_again_once_it_is_not_to_be_destroyed() {
    let mut world = World::new();
    let key = world.key(json!({}));
    world.doctor(&key, |key| {
        key.state = KeyState::PendingImport;
        key.current_material = 9; // which there is not
    });
    world.run::<ScheduleKeyDeletion>(json!({"KeyId": key})).unwrap();
    world.run::<CancelKeyDeletion>(json!({"KeyId": key})).unwrap();
    assert_eq!(world.record(&key).unwrap().state, KeyState::PendingImport);
}

#[test]
fn a_primary_key_waits_for_its_replicas_first() {
    let mut world = World::new();
    let key = world.key(json!({}));
    world.doctor(&key, |key| {
        key.multi_region = Some(MultiRegion {
            primary: scope().region,
            replicas: ["eu-west-1".parse().unwrap()].into(),
        });
    });
    let scheduled = world.run::<ScheduleKeyDeletion>(json!({"KeyId": key})).unwrap();
    assert_eq!(
        scheduled,
        json!({"KeyId": arn(&key), "KeyState": "PendingReplicaDeletion", "PendingWindowInDays": 30})
    );
}

#[test]
fn a_managed_key_is_never_destroyed() {
    let mut world = World::new();
    let managed = world
        .run::<DescribeKey>(json!({"KeyId": "alias/aws/ssm"}))
        .unwrap();
    let id = &managed["KeyMetadata"]["KeyId"];
    let refused = world.run::<ScheduleKeyDeletion>(json!({"KeyId": id}));
    assert!(refused.unwrap_err().starts_with("AccessDeniedException: "));
}

#[test]
fn a_key_that_parameters_need_is_destroyed_only_if_its_tags_say_so() {
    let mut world = World::new();
    let key = world.key(json!({}));
    let names = [
        "/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h", "/i", "/j", "/k", "/l",
    ];
    world.needing = Needs(names.to_vec());
    let schedule = json!({"KeyId": key});
    let refused = world.run::<ScheduleKeyDeletion>(schedule.clone()).unwrap_err();
    let begin = format!(
        "KMSInvalidStateException: {} is needed to read 12 SecureString parameters: \
         /a, /b, /c, /d, /e, /f, /g, /h, /i, /j and 2 more.",
        arn(&key)
    );
    assert!(refused.starts_with(&begin), "{refused}");
    assert_eq!(world.record(&key).unwrap().state, KeyState::Enabled);

    let tags = json!({"KeyId": key, "Tags": [{"TagKey": "kagiban:force-deletion", "TagValue": "true"}]});
    world.run::<TagResource>(tags).unwrap();
    world.run::<ScheduleKeyDeletion>(schedule).unwrap();
}
