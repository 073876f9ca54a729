use serde_json::json;

use super::arn;
use crate::operations::{
    CreateAlias, DescribeCustomKeyStores, DescribeKey, GetKeyPolicy, ListResourceTags, TagResource,
    UntagResource, UpdateAlias, UpdateKeyDescription,
};
use crate::records::{Deletion, KeyState};
use crate::testing::World;

#[test]
fn an_alias_moves_to_another_key_of_its_kind_only() {
    let mut world = World::new();
    let one = world.key(json!({}));
    let two = world.key(json!({}));
    let mac = world.key(json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}));
    let create = json!({"AliasName": "alias/app", "TargetKeyId": one});
    world.run::<CreateAlias>(create).unwrap();
    let mut update =
        |key: &str| world.run::<UpdateAlias>(json!({"AliasName": "alias/app", "TargetKeyId": key}));
    update(&two).unwrap();
    assert!(update(&mac).unwrap_err().starts_with("ValidationException: "));
    assert_eq!(
        update("alias/app").unwrap_err(),
        "ValidationException: Aliases must refer to keys. Not aliases"
    );
    let missing = world.run::<UpdateAlias>(json!({"AliasName": "alias/nope", "TargetKeyId": two}));
    assert_eq!(
        missing.unwrap_err(),
        "NotFoundException: Alias arn:aws:kms:us-east-1:111122223333:alias/nope is not found."
    );
    let described = world.run::<DescribeKey>(json!({"KeyId": "alias/app"})).unwrap();
    assert_eq!(described["KeyMetadata"]["KeyId"], two);
}

#[test]
fn moving_an_alias_takes_permission_for_the_alias_and_both_keys() {
    let mut world = World::new();
    let (one, two) = (world.key(json!({})), world.key(json!({})));
    world
        .run::<CreateAlias>(json!({"AliasName": "alias/app", "TargetKeyId": one}))
        .unwrap();
    let alias = "arn:aws:kms:us-east-1:111122223333:alias/app".to_owned();
    let all = [alias, arn(&one), arn(&two)];
    for missing in 0..all.len() {
        let mut allowed = all.to_vec();
        let missing = allowed.remove(missing);
        let statement = json!({"Effect": "Allow", "Action": "kms:UpdateAlias", "Resource": allowed});
        world.may("ann", &statement);
        let update = json!({"AliasName": "alias/app", "TargetKeyId": two});
        let denied = world.run_as::<UpdateAlias>("ann", update).unwrap_err();
        assert!(
            denied.contains(&format!("on resource: {missing} because")),
            "{denied}"
        );
    }
    world.may(
        "ann",
        &json!({"Effect": "Allow", "Action": "kms:UpdateAlias", "Resource": all}),
    );
    let update = json!({"AliasName": "alias/app", "TargetKeyId": two});
    world.run_as::<UpdateAlias>("ann", update).unwrap();
}

#[test]
fn an_alias_leaves_a_key_that_will_be_destroyed_and_never_goes_to_one() {
    let mut world = World::new();
    let (doomed, fine) = (world.key(json!({})), world.key(json!({})));
    let point = |key: &str| json!({"AliasName": "alias/app", "TargetKeyId": key});
    world.run::<CreateAlias>(point(&doomed)).unwrap();
    world.doctor(&doomed, |key| {
        key.state = KeyState::PendingDeletion;
        key.deletion = Some(Deletion { days: 7, date: None });
    });
    world.run::<UpdateAlias>(point(&fine)).unwrap();
    assert_eq!(
        world.run::<UpdateAlias>(point(&doomed)).unwrap_err(),
        format!("KMSInvalidStateException: {} is pending deletion.", arn(&doomed))
    );
}

#[test]
fn a_key_has_at_most_fifty_aliases() {
    let mut world = World::new();
    let (full, other) = (world.key(json!({})), world.key(json!({})));
    let create = |n: usize, key: &str| json!({"AliasName": format!("alias/{n}"), "TargetKeyId": key});
    for n in 0..50 {
        world.run::<CreateAlias>(create(n, &full)).unwrap();
    }
    let refused = world.run::<CreateAlias>(create(50, &full)).unwrap_err();
    assert!(refused.starts_with("LimitExceededException: "), "{refused}");
    world.run::<CreateAlias>(create(50, &other)).unwrap();
    let refused = world.run::<UpdateAlias>(create(50, &full)).unwrap_err();
    assert!(refused.starts_with("LimitExceededException: "), "{refused}");
    // To where it points already it takes no room.
    world.run::<UpdateAlias>(create(7, &full)).unwrap();
}

#[test]
fn a_description_changes_and_a_managed_key_keeps_its_own() {
    let mut world = World::new();
    let key = world.key(json!({"Description": "one"}));
    let update = json!({"KeyId": arn(&key), "Description": "two"});
    world.run::<UpdateKeyDescription>(update).unwrap();
    assert_eq!(world.record(&key).unwrap().description, "two");
    let long = json!({"KeyId": key, "Description": "x".repeat(8193)});
    let refused = world.run::<UpdateKeyDescription>(long).unwrap_err();
    assert!(
        refused.starts_with("ValidationException: 1 validation error"),
        "{refused}"
    );

    let managed = world
        .run::<DescribeKey>(json!({"KeyId": "alias/aws/ssm"}))
        .unwrap();
    let managed = &managed["KeyMetadata"]["KeyId"];
    let refused = world.run::<UpdateKeyDescription>(json!({"KeyId": managed, "Description": "mine"}));
    assert!(refused.unwrap_err().starts_with("AccessDeniedException: "));
}

#[test]
fn tags_are_set_replaced_and_taken_away() {
    let mut world = World::new();
    let key = world.key(json!({}));
    let tag = |key: &str, tags: &[(&str, &str)]| {
        let tags = tags.iter().map(|(k, v)| json!({"TagKey": k, "TagValue": v}));
        json!({"KeyId": key, "Tags": tags.collect::<Vec<_>>()})
    };
    world
        .run::<TagResource>(tag(&key, &[("a", "1"), ("b", "2")]))
        .unwrap();
    world
        .run::<TagResource>(tag(&key, &[("b", "3"), ("c", "")]))
        .unwrap();
    world
        .run::<UntagResource>(json!({"KeyId": key, "TagKeys": ["a", "never"]}))
        .unwrap();
    let listed = world.run::<ListResourceTags>(json!({"KeyId": key})).unwrap();
    assert_eq!(
        listed["Tags"],
        json!([{"TagKey": "b", "TagValue": "3"}, {"TagKey": "c", "TagValue": ""}])
    );

    let mut refused = |tags: &[(&str, &str)]| world.run::<TagResource>(tag(&key, tags)).unwrap_err();
    assert_eq!(
        refused(&[("x", ""), ("x", "")]),
        "TagException: Duplicate tag keys"
    );
    assert_eq!(
        refused(&[("AWS:x", "")]),
        "TagException: Tags beginning with aws: are reserved"
    );
    let many: Vec<String> = (0..49).map(|n| format!("k{n}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|key| (key.as_str(), "")).collect();
    assert_eq!(refused(&many), "TagException: Too many tags");
    assert!(refused(&[(&"k".repeat(129), "")]).contains("at 'tags.1.member.tagKey' failed"));
    let reserved = world.run::<UntagResource>(json!({"KeyId": key, "TagKeys": ["aws:x"]}));
    assert_eq!(
        reserved.unwrap_err(),
        "TagException: Tags beginning with aws: are reserved"
    );
}

#[test]
fn policies_see_the_tags_that_a_request_sets_and_takes() {
    let mut world = World::new();
    let key = world.key(json!({}));
    world.may(
        "ann",
        &json!([
            {"Effect": "Allow", "Action": "kms:TagResource", "Resource": "*",
             "Condition": {"StringEquals": {"aws:RequestTag/team": "blue"}}},
            {"Effect": "Allow", "Action": "kms:UntagResource", "Resource": "*",
             "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}},
        ]),
    );
    let tag = |value: &str| json!({"KeyId": key, "Tags": [{"TagKey": "team", "TagValue": value}]});
    assert!(world.run_as::<TagResource>("ann", tag("red")).is_err());
    world.run_as::<TagResource>("ann", tag("blue")).unwrap();
    let untag = |name: &str| json!({"KeyId": key, "TagKeys": [name]});
    assert!(world.run_as::<UntagResource>("ann", untag("owner")).is_err());
    world.run_as::<UntagResource>("ann", untag("team")).unwrap();
    assert!(world.record(&key).unwrap().tags.is_empty());
}

#[test]
fn a_key_is_managed_by_its_id_or_arn_and_from_its_own_account() {
    let mut world = World::new();
    let key = world.key(json!({}));
    world
        .run::<CreateAlias>(json!({"AliasName": "alias/app", "TargetKeyId": key}))
        .unwrap();
    let by_alias = world.run::<GetKeyPolicy>(json!({"KeyId": "alias/app", "PolicyName": "default"}));
    assert_eq!(
        by_alias.unwrap_err(),
        "NotFoundException: Invalid keyId 'alias/app'"
    );
    let foreign = format!("arn:aws:kms:us-east-1:444455556666:key/{key}");
    let create = json!({"AliasName": "alias/theirs", "TargetKeyId": foreign});
    assert_eq!(
        world.run::<CreateAlias>(create).unwrap_err(),
        format!("NotFoundException: Key '{foreign}' does not exist")
    );
}

#[test]
fn there_are_no_custom_key_stores() {
    let mut world = World::new();
    let listed = world.run::<DescribeCustomKeyStores>(json!({})).unwrap();
    assert_eq!(listed, json!({"CustomKeyStores": [], "Truncated": false}));
    let named = world.run::<DescribeCustomKeyStores>(json!({"CustomKeyStoreId": "cks-1"}));
    assert!(named.unwrap_err().starts_with("CustomKeyStoreNotFoundException"));
}
