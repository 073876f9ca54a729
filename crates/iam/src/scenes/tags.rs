use crate::operations::{ListUserTags, TagUser, UntagUser};
use crate::testing::{A, World};
use crate::wire;

fn text(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn tag(pairs: &[(&str, &str)]) -> wire::TagUserRequest {
    let tag = |(key, value): &(&str, &str)| wire::Tag {
        key: text(key),
        value: text(value),
    };
    wire::TagUserRequest {
        user_name: text("bob"),
        tags: Some(pairs.iter().map(tag).collect()),
    }
}

fn untag(keys: &[&str]) -> wire::UntagUserRequest {
    wire::UntagUserRequest {
        user_name: text("bob"),
        tag_keys: Some(keys.iter().map(|key| (*key).to_owned()).collect()),
    }
}

fn listed(world: &mut World, size: i32) -> Vec<String> {
    let mut listed = Vec::new();
    let mut marker = None;
    loop {
        let list = wire::ListUserTagsRequest {
            user_name: text("bob"),
            max_items: Some(size),
            marker: marker.take(),
        };
        let page = world.run::<ListUserTags>(&World::root(A), list).unwrap();
        for tag in page.tags.unwrap() {
            listed.push(format!("{}={}", tag.key.unwrap(), tag.value.unwrap()));
        }
        marker = page.marker;
        if marker.is_none() {
            return listed;
        }
    }
}

#[test]
fn a_users_tags_come_and_go_without_regard_to_the_case_of_keys() {
    let mut world = World::new();
    let root = World::root(A);
    world.user("bob");
    world
        .run::<TagUser>(&root, tag(&[("team", "red"), ("Env", "dev")]))
        .unwrap();
    world
        .run::<TagUser>(&root, tag(&[("ENV", "prod"), ("cost", "1")]))
        .unwrap();
    for size in 1..4 {
        assert_eq!(listed(&mut world, size), ["ENV=prod", "cost=1", "team=red"]);
    }
    world.run::<UntagUser>(&root, untag(&["env", "nothing"])).unwrap();
    assert_eq!(listed(&mut world, 9), ["cost=1", "team=red"]);
    assert_eq!(
        world.refused::<TagUser>(&root, tag(&[("a", "1"), ("A", "2")])),
        "InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive."
    );
}

#[test]
fn who_may_set_one_tag_only_sets_no_other_and_takes_no_other() {
    let mut world = World::new();
    let alice = world.user("alice");
    world.user("bob");
    world.allow(
        A,
        "alice",
        r#"{"Effect":"Allow","Action":["iam:TagUser","iam:UntagUser"],"Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}},
           {"Effect":"Deny","Action":"iam:TagUser","Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/team":"admin"}}}"#,
    );
    world.run::<TagUser>(&alice, tag(&[("team", "red")])).unwrap();
    world.refused::<TagUser>(&alice, tag(&[("team", "admin")]));
    world.refused::<TagUser>(&alice, tag(&[("team", "red"), ("env", "x")]));
    world.refused::<UntagUser>(&alice, untag(&["env"]));
    world.run::<UntagUser>(&alice, untag(&["team"])).unwrap();
}
