use kagiban_ssm::operations::*;
use serde_json::{Value, json};

use crate::world::{Answer, World};

fn world() -> World {
    let mut world = World::new();
    let body = json!({"Name": "x", "Value": "1", "Type": "String", "Tags": [{"Key": "a", "Value": "1"}]});
    world.ssm::<PutParameter>("root", body).unwrap();
    world
}

fn body(id: &str, member: &str, value: Value) -> Value {
    json!({"ResourceType": "Parameter", "ResourceId": id, member: value})
}

fn list(world: &mut World) -> Answer {
    let listed =
        world.ssm::<ListTagsForResource>("root", json!({"ResourceType": "Parameter", "ResourceId": "/x"}));
    listed.map(|mut listed| listed["TagList"].take())
}

#[test]
fn tags_are_added_replaced_and_removed_without_a_new_version() {
    let mut world = world();
    let tags = json!([{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}]);
    assert_eq!(
        world.ssm::<AddTagsToResource>("root", body("x", "Tags", tags.clone())),
        Ok(json!({}))
    );
    assert_eq!(list(&mut world), Ok(tags));
    let removed =
        world.ssm::<RemoveTagsFromResource>("root", body("/x", "TagKeys", json!(["a", "b", "nope"])));
    assert_eq!(removed, Ok(json!({})));
    assert_eq!(list(&mut world), Ok(json!([])));
    assert_eq!(
        world.ssm::<GetParameter>("root", json!({"Name": "x"})).unwrap()["Parameter"]["Version"],
        1
    );
}

#[test]
fn tags_outlive_an_overwrite() {
    let mut world = world();
    world
        .ssm::<PutParameter>("root", json!({"Name": "x", "Value": "2", "Overwrite": true}))
        .unwrap();
    assert_eq!(list(&mut world), Ok(json!([{"Key": "a", "Value": "1"}])));
}

#[test]
fn what_cannot_be_tagged_is_refused() {
    let mut world = world();
    let list = |world: &mut World, kind: &str, id: &str| {
        world
            .ssm::<ListTagsForResource>("root", json!({"ResourceType": kind, "ResourceId": id}))
            .unwrap_err()
    };
    insta::assert_snapshot!(list(&mut world, "Parameter", "nope"), @"InvalidResourceId: Invalid Resource Id");
    insta::assert_snapshot!(list(&mut world, "Parameter", "x:1"), @"InvalidResourceId: Invalid Resource Id");
    insta::assert_snapshot!(list(&mut world, "Document", "x"), @"InvalidResourceId: Invalid Resource Id");
    insta::assert_snapshot!(list(&mut world, "MaintenanceWindow", "x"), @"InvalidResourceType: Invalid Resource Type");
    let many: Vec<Value> = (0..51)
        .map(|n| json!({"Key": n.to_string(), "Value": ""}))
        .collect();
    assert_eq!(
        world.ssm::<AddTagsToResource>("root", body("x", "Tags", many.into())),
        Err("TooManyTagsError".into())
    );
}
