//! A deleted parameter and the one that has its name by now, changing places.

use std::time::Duration;

use kagiban_ssm::kagiban::{ListDeletedParameters, PutAccountSetting, UndeleteParameter, WatchParameters};
use kagiban_ssm::operations::{
    AddTagsToResource, DeleteParameter, GetParameterHistory, GetResourcePolicies, LabelParameterVersion,
    ListTagsForResource, PutParameter, PutResourcePolicy,
};
use kagiban_ssm::upkeep;
use serde_json::{Value, json};

use crate::world::{Answer, World};

fn put(world: &mut World, who: &str, value: &str) {
    let body = json!({"Name": "/a", "Value": value, "Type": "String", "Overwrite": true});
    world.ssm::<PutParameter>(who, body).unwrap();
}

fn delete(world: &mut World) {
    world
        .ssm::<DeleteParameter>("root", json!({"Name": "/a"}))
        .unwrap();
}

fn tag(world: &mut World, value: &str) {
    let tags = json!([{"Key": "env", "Value": value}]);
    let body = json!({"ResourceType": "Parameter", "ResourceId": "/a", "Tags": tags});
    world.ssm::<AddTagsToResource>("root", body).unwrap();
}

fn label(world: &mut World, label: &str) {
    let body = json!({"Name": "/a", "Labels": [label]});
    world.ssm::<LabelParameterVersion>("root", body).unwrap();
}

fn swap(world: &mut World, who: &str) -> Answer {
    world.ssm::<UndeleteParameter>(who, json!({"Name": "/a", "Swap": true}))
}

fn values(world: &mut World) -> Vec<Value> {
    let read = world
        .ssm::<GetParameterHistory>("root", json!({"Name": "/a"}))
        .unwrap();
    let versions = read["Parameters"].as_array().unwrap().iter();
    versions.map(|version| version["Value"].clone()).collect()
}

fn env(world: &mut World) -> Value {
    let body = json!({"ResourceType": "Parameter", "ResourceId": "/a"});
    let listed = world.ssm::<ListTagsForResource>("root", body).unwrap();
    listed["TagList"][0]["Value"].clone()
}

/// `/a`, deleted as `old one`, `old two` with its own tag and label, and there as `new one`, `new two`.
fn twice() -> World {
    let mut world = World::new();
    for life in ["old", "new"] {
        if life == "new" {
            delete(&mut world);
        }
        put(&mut world, "root", &format!("{life} one"));
        put(&mut world, "root", &format!("{life} two"));
        tag(&mut world, life);
        label(&mut world, life);
    }
    world
}

#[test]
fn the_two_change_places_as_often_as_is_asked_and_nothing_is_lost() {
    let mut world = twice();
    for turn in 0..5 {
        let back = swap(&mut world, "root").unwrap();
        assert_eq!(back, json!({"Name": "/a", "Version": 2, "Tier": "Standard"}));
        let life = if turn % 2 == 0 { "old" } else { "new" };
        assert_eq!(
            values(&mut world),
            [format!("{life} one"), format!("{life} two")],
            "{turn}"
        );
        assert_eq!(env(&mut world), life, "{turn}");
        let labelled = json!({"Name": "/a", "Labels": [life]});
        let moved = world.ssm::<LabelParameterVersion>("root", labelled).unwrap();
        assert_eq!(moved["ParameterVersion"], 2);
    }
    delete(&mut world);
    put(&mut world, "root", "newest one");
    put(&mut world, "root", "newest two");
    swap(&mut world, "root").unwrap();
    assert_eq!(values(&mut world), ["old one", "old two"]);
    swap(&mut world, "root").unwrap();
    assert_eq!(values(&mut world), ["newest one", "newest two"]);
    let rows = world.rows.keys();
    let older = rows.filter(|key| key.to_string().contains("/ssm/pv/"));
    assert_eq!(older.count(), 2, "one older version of each");
}

#[test]
fn what_was_there_is_deleted_as_of_now_and_whoever_watches_learns_of_a_change() {
    let mut world = twice();
    let body = json!({"Name": "deleted-parameter-retention-days", "Value": "2"});
    world.ssm::<PutAccountSetting>("root", body).unwrap();
    let watch = |cursor: Value| json!({"Path": "/", "Cursor": cursor, "TimeoutSeconds": 0});
    let begun = world.ssm::<WatchParameters>("root", watch(Value::Null)).unwrap();
    world.now = world.now.plus(Duration::from_secs(60));
    swap(&mut world, "root").unwrap();
    let listed = world.ssm::<ListDeletedParameters>("root", json!({})).unwrap();
    let end = world.now.plus(Duration::from_secs(2 * 86_400));
    assert_eq!(
        (
            &listed["Parameters"][0]["DeletedDate"],
            &listed["Parameters"][0]["PurgeDate"]
        ),
        (&json!(world.now.seconds()), &json!(end.seconds()))
    );
    let told = world
        .ssm::<WatchParameters>("root", watch(begun["Cursor"].clone()))
        .unwrap();
    let event = &told["Events"][0];
    assert_eq!(
        (&event["Name"], &event["Kind"], &event["Version"]),
        (&json!("/a"), &json!("Put"), &json!(2))
    );
}

#[test]
fn it_takes_what_deleting_the_one_and_putting_the_other_takes() {
    let mut world = twice();
    let statement = |action: &str, env: &str| {
        json!({"Effect": "Allow", "Action": action, "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/env": env}}})
    };
    let (put, delete) = ("ssm:PutParameter", "ssm:DeleteParameter");
    world.may("both", json!([statement(put, "old"), statement(delete, "new")]));
    world.may(
        "crossed",
        json!([statement(put, "new"), statement(delete, "old")]),
    );
    world.may("putter", json!([statement(put, "old")]));
    world.may("deleter", json!([statement(delete, "new")]));
    for who in ["crossed", "putter", "deleter"] {
        let refused = swap(&mut world, who).unwrap_err();
        assert!(refused.starts_with("AccessDeniedException: "), "{who}: {refused}");
    }
    swap(&mut world, "both").unwrap();
    let listed = world.ssm::<ListDeletedParameters>("root", json!({})).unwrap();
    let by = listed["Parameters"][0]["DeletedBy"].as_str().unwrap();
    assert!(by.ends_with(":user/both"), "{by}");
}

#[test]
fn where_nothing_is_kept_a_swap_is_refused_and_destroys_nothing() {
    let mut world = twice();
    let body = json!({"Name": "deleted-parameter-retention-days", "Value": "0"});
    world.ssm::<PutAccountSetting>("root", body).unwrap();
    let refused = swap(&mut world, "root").unwrap_err();
    assert!(
        refused.starts_with("InvalidInputException: ")
            && refused.contains("deleted-parameter-retention-days"),
        "{refused}"
    );
    assert_eq!(values(&mut world), ["new one", "new two"]);
    delete(&mut world);
}

#[test]
fn where_the_name_is_free_a_swap_only_brings_back() {
    let mut world = twice();
    delete(&mut world);
    world.may(
        "putter",
        json!([{"Effect": "Allow", "Action": "ssm:PutParameter", "Resource": "*"}]),
    );
    swap(&mut world, "putter").unwrap();
    assert_eq!(values(&mut world), ["new one", "new two"]);
    let none = swap(&mut world, "root").unwrap_err();
    assert!(
        none.starts_with("ParameterNotFound: no deleted parameter named `/a`"),
        "{none}"
    );
}

/// An advanced parameter that ends in a minute, over the deleted `old`.
fn ending() -> World {
    let mut world = World::new();
    put(&mut world, "root", "old");
    delete(&mut world);
    let end = world.now.plus(Duration::from_secs(60));
    let policy =
        json!([{"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": end.iso().to_string()}}]);
    let body = json!({"Name": "/a", "Value": "ending", "Type": "String", "Tier": "Advanced",
        "Policies": policy.to_string()});
    world.ssm::<PutParameter>("root", body).unwrap();
    world
}

#[test]
fn one_that_has_expired_is_kept_too_and_comes_back_without_its_end() {
    let mut world = ending();
    world.now = world.now.plus(Duration::from_secs(60));
    swap(&mut world, "root").unwrap();
    assert_eq!(values(&mut world), ["old"]);
    let listed = world.ssm::<ListDeletedParameters>("root", json!({})).unwrap();
    assert_eq!(listed["Parameters"][0]["DeletedBy"], "ssm.amazonaws.com");
    swap(&mut world, "root").unwrap();
    assert_eq!(values(&mut world), ["ending"]);
    assert!(upkeep::due(&world.ssm, world.now).is_empty());
}

#[test]
fn what_was_deleted_is_shared_with_nobody_when_it_is_back() {
    let mut world = ending();
    let arn = "arn:aws:ssm:us-east-1:111122223333:parameter/a";
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": "444455556666"}, "Action": "ssm:GetParameter", "Resource": arn}]});
    let body = json!({"ResourceArn": arn, "Policy": policy.to_string()});
    world.ssm::<PutResourcePolicy>("root", body).unwrap();
    swap(&mut world, "root").unwrap();
    swap(&mut world, "root").unwrap();
    assert_eq!(values(&mut world), ["ending"]);
    let shared = world
        .ssm::<GetResourcePolicies>("root", json!({"ResourceArn": arn}))
        .unwrap();
    assert_eq!(shared["Policies"], json!([]));
}
