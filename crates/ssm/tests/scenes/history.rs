use kagiban_ssm::operations::{
    GetParameter, GetParameterHistory, GetParametersByPath, LabelParameterVersion, PutParameter,
};
use serde_json::{Value, json};

use crate::world::World;

fn world() -> World {
    let mut world = World::new();
    for value in ["1", "2", "3"] {
        let body = json!({"Name": "/a/x", "Value": value, "Type": "String", "Overwrite": true, "Description": value});
        world.ssm::<PutParameter>("root", body).unwrap();
    }
    world
}

fn label(world: &mut World, label: &str, version: i64) {
    let body = json!({"Name": "/a/x", "ParameterVersion": version, "Labels": [label]});
    world.ssm::<LabelParameterVersion>("root", body).unwrap();
}

#[test]
fn history_lists_the_versions_in_order_with_their_labels() {
    let mut world = world();
    label(&mut world, "prod", 1);
    let listed = world
        .ssm::<GetParameterHistory>("root", json!({"Name": "/a/x"}))
        .unwrap();
    let versions = listed["Parameters"].as_array().unwrap();
    let values: Vec<&Value> = versions.iter().map(|version| &version["Value"]).collect();
    assert_eq!(values, ["1", "2", "3"]);
    insta::assert_snapshot!(versions[0], @r#"{"DataType":"text","Description":"1","Labels":["prod"],"LastModifiedDate":1600000000,"LastModifiedUser":"arn:aws:iam::111122223333:root","Name":"/a/x","Policies":[],"Tier":"Standard","Type":"String","Value":"1","Version":1}"#);
}

#[test]
fn a_label_reads_the_version_that_bears_it() {
    let mut world = world();
    label(&mut world, "prod", 2);
    let read = world
        .ssm::<GetParameter>("root", json!({"Name": "/a/x:prod"}))
        .unwrap();
    assert_eq!(
        (&read["Parameter"]["Value"], &read["Parameter"]["Selector"]),
        (&"2".into(), &":prod".into())
    );
    let filters = json!([{"Key": "Label", "Values": ["prod"]}]);
    let listed = world
        .ssm::<GetParametersByPath>("root", json!({"Path": "/a", "ParameterFilters": filters}))
        .unwrap();
    assert_eq!(
        (
            &listed["Parameters"][0]["Value"],
            &listed["Parameters"][0]["Selector"]
        ),
        (&"2".into(), &":prod".into())
    );
}

#[test]
fn a_labelled_oldest_version_stops_the_hundred_and_first() {
    let mut world = world();
    label(&mut world, "prod", 1);
    let body = json!({"Name": "/a/x", "Value": "v", "Overwrite": true});
    for _ in 4..=100 {
        world.ssm::<PutParameter>("root", body.clone()).unwrap();
    }
    insta::assert_snapshot!(
        world.ssm::<PutParameter>("root", body).unwrap_err(),
        @"ParameterMaxVersionLimitExceeded: You attempted to create a new version of /a/x by calling the PutParameter API with the overwrite flag. Version 1, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again."
    );
}

#[test]
fn history_pages_may_change_their_size_but_not_their_parameter() {
    let mut world = world();
    let first = world
        .ssm::<GetParameterHistory>("root", json!({"Name": "/a/x", "MaxResults": 1}))
        .unwrap();
    let body = |name: &str| json!({"Name": name, "MaxResults": 2, "NextToken": first["NextToken"]});
    let second = world.ssm::<GetParameterHistory>("root", body("/a/x")).unwrap();
    assert_eq!(second["Parameters"].as_array().unwrap().len(), 2);
    world
        .ssm::<PutParameter>("root", json!({"Name": "y", "Value": "v", "Type": "String"}))
        .unwrap();
    insta::assert_snapshot!(
        world.ssm::<GetParameterHistory>("root", body("y")).unwrap_err(),
        @"InvalidNextToken: The specified token is not valid."
    );
}

#[test]
fn history_of_nothing_and_too_big_a_page_are_refused() {
    insta::assert_snapshot!(
        world().ssm::<GetParameterHistory>("root", json!({"Name": "y"})).unwrap_err(),
        @"ParameterNotFound: Parameter y not found."
    );
    insta::assert_snapshot!(
        world().ssm::<GetParameterHistory>("root", json!({"Name": "y", "MaxResults": 51})).unwrap_err(),
        @"ValidationException: 1 validation error detected: Value '51' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 50"
    );
}
