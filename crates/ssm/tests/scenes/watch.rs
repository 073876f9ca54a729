//! Watching a path: what is told, to whom, and from where on.

use kagiban_ssm::kagiban::{PutAccountSetting, WatchParameters};
use kagiban_ssm::operations::{AddTagsToResource, DeleteParameter, LabelParameterVersion, PutParameter};
use kagiban_store::{Epoch, Reading, Rev};
use serde_json::{Value, json};

use crate::world::World;

fn put(world: &mut World, name: &str, value: &str) {
    let body = json!({"Name": name, "Value": value, "Type": "String", "Overwrite": true});
    world.ssm::<PutParameter>("root", body).unwrap();
}

fn watch(world: &mut World, who: &str, path: &str, cursor: Option<&Value>) -> Result<Value, String> {
    let mut body = json!({"Path": path, "TimeoutSeconds": 0});
    if let Some(cursor) = cursor {
        body["Cursor"] = cursor.clone();
    }
    world.ssm::<WatchParameters>(who, body)
}

fn cursor(world: &mut World, who: &str, path: &str) -> Value {
    let now = watch(world, who, path, None).unwrap();
    assert_eq!((&now["Events"], &now["Truncated"]), (&json!([]), &json!(false)));
    now["Cursor"].clone()
}

fn told(answer: &Value) -> Vec<String> {
    let events = answer["Events"].as_array().unwrap().iter();
    let text = |event: &Value| {
        let (kind, name) = (event["Kind"].as_str().unwrap(), event["Name"].as_str().unwrap());
        format!("{kind} {name} {}", event["Version"])
    };
    events.map(text).collect()
}

#[test]
fn changes_are_told_in_order_and_once() {
    let mut world = World::new();
    put(&mut world, "/app/old", "v");
    let cursor = cursor(&mut world, "root", "/app");
    put(&mut world, "/app/x", "1");
    put(&mut world, "/app/x", "2");
    put(&mut world, "/other/x", "1");
    let label = json!({"Name": "/app/x", "ParameterVersion": 1, "Labels": ["live"]});
    world.ssm::<LabelParameterVersion>("root", label).unwrap();
    let tags =
        json!({"ResourceType": "Parameter", "ResourceId": "/app/x", "Tags": [{"Key": "a", "Value": "b"}]});
    world.ssm::<AddTagsToResource>("root", tags).unwrap();
    world
        .ssm::<DeleteParameter>("root", json!({"Name": "/app/old"}))
        .unwrap();
    let answer = watch(&mut world, "root", "/app", Some(&cursor)).unwrap();
    let expected = [
        "Put /app/x 1",
        "Put /app/x 2",
        "Label /app/x 2",
        "Tag /app/x 2",
        "Delete /app/old 1",
    ];
    assert_eq!(told(&answer), expected);
    assert_eq!(answer["Events"][0]["Type"], "String");
    assert!(!answer.to_string().contains("Value"));
    let again = watch(&mut world, "root", "/app", Some(&answer["Cursor"])).unwrap();
    assert_eq!(told(&again), [""; 0]);
}

#[test]
fn only_what_may_be_read_is_told_also_of_what_is_gone() {
    for retention in ["30", "0"] {
        let mut world = World::new();
        let setting = json!({"Name": "deleted-parameter-retention-days", "Value": retention});
        world.ssm::<PutAccountSetting>("root", setting).unwrap();
        let open = "arn:aws:ssm:us-east-1:111122223333:parameter/app";
        world.may(
            "bob",
            json!([
                {"Effect": "Allow", "Action": "ssm:GetParametersByPath", "Resource": open},
                {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": format!("{open}/open/*")},
                {"Effect": "Deny", "Action": "ssm:GetParameter", "Resource": "*",
                 "Condition": {"StringEquals": {"ssm:resourceTag/secret": "yes"}}},
            ]),
        );
        let cursor = cursor(&mut world, "bob", "/app");
        for name in ["/app/closed", "/app/open/x", "/app/open/tagged"] {
            let tags = match name {
                "/app/open/tagged" => json!([{"Key": "secret", "Value": "yes"}]),
                _ => json!([]),
            };
            let body = json!({"Name": name, "Value": "v", "Type": "String", "Tags": tags});
            world.ssm::<PutParameter>("root", body).unwrap();
            world
                .ssm::<DeleteParameter>("root", json!({"Name": name}))
                .unwrap();
        }
        let answer = watch(&mut world, "bob", "/app", Some(&cursor)).unwrap();
        assert_eq!(told(&answer), ["Put /app/open/x 1", "Delete /app/open/x 1"]);
        let refused = watch(&mut world, "bob", "/", None).unwrap_err();
        assert!(refused.starts_with("AccessDeniedException: "), "{refused}");
    }
}

#[test]
fn what_tags_hid_at_any_time_stays_hidden() {
    let mut world = World::new();
    world
        .ssm::<PutAccountSetting>(
            "root",
            json!({"Name": "deleted-parameter-retention-days", "Value": "0"}),
        )
        .unwrap();
    world.may(
        "bob",
        json!([
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "ssm:GetParameter", "Resource": "*",
             "Condition": {"StringEquals": {"ssm:resourceTag/secret": "yes"}}},
        ]),
    );
    let cursor = cursor(&mut world, "bob", "/app");
    let hide = |name: &str| {
        let tags = json!([{"Key": "secret", "Value": "yes"}]);
        json!({"ResourceType": "Parameter", "ResourceId": name, "Tags": tags})
    };
    for name in ["/app/hidden-and-gone", "/app/hidden-and-reborn"] {
        put(&mut world, name, "v");
        world.ssm::<AddTagsToResource>("root", hide(name)).unwrap();
        world
            .ssm::<DeleteParameter>("root", json!({"Name": name}))
            .unwrap();
    }
    put(&mut world, "/app/hidden-and-reborn", "v");
    let answer = watch(&mut world, "bob", "/app", Some(&cursor)).unwrap();
    let reborn = "Put /app/hidden-and-reborn 1";
    assert_eq!(
        told(&answer),
        [reborn, reborn],
        "before it was hidden, and since it is not"
    );
}

#[test]
fn a_cursor_is_good_for_its_own_path_and_store_only() {
    let mut world = World::new();
    put(&mut world, "/app/x", "1");
    let cursor = cursor(&mut world, "root", "/app");
    let expired = |answer: Result<Value, String>| {
        let refused = answer.unwrap_err();
        assert!(
            refused.starts_with("CursorExpiredException: the cursor is too old"),
            "{refused}"
        );
    };
    expired(watch(&mut world, "root", "/other", Some(&cursor)));
    expired(watch(&mut world, "root", "/app", Some(&json!("AAAA"))));
    let body = json!({"Path": "/app", "Recursive": false, "Cursor": cursor});
    expired(world.ssm::<WatchParameters>("root", body));
    let reading = |epoch, known| Reading {
        epoch: Epoch([epoch; 16]),
        rev: Rev(known),
        recalled_after: Rev(known),
    };
    world.ssm.loaded(reading(1, 0)); // a restored store
    expired(watch(&mut world, "root", "/app", Some(&cursor)));
    world.ssm.loaded(reading(0, 1)); // an older copy of it
    expired(watch(&mut world, "root", "/app", Some(&cursor)));
    world.ssm.loaded(reading(0, 2));
    watch(&mut world, "root", "/app", Some(&cursor)).unwrap();
    world.ssm.loaded(reading(0, 3)); // what came before is forgotten
    expired(watch(&mut world, "root", "/app", Some(&cursor)));
}

#[test]
fn much_at_once_comes_in_pieces_that_miss_nothing() {
    let mut world = World::new();
    let mut cursor = cursor(&mut world, "root", "/");
    for number in 0..250 {
        put(&mut world, &format!("/n/{number:03}"), "v");
    }
    let mut names = Vec::new();
    loop {
        let answer = watch(&mut world, "root", "/", Some(&cursor)).unwrap();
        names.extend(told(&answer));
        cursor = answer["Cursor"].clone();
        if answer["Truncated"] == json!(false) {
            break;
        }
        assert_eq!(told(&answer).len(), 100);
    }
    let expected: Vec<_> = (0..250).map(|number| format!("Put /n/{number:03} 1")).collect();
    assert_eq!(names, expected);
}
