//! Parameters deleted, brought back, purged.

use std::time::Duration;

use kagiban_aws::Timestamp;
use kagiban_kms::operations::{CreateKey, ScheduleKeyDeletion};
use kagiban_ssm::kagiban::{
    ListDeletedParameters, PurgeDeletedParameter, PutAccountSetting, UndeleteParameter,
};
use kagiban_ssm::operations::{
    AddTagsToResource, DeleteParameter, DeleteParameters, DescribeParameters, GetParameter,
    GetParameterHistory, ListTagsForResource, PutParameter,
};
use kagiban_ssm::purge::due;
use kagiban_ssm::upkeep;
use serde_json::{Value, json};

use crate::world::{Answer, World};

fn put(world: &mut World, name: &str, value: &str) -> i64 {
    let body = json!({"Name": name, "Value": value, "Type": "String", "Overwrite": true});
    world.ssm::<PutParameter>("root", body).unwrap()["Version"]
        .as_i64()
        .unwrap()
}

fn delete(world: &mut World, name: &str) {
    world
        .ssm::<DeleteParameter>("root", json!({"Name": name}))
        .unwrap();
}

fn undelete(world: &mut World, name: &str) -> Answer {
    world.ssm::<UndeleteParameter>("root", json!({"Name": name}))
}

fn history(world: &mut World, name: &str) -> Vec<String> {
    let read = world
        .ssm::<GetParameterHistory>("root", json!({"Name": name}))
        .unwrap();
    let versions = read["Parameters"].as_array().unwrap().iter();
    versions
        .map(|version| version["Value"].as_str().unwrap().to_owned())
        .collect()
}

fn deleted(world: &mut World) -> Vec<Value> {
    let listed = world.ssm::<ListDeletedParameters>("root", json!({})).unwrap();
    listed["Parameters"].as_array().unwrap().clone()
}

fn days(world: &mut World, days: &str) {
    let body = json!({"Name": "deleted-parameter-retention-days", "Value": days});
    world.ssm::<PutAccountSetting>("root", body).unwrap();
}

#[test]
fn what_is_brought_back_has_its_versions_and_tags() {
    let mut world = World::new();
    for value in ["one", "two", "three"] {
        put(&mut world, "/a", value);
    }
    let tag = json!({"ResourceType": "Parameter", "ResourceId": "/a", "Tags": [{"Key": "k", "Value": "v"}]});
    world.ssm::<AddTagsToResource>("root", tag).unwrap();
    delete(&mut world, "/a");
    let gone = world
        .ssm::<GetParameter>("root", json!({"Name": "/a"}))
        .unwrap_err();
    assert_eq!(gone, "ParameterNotFound: Parameter /a not found.");

    let back = undelete(&mut world, "a").unwrap();
    assert_eq!(back, json!({"Name": "/a", "Version": 3, "Tier": "Standard"}));
    assert_eq!(history(&mut world, "/a"), ["one", "two", "three"]);
    let tags = json!({"ResourceType": "Parameter", "ResourceId": "/a"});
    let tags = world.ssm::<ListTagsForResource>("root", tags).unwrap();
    assert_eq!(tags["TagList"], json!([{"Key": "k", "Value": "v"}]));
    assert!(deleted(&mut world).is_empty());
    assert_eq!(put(&mut world, "/a", "four"), 4);
}

#[test]
fn a_name_used_again_begins_anew_and_the_older_history_is_not_mixed_in() {
    let mut world = World::new();
    put(&mut world, "/a", "old one");
    put(&mut world, "/a", "old two");
    delete(&mut world, "/a");
    assert_eq!(put(&mut world, "/a", "new one"), 1);
    assert_eq!(put(&mut world, "/a", "new two"), 2);
    assert_eq!(history(&mut world, "/a"), ["new one", "new two"]);
    let refused = undelete(&mut world, "/a").unwrap_err();
    assert!(
        refused.starts_with("ParameterAlreadyExists: a parameter named `/a`"),
        "{refused}"
    );

    // Only the last one deleted can be had back; the older is gone with the second deletion.
    delete(&mut world, "/a");
    assert_eq!(deleted(&mut world).len(), 1);
    undelete(&mut world, "/a").unwrap();
    assert_eq!(history(&mut world, "/a"), ["new one", "new two"]);
    let rows = world
        .rows
        .keys()
        .filter(|key| key.to_string().contains("/ssm/pv/"));
    assert_eq!(rows.count(), 1, "nothing is left of the first life");
}

#[test]
fn without_retention_nothing_is_kept() {
    let mut world = World::new();
    put(&mut world, "/a", "1");
    delete(&mut world, "/a");
    days(&mut world, "0");
    put(&mut world, "/a", "2");
    put(&mut world, "/a", "3");
    delete(&mut world, "/a");
    assert!(deleted(&mut world).is_empty());
    assert_eq!(
        undelete(&mut world, "/a").unwrap_err(),
        "ParameterNotFound: no deleted parameter named `/a` is kept; ListDeletedParameters (`kagiban param deleted`) lists what is"
    );
    assert!(
        !world.rows.keys().any(|key| key.to_string().contains("/ssm/p")),
        "all records are gone"
    );
}

#[test]
fn what_is_over_time_is_due_and_not_before() {
    let mut world = World::new();
    days(&mut world, "2");
    put(&mut world, "/a", "1");
    put(&mut world, "/a", "2");
    delete(&mut world, "/a");
    days(&mut world, "365"); // what is deleted keeps the date it was given
    let end = world.now.plus(Duration::from_secs(2 * 86_400));
    assert_eq!(deleted(&mut world)[0]["PurgeDate"], json!(end.seconds()));
    assert!(due(&world.ssm, world.now).is_empty());
    let over = due(&world.ssm, end);
    assert_eq!(
        over[0].arn().as_str(),
        "arn:aws:ssm:us-east-1:111122223333:parameter/a"
    );
    let late = over[0].txn();
    undelete(&mut world, "/a").unwrap();
    assert!(!world.holds(&late), "what is back is not destroyed");
    delete(&mut world, "/a");
    world.now = end;
    let over = due(&world.ssm, end.plus(Duration::from_secs(364 * 86_400)));
    world.commit(over[0].txn());
    assert!(
        !world.rows.keys().any(|key| key.to_string().contains("/ssm/p")),
        "all records are gone"
    );
    assert!(undelete(&mut world, "/a").is_err());
    assert_eq!(put(&mut world, "/a", "new"), 1);
}

#[test]
fn deleted_parameters_are_listed_in_pages() {
    let mut world = World::new();
    for name in ["/b/x", "/a/2", "/a/1", "/a/3", "/ab"] {
        put(&mut world, name, "v");
    }
    let all = json!({"Names": ["/b/x", "/a/2", "/a/1", "/a/3", "/ab"]});
    world.ssm::<DeleteParameters>("root", all).unwrap();
    let mut seen = Vec::new();
    let mut body = json!({"Path": "/a", "MaxResults": 2});
    loop {
        let page = world.ssm::<ListDeletedParameters>("root", body.clone()).unwrap();
        seen.extend(
            page["Parameters"]
                .as_array()
                .unwrap()
                .iter()
                .map(|found| found["Name"].clone()),
        );
        if page["NextToken"].is_null() {
            break;
        }
        body["NextToken"] = page["NextToken"].clone();
    }
    assert_eq!(seen, ["/a/1", "/a/2", "/a/3"]);
    let everything = deleted(&mut world);
    assert_eq!(everything.len(), 5);
    let first = &everything[0];
    assert_eq!(
        (&first["Type"], &first["Version"], &first["Tier"]),
        (&json!("String"), &json!(1), &json!("Standard"))
    );
    assert_eq!(first["DeletedBy"], "arn:aws:iam::111122223333:root");
    assert_eq!(first["DeletedDate"], json!(world.now.seconds()));
    let elsewhere = json!({"Path": "/b", "NextToken": "AAAA"});
    let refused = world.ssm::<ListDeletedParameters>("root", elsewhere).unwrap_err();
    assert!(refused.starts_with("InvalidNextToken"), "{refused}");
}

#[test]
fn bringing_back_takes_put_and_purging_takes_delete_with_the_tags_it_had() {
    let mut world = World::new();
    put(&mut world, "/a", "1");
    let tag =
        json!({"ResourceType": "Parameter", "ResourceId": "/a", "Tags": [{"Key": "env", "Value": "prod"}]});
    world.ssm::<AddTagsToResource>("root", tag).unwrap();
    delete(&mut world, "/a");
    world.may(
        "alice",
        json!([
            {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"},
            {"Effect": "Deny", "Action": ["ssm:PutParameter", "ssm:DeleteParameter"], "Resource": "*",
             "Condition": {"StringEquals": {"aws:ResourceTag/env": "prod"}}},
        ]),
    );
    world.may(
        "putter",
        json!([{"Effect": "Allow", "Action": "ssm:PutParameter", "Resource": "*"}]),
    );
    let name = json!({"Name": "/a"});
    for refused in [
        world.ssm::<UndeleteParameter>("alice", name.clone()),
        world.ssm::<PurgeDeletedParameter>("alice", name.clone()),
        world.ssm::<PurgeDeletedParameter>("putter", name.clone()),
        world.ssm::<ListDeletedParameters>("putter", json!({})),
    ] {
        assert!(refused.unwrap_err().starts_with("AccessDeniedException: "));
    }
    assert!(world.ssm::<ListDeletedParameters>("alice", json!({})).is_ok());
    assert!(world.ssm::<UndeleteParameter>("putter", name.clone()).is_ok());
    delete(&mut world, "/a");
    assert_eq!(
        world.ssm::<PurgeDeletedParameter>("root", name.clone()),
        Ok(json!({}))
    );
    assert!(world.ssm::<UndeleteParameter>("root", name).is_err());
}

#[test]
fn a_deleted_secret_still_needs_its_key_and_opens_when_it_is_back() {
    let mut world = World::new();
    let key = world.kms::<CreateKey>("root", json!({})).unwrap()["KeyMetadata"]["KeyId"].clone();
    let body = json!({"Name": "/s", "Value": "hunter2", "Type": "SecureString", "KeyId": key});
    world.ssm::<PutParameter>("root", body).unwrap();
    delete(&mut world, "/s");
    let refused = world
        .kms::<ScheduleKeyDeletion>("root", json!({"KeyId": key}))
        .unwrap_err();
    assert!(
        refused.contains("1 SecureString parameter: /s (deleted)."),
        "{refused}"
    );
    undelete(&mut world, "/s").unwrap();
    let read = world
        .ssm::<GetParameter>("root", json!({"Name": "/s", "WithDecryption": true}))
        .unwrap();
    assert_eq!(read["Parameter"]["Value"], "hunter2");
    delete(&mut world, "/s");
    world
        .ssm::<PurgeDeletedParameter>("root", json!({"Name": "/s"}))
        .unwrap();
    assert!(
        world
            .kms::<ScheduleKeyDeletion>("root", json!({"KeyId": key}))
            .is_ok()
    );
}

#[test]
fn nobody_puts_a_name_anew_on_a_view_before_its_deletion() {
    let mut world = World::new();
    let body = json!({"Name": "/a", "Value": "v", "Type": "String"});
    let early = world.decide_ssm::<PutParameter>("root", &body).unwrap().txn;
    put(&mut world, "/a", "1");
    delete(&mut world, "/a");
    assert!(
        !world.holds(&early),
        "it would have written into the deleted one's history"
    );
}

/// A parameter of two versions that ends in a minute.
fn ending(world: &mut World) -> Timestamp {
    let end = world.now.plus(Duration::from_secs(60));
    let policy = json!([{"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": end.iso().to_string()}},
        {"Type": "NoChangeNotification", "Version": "1.0", "Attributes": {"After": "60", "Unit": "Days"}}]);
    for value in ["one", "two"] {
        let body = json!({"Name": "/a", "Value": value, "Type": "String", "Tier": "Advanced",
            "Overwrite": true, "Policies": policy.to_string()});
        world.ssm::<PutParameter>("root", body).unwrap();
    }
    end
}

#[test]
fn what_has_expired_can_be_had_back_and_does_not_expire_again() {
    let mut world = World::new();
    world.now = ending(&mut world);
    let due = upkeep::due(&world.ssm, world.now);
    let txn = due[0].txn(&world.ssm, world.now);
    world.commit(txn);
    assert_eq!(deleted(&mut world)[0]["DeletedBy"], "ssm.amazonaws.com");
    undelete(&mut world, "/a").unwrap();
    assert_eq!(history(&mut world, "/a"), ["one", "two"]);
    assert!(upkeep::due(&world.ssm, world.now).is_empty());
    let described = world.ssm::<DescribeParameters>("root", json!({})).unwrap();
    let policies = described["Parameters"][0]["Policies"].as_array().unwrap();
    assert_eq!(policies.len(), 1, "the other policy is still there: {policies:?}");
}

#[test]
fn a_name_put_anew_over_an_expired_parameter_deletes_that_first() {
    let mut world = World::new();
    put(&mut world, "/a", "oldest");
    delete(&mut world, "/a");
    world.now = ending(&mut world);
    assert_eq!(put(&mut world, "/a", "new"), 1);
    assert_eq!(put(&mut world, "/a", "newer"), 2);
    assert_eq!(history(&mut world, "/a"), ["new", "newer"]);
    delete(&mut world, "/a");
    assert_eq!(deleted(&mut world).len(), 1);
    undelete(&mut world, "/a").unwrap();
    assert_eq!(history(&mut world, "/a"), ["new", "newer"]);
    let rows = world
        .rows
        .keys()
        .filter(|key| key.to_string().contains("/ssm/pv/"));
    assert_eq!(rows.count(), 1, "nothing is left of the lives before");
}

/// `/a` deleted with the tag `env=prod`, and somebody who may do anything but delete what has it.
fn deleted_beyond(world: &mut World, who: &str) {
    put(world, "/a", "kept");
    let tag =
        json!({"ResourceType": "Parameter", "ResourceId": "/a", "Tags": [{"Key": "env", "Value": "prod"}]});
    world.ssm::<AddTagsToResource>("root", tag).unwrap();
    delete(world, "/a");
    world.may(
        who,
        json!([
            {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "ssm:DeleteParameter", "Resource": "*",
             "Condition": {"StringEquals": {"aws:ResourceTag/env": "prod"}}},
        ]),
    );
}

#[test]
fn who_may_not_delete_what_was_deleted_does_not_destroy_it_by_deleting_the_name_again() {
    let mut world = World::new();
    deleted_beyond(&mut world, "alice");
    let body = json!({"Name": "/a", "Value": "mine", "Type": "String"});
    world.ssm::<PutParameter>("alice", body).unwrap();
    for refused in [
        world.ssm::<DeleteParameter>("alice", json!({"Name": "/a"})),
        world.ssm::<DeleteParameters>("alice", json!({"Names": ["/b", "a"]})),
    ] {
        let refused = refused.unwrap_err();
        assert!(refused.starts_with("AccessDeniedException: "), "{refused}");
    }
    assert_eq!(deleted(&mut world).len(), 1);
    world
        .ssm::<PurgeDeletedParameter>("root", json!({"Name": "/a"}))
        .unwrap();
    assert!(
        world
            .ssm::<DeleteParameter>("alice", json!({"Name": "/a"}))
            .is_ok()
    );
    let gone = world.ssm::<DeleteParameter>("alice", json!({"Name": "/a"}));
    assert_eq!(gone.unwrap_err(), "ParameterNotFound: Parameter /a not found.");
}

#[test]
fn who_may_not_delete_what_was_deleted_does_not_destroy_it_by_way_of_an_expiry() {
    let mut world = World::new();
    deleted_beyond(&mut world, "alice");
    let end = world.now.plus(Duration::from_secs(60));
    let policy =
        json!([{"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": end.iso().to_string()}}]);
    let expiring = json!({"Name": "/a", "Value": "mine", "Type": "String", "Tier": "Advanced",
        "Policies": policy.to_string()});
    let refused = world.ssm::<PutParameter>("alice", expiring.clone()).unwrap_err();
    assert!(refused.starts_with("AccessDeniedException: "), "{refused}");

    world.ssm::<PutParameter>("root", expiring).unwrap();
    world.now = end;
    let over = json!({"Name": "/a", "Value": "mine", "Type": "String"});
    let refused = world.ssm::<PutParameter>("alice", over.clone()).unwrap_err();
    assert!(refused.starts_with("AccessDeniedException: "), "{refused}");
    assert_eq!(deleted(&mut world).len(), 1);
    world.ssm::<PutParameter>("root", over).unwrap();
}
