//! Parameter policies: given, kept, replaced, taken away, shown, and carried out.

use std::time::Duration;

use kagiban_ssm::kagiban::PurgeDeletedParameter;
use kagiban_ssm::operations::*;
use kagiban_ssm::upkeep::{self, Work};
use serde_json::{Value, json};

use crate::world::{Answer, World};

const HOUR: u64 = 3600;

/// A policy that ends the parameter so many hours from now.
fn expiration(world: &World, hours: u64) -> Value {
    let at = world
        .now
        .plus(Duration::from_secs(hours * HOUR))
        .iso()
        .to_string();
    json!({"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": at}})
}

fn notice(hours: u64) -> Value {
    json!({"Type": "ExpirationNotification", "Version": "1.0", "Attributes": {"Before": hours.to_string(), "Unit": "Hours"}})
}

fn no_change(hours: u64) -> Value {
    json!({"Type": "NoChangeNotification", "Version": "1.0", "Attributes": {"After": hours.to_string(), "Unit": "Hours"}})
}

fn put_with(world: &mut World, more: Value) -> Answer {
    let mut body = json!({"Name": "/a", "Value": "v", "Type": "String", "Overwrite": true});
    let more = more.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(more);
    world.ssm::<PutParameter>("root", body)
}

fn put(world: &mut World, policies: &[Value]) -> Answer {
    put_with(
        world,
        json!({"Tier": "Advanced", "Policies": json!(policies).to_string()}),
    )
}

/// Type and status of each policy, as DescribeParameters has them.
fn shown(world: &mut World) -> Value {
    let described = world.ssm::<DescribeParameters>("root", json!({})).unwrap();
    let policies = described["Parameters"][0]["Policies"].as_array().unwrap().iter();
    policies
        .map(|policy| json!([policy["PolicyType"], policy["PolicyStatus"]]))
        .collect()
}

/// Waits, then does everything that is due, and says what that was.
fn wait(world: &mut World, hours: u64) -> Vec<&'static str> {
    world.now = world.now.plus(Duration::from_secs(hours * HOUR));
    let mut done = Vec::new();
    loop {
        let due = upkeep::due(&world.ssm, world.now);
        if due.is_empty() {
            return done;
        }
        for due in due {
            done.push(due.operation());
            let txn = due.txn(&world.ssm, world.now);
            world.commit(txn);
        }
    }
}

fn is_there(world: &mut World) -> bool {
    world.ssm::<GetParameter>("root", json!({"Name": "/a"})).is_ok()
}

#[test]
fn policies_are_shown_in_the_description_and_in_the_history() {
    let mut world = World::new();
    let policies = [expiration(&world, 48), notice(24), no_change(12)];
    put(&mut world, &policies).unwrap();
    let history = world
        .ssm::<GetParameterHistory>("root", json!({"Name": "/a"}))
        .unwrap();
    let described = world.ssm::<DescribeParameters>("root", json!({})).unwrap();
    assert_eq!(
        history["Parameters"][0]["Policies"],
        described["Parameters"][0]["Policies"]
    );
    for (shown, given) in described["Parameters"][0]["Policies"]
        .as_array()
        .unwrap()
        .iter()
        .zip(&policies)
    {
        let text: Value = serde_json::from_str(shown["PolicyText"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&text, &shown["PolicyType"], &shown["PolicyStatus"]),
            (given, &given["Type"], &json!("Pending"))
        );
    }
}

#[test]
fn policies_are_kept_replaced_and_taken_away() {
    let mut world = World::new();
    let first = [expiration(&world, 48), notice(24)];
    put(&mut world, &first).unwrap();
    put_with(&mut world, json!({"Value": "v2"})).unwrap();
    assert_eq!(
        shown(&mut world),
        json!([["Expiration", "Pending"], ["ExpirationNotification", "Pending"]])
    );
    put(&mut world, &[no_change(5)]).unwrap();
    assert_eq!(shown(&mut world), json!([["NoChangeNotification", "Pending"]]));
    put_with(&mut world, json!({"Policies": "[{}]"})).unwrap();
    assert_eq!(shown(&mut world), json!([]));
    let history = world
        .ssm::<GetParameterHistory>("root", json!({"Name": "/a"}))
        .unwrap();
    let counts: Vec<usize> = history["Parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["Policies"].as_array().unwrap().len())
        .collect();
    assert_eq!(counts, [2, 2, 1, 0]);
}

#[test]
fn policies_take_the_advanced_tier_which_intelligent_tiering_chooses() {
    let mut world = World::new();
    let policies = json!([no_change(5)]).to_string();
    for standard in [
        json!({"Policies": policies}),
        json!({"Policies": policies, "Tier": "Standard"}),
    ] {
        assert_eq!(
            put_with(&mut world, standard).unwrap_err(),
            "ValidationException: Parameter policies are only available for parameters that use the advanced-parameter tier."
        );
    }
    let promoted = put_with(
        &mut world,
        json!({"Policies": policies, "Tier": "Intelligent-Tiering"}),
    );
    assert_eq!(promoted.unwrap()["Tier"], "Advanced");
}

#[test]
fn broken_policies_change_nothing() {
    let mut world = World::new();
    put(&mut world, &[no_change(5)]).unwrap();
    let past =
        json!({"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": "2001-01-01T00:00:00Z"}});
    for (policies, code) in [
        (vec![past], "InvalidPolicyAttributeException"),
        (vec![json!({"Type": "Other"})], "InvalidPolicyTypeException"),
        (vec![notice(1)], "IncompatiblePolicyException"),
        (vec![no_change(1); 11], "PoliciesLimitExceededException"),
    ] {
        let refused = put(&mut world, &policies).unwrap_err();
        assert!(refused.starts_with(code), "{refused}");
    }
    assert_eq!(shown(&mut world), json!([["NoChangeNotification", "Pending"]]));
}

#[test]
fn an_expired_parameter_is_gone_before_anybody_has_deleted_it() {
    let mut world = World::new();
    let policies = [expiration(&world, 2)];
    put(&mut world, &policies).unwrap();
    put_with(&mut world, json!({"Value": "v2"})).unwrap();
    world.now = world.now.plus(Duration::from_secs(2 * HOUR - 1));
    assert!(is_there(&mut world));
    world.now = world.now.plus(Duration::from_secs(1));
    assert!(!is_there(&mut world));
    let names = |answer: Answer| answer.unwrap()["Parameters"].as_array().unwrap().len();
    assert_eq!(names(world.ssm::<DescribeParameters>("root", json!({}))), 0);
    assert_eq!(
        names(world.ssm::<GetParametersByPath>("root", json!({"Path": "/"}))),
        0
    );
    assert_eq!(
        names(world.ssm::<GetParameters>("root", json!({"Names": ["/a", "/a:1"]}))),
        0
    );
    for refused in [
        world.ssm::<GetParameterHistory>("root", json!({"Name": "/a"})),
        world.ssm::<DeleteParameter>("root", json!({"Name": "/a"})),
        world.ssm::<LabelParameterVersion>("root", json!({"Name": "/a", "Labels": ["l"]})),
        world.ssm::<ListTagsForResource>("root", json!({"ResourceType": "Parameter", "ResourceId": "/a"})),
    ] {
        assert!(refused.is_err(), "{refused:?}");
    }
}

#[test]
fn a_name_can_be_used_again_at_once_and_has_nothing_of_what_expired() {
    let mut world = World::new();
    let policies = [expiration(&world, 2)];
    put(&mut world, &policies).unwrap();
    put_with(&mut world, json!({"Value": "v2"})).unwrap();
    world.now = world.now.plus(Duration::from_secs(2 * HOUR));
    let made = world
        .ssm::<PutParameter>("root", json!({"Name": "/a", "Value": "anew", "Type": "String"}))
        .unwrap();
    assert_eq!(made, json!({"Version": 1, "Tier": "Standard"}));
    assert_eq!(wait(&mut world, 1), Vec::<&str>::new());
    let history = world
        .ssm::<GetParameterHistory>("root", json!({"Name": "/a"}))
        .unwrap();
    assert_eq!(history["Parameters"].as_array().unwrap().len(), 1);
}

#[test]
fn what_has_expired_is_deleted_with_all_its_versions() {
    let mut world = World::new();
    let policies = [expiration(&world, 2), notice(1)];
    put(&mut world, &policies).unwrap();
    put_with(&mut world, json!({"Value": "v2"})).unwrap();
    let records = |world: &World| {
        world
            .rows
            .keys()
            .filter(|key| key.to_string().contains("/ssm/"))
            .count()
    };
    assert_eq!(records(&world), 2);
    assert_eq!(wait(&mut world, 2), ["DeleteExpiredParameter"]);
    assert!(!is_there(&mut world));
    world
        .ssm::<PurgeDeletedParameter>("root", json!({"Name": "/a"}))
        .unwrap();
    assert_eq!(records(&world), 0);
}

#[test]
fn each_notification_is_given_once_and_then_finished() {
    let mut world = World::new();
    let policies = [expiration(&world, 48), notice(24), notice(12), no_change(30)];
    put(&mut world, &policies).unwrap();
    assert_eq!(wait(&mut world, 23), Vec::<&str>::new());
    assert_eq!(wait(&mut world, 1), ["ExpirationNotification"]);
    assert_eq!(wait(&mut world, 1), Vec::<&str>::new());
    assert_eq!(
        shown(&mut world),
        json!([
            ["Expiration", "Pending"],
            ["ExpirationNotification", "Finished"],
            ["ExpirationNotification", "Pending"],
            ["NoChangeNotification", "Pending"]
        ])
    );
    assert_eq!(
        wait(&mut world, 11),
        ["ExpirationNotification", "NoChangeNotification"]
    );
}

#[test]
fn a_change_starts_the_wait_for_one_anew() {
    let mut world = World::new();
    put(&mut world, &[no_change(10)]).unwrap();
    assert_eq!(wait(&mut world, 9), Vec::<&str>::new());
    put_with(&mut world, json!({"Value": "v2"})).unwrap();
    assert_eq!(wait(&mut world, 9), Vec::<&str>::new());
    assert_eq!(wait(&mut world, 1), ["NoChangeNotification"]);
    put_with(&mut world, json!({"Value": "v3"})).unwrap();
    assert_eq!(shown(&mut world), json!([["NoChangeNotification", "Pending"]]));
    assert_eq!(wait(&mut world, 10), ["NoChangeNotification"]);
}

#[test]
fn what_was_found_due_is_not_done_to_a_parameter_that_has_changed_since() {
    let mut world = World::new();
    let policies = [expiration(&world, 2), notice(1)];
    put(&mut world, &policies).unwrap();
    world.now = world.now.plus(Duration::from_secs(HOUR));
    let due = upkeep::due(&world.ssm, world.now);
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].work, Work::Notify(1));
    put_with(&mut world, json!({"Policies": "[{}]"})).unwrap();
    assert!(!world.holds(&due[0].txn(&world.ssm, world.now)));
}

#[test]
fn a_value_that_is_overwritten_does_not_move_the_expiry() {
    let mut world = World::new();
    let policies = [expiration(&world, 3)];
    put(&mut world, &policies).unwrap();
    world.now = world.now.plus(Duration::from_secs(2 * HOUR));
    put_with(&mut world, json!({"Value": "v2"})).unwrap();
    assert_eq!(wait(&mut world, 1), ["DeleteExpiredParameter"]);
}
