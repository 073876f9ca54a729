//! Labels: given, moved, read by, taken off, and in the way of a version that has to go.

use kagiban_ssm::operations::*;
use serde_json::{Value, json};

use crate::world::{Answer, World};

fn put(world: &mut World, value: &str) -> Answer {
    world.ssm::<PutParameter>(
        "root",
        json!({"Name": "/a/b", "Value": value, "Type": "String", "Overwrite": true}),
    )
}

/// A parameter `/a/b` with the values v1, v2, …
fn with_versions(count: usize) -> World {
    let mut world = World::new();
    for number in 1..=count {
        put(&mut world, &format!("v{number}")).unwrap();
    }
    world
}

fn label(world: &mut World, version: Value, labels: &[&str]) -> Answer {
    let mut request = json!({"Name": "/a/b", "Labels": labels});
    if !version.is_null() {
        request["ParameterVersion"] = version;
    }
    world.ssm::<LabelParameterVersion>("root", request)
}

fn unlabel(world: &mut World, version: i64, labels: &[&str]) -> Answer {
    world.ssm::<UnlabelParameterVersion>(
        "root",
        json!({"Name": "/a/b", "ParameterVersion": version, "Labels": labels}),
    )
}

/// What the history says of each version's labels.
fn labels(world: &mut World) -> Value {
    let history = world
        .ssm::<GetParameterHistory>("root", json!({"Name": "/a/b"}))
        .unwrap();
    let versions = history["Parameters"].as_array().unwrap().iter();
    versions.map(|version| version["Labels"].clone()).collect()
}

fn read(world: &mut World, name: &str) -> Answer {
    let parameter = world.ssm::<GetParameter>("root", json!({ "Name": name }))?["Parameter"].take();
    Ok(json!([parameter["Value"], parameter["Selector"]]))
}

#[test]
fn a_label_goes_to_the_newest_version_unless_another_is_named() {
    let mut world = with_versions(2);
    assert_eq!(
        label(&mut world, Value::Null, &["prod"]),
        Ok(json!({"InvalidLabels": [], "ParameterVersion": 2}))
    );
    assert_eq!(
        label(&mut world, json!(1), &["old"]),
        Ok(json!({"InvalidLabels": [], "ParameterVersion": 1}))
    );
    assert_eq!(labels(&mut world), json!([["old"], ["prod"]]));
}

#[test]
fn a_label_moves_and_a_new_version_has_none() {
    let mut world = with_versions(1);
    label(&mut world, Value::Null, &["prod", "x"]).unwrap();
    put(&mut world, "v2").unwrap();
    assert_eq!(labels(&mut world), json!([["prod", "x"], []]));
    label(&mut world, Value::Null, &["prod"]).unwrap();
    assert_eq!(labels(&mut world), json!([["x"], ["prod"]]));
}

#[test]
fn invalid_labels_are_listed_and_the_others_applied() {
    let mut world = with_versions(1);
    assert_eq!(
        label(&mut world, Value::Null, &["1st", "ok", "awsx", "a b", "SSM"]),
        Ok(json!({"InvalidLabels": ["1st", "awsx", "a b", "SSM"], "ParameterVersion": 1}))
    );
    assert_eq!(labels(&mut world), json!([["ok"]]));
}

#[test]
fn more_than_ten_labels_on_a_version_are_refused_and_none_applied() {
    let mut world = with_versions(1);
    let ten: Vec<String> = (0..10).map(|n| format!("l{n}")).collect();
    let ten: Vec<&str> = ten.iter().map(String::as_str).collect();
    label(&mut world, Value::Null, &ten).unwrap();
    assert_eq!(
        label(&mut world, Value::Null, &["one-more"]).unwrap_err(),
        "ParameterVersionLabelLimitExceeded: A parameter version can have maximum 10 labels.Move one or more labels to another version and try again."
    );
    assert_eq!(labels(&mut world)[0].as_array().unwrap().len(), 10);
    assert!(label(&mut world, Value::Null, &ten).is_ok());
}

#[test]
fn eleven_labels_in_a_request_or_one_too_long_are_refused_by_the_model() {
    let mut world = with_versions(1);
    let long = "l".repeat(101);
    assert_eq!(
        label(&mut world, Value::Null, &[&long]).unwrap_err(),
        format!(
            "ValidationException: 1 validation error detected: Value '[{long}]' at 'labels' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 100, Member must have length greater than or equal to 1]"
        )
    );
    let refused = label(&mut world, Value::Null, &["l"; 11]).unwrap_err();
    assert!(
        refused.ends_with("Member must have length less than or equal to 10"),
        "{refused}"
    );
    assert!(label(&mut world, Value::Null, &[]).is_err());
}

#[test]
fn an_unknown_parameter_or_version_is_refused_in_the_words_of_aws() {
    let mut world = with_versions(2);
    let nowhere = json!({"Name": "/none", "ParameterVersion": 1, "Labels": ["l"]});
    let not_found = Err("ParameterNotFound: Parameter /none not found.".to_owned());
    assert_eq!(
        world.ssm::<LabelParameterVersion>("root", nowhere.clone()),
        not_found
    );
    assert_eq!(world.ssm::<UnlabelParameterVersion>("root", nowhere), not_found);
    let no_version = |number: i64| {
        Err(format!(
            "ParameterVersionNotFound: Systems Manager could not find version {number} of /a/b. Verify the version and try again."
        ))
    };
    for number in [0, 3, -1] {
        assert_eq!(label(&mut world, json!(number), &["l"]), no_version(number));
        assert_eq!(unlabel(&mut world, number, &["l"]), no_version(number));
    }
}

#[test]
fn only_labels_that_are_on_the_version_are_taken_off() {
    let mut world = with_versions(2);
    label(&mut world, json!(1), &["a", "b"]).unwrap();
    label(&mut world, json!(2), &["c"]).unwrap();
    assert_eq!(
        unlabel(&mut world, 1, &["a", "c", "never"]),
        Ok(json!({"RemovedLabels": ["a"], "InvalidLabels": ["c", "never"]}))
    );
    assert_eq!(labels(&mut world), json!([["b"], ["c"]]));
    unlabel(&mut world, 1, &["b"]).unwrap();
    unlabel(&mut world, 2, &["c"]).unwrap();
    assert_eq!(labels(&mut world), json!([[], []]));
}

#[test]
fn a_label_selects_its_version() {
    let mut world = with_versions(3);
    label(&mut world, json!(1), &["prod"]).unwrap();
    label(&mut world, json!(3), &["next"]).unwrap();
    assert_eq!(read(&mut world, "/a/b:prod"), Ok(json!(["v1", ":prod"])));
    assert_eq!(read(&mut world, "/a/b:next"), Ok(json!(["v3", ":next"])));
    assert_eq!(
        read(&mut world, "/a/b:gone").unwrap_err(),
        "ParameterVersionNotFound: Systems Manager could not find the label gone for parameter /a/b. Verify the label and try again."
    );
    let several = world
        .ssm::<GetParameters>("root", json!({"Names": ["/a/b:prod", "/a/b:gone", "/a/b:1:2"]}))
        .unwrap();
    assert_eq!(several["Parameters"][0]["Value"], "v1");
    assert_eq!(several["InvalidParameters"], json!(["/a/b:gone", "/a/b:1:2"]));
}

#[test]
fn a_filter_by_label_gives_the_version_that_bears_it() {
    let mut world = with_versions(2);
    world
        .ssm::<PutParameter>("root", json!({"Name": "/a/c", "Value": "x", "Type": "String"}))
        .unwrap();
    label(&mut world, json!(1), &["prod"]).unwrap();
    let found = world
        .ssm::<GetParametersByPath>(
            "root",
            json!({"Path": "/a", "ParameterFilters": [{"Key": "Label", "Values": ["prod", "other"]}]}),
        )
        .unwrap();
    let found = found["Parameters"].as_array().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["Value"], &found[0]["Version"], &found[0]["Selector"]),
        (&json!("v1"), &json!(1), &json!(":prod"))
    );
}

#[test]
fn the_hundred_and_first_version_pushes_out_the_oldest_unless_it_has_a_label() {
    let mut world = with_versions(100);
    label(&mut world, json!(1), &["keep"]).unwrap();
    assert_eq!(
        put(&mut world, "more").unwrap_err(),
        "ParameterMaxVersionLimitExceeded: You attempted to create a new version of /a/b by calling the PutParameter API with the overwrite flag. Version 1, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again."
    );
    label(&mut world, json!(2), &["keep"]).unwrap();
    assert_eq!(put(&mut world, "more").unwrap()["Version"], 101);
    assert!(label(&mut world, json!(1), &["x"]).is_err());
    assert_eq!(read(&mut world, "/a/b:keep"), Ok(json!(["v2", ":keep"])));
}

#[test]
fn labels_go_with_their_parameter() {
    let mut world = with_versions(1);
    label(&mut world, Value::Null, &["prod"]).unwrap();
    world
        .ssm::<DeleteParameter>("root", json!({"Name": "/a/b"}))
        .unwrap();
    put(&mut world, "anew").unwrap();
    assert_eq!(labels(&mut world), json!([[]]));
}

#[test]
fn a_label_that_is_there_already_writes_nothing() {
    let mut world = with_versions(1);
    label(&mut world, Value::Null, &["prod"]).unwrap();
    let again = json!({"Name": "/a/b", "Labels": ["prod", "1-is-invalid"]});
    let decided = world.decide_ssm::<LabelParameterVersion>("root", &again).unwrap();
    assert!(decided.txn.is_empty());
}
