use kagiban_ssm::kagiban::PutAccountSetting;
use kagiban_ssm::operations::{DeleteParameter, DeleteParameters, GetParameter, GetParameters, PutParameter};
use serde_json::{Value, json};

use crate::world::World;

fn world() -> World {
    let mut world = World::new();
    for (name, value) in [("x", "1"), ("x", "2"), ("x", "3"), ("/a/b", "4")] {
        let body = json!({"Name": name, "Value": value, "Type": "String", "Overwrite": true});
        world.ssm::<PutParameter>("root", body).unwrap();
    }
    world
}

fn get(world: &mut World, name: &str) -> Value {
    let read = world.ssm::<GetParameter>("root", json!({"Name": name}));
    read.map_or_else(Value::from, |mut read| read["Parameter"].take())
}

#[test]
fn a_parameter_answers_to_both_spellings_in_the_one_asked_for() {
    let mut world = world();
    assert_eq!(
        (
            get(&mut world, "x")["Name"].take(),
            get(&mut world, "/x")["Name"].take()
        ),
        ("x".into(), "/x".into())
    );
    assert_eq!(
        get(&mut world, "arn:aws:ssm:us-east-1:111122223333:parameter/x")["Name"],
        "x"
    );
}

#[test]
fn an_old_version_is_read_by_its_number() {
    let mut world = world();
    let old = get(&mut world, "/x:1");
    assert_eq!(
        (&old["Value"], &old["Version"], &old["Selector"], &old["Name"]),
        (&"1".into(), &1.into(), &":1".into(), &"/x".into())
    );
    assert_eq!(get(&mut world, "x:3")["Value"], "3");
    assert_eq!(
        get(&mut world, "arn:aws:ssm:us-east-1:111122223333:parameter/x:2")["Value"],
        "2"
    );
}

#[test]
fn what_is_not_there_is_told_apart() {
    let mut world = world();
    insta::assert_snapshot!(get(&mut world, "nope"), @r#""ParameterNotFound: Parameter nope not found.""#);
    insta::assert_snapshot!(get(&mut world, "x:1:2"), @r#""ParameterNotFound: Parameter x:1:2 not found.""#);
    insta::assert_snapshot!(get(&mut world, "x:4"), @r#""ParameterVersionNotFound: Systems Manager could not find version 4 of x. Verify the version and try again.""#);
    insta::assert_snapshot!(get(&mut world, "x:99999999999999999999"), @r#""ParameterVersionNotFound: Systems Manager could not find version 99999999999999999999 of x. Verify the version and try again.""#);
    insta::assert_snapshot!(get(&mut world, "x:prod"), @r#""ParameterVersionNotFound: Systems Manager could not find the label prod for parameter x. Verify the label and try again.""#);
}

#[test]
fn get_parameters_lists_what_it_did_not_find_as_it_was_asked_for() {
    let names = json!({"Names": ["/a/b", "x:2", "/x", "nope", "x:9", "x:l", "x:1:2", "nope"]});
    let read = world().ssm::<GetParameters>("root", names).unwrap();
    let values: Vec<&Value> = read["Parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| &found["Value"])
        .collect();
    assert_eq!(values, ["4", "2", "3"]);
    assert_eq!(read["InvalidParameters"], json!(["nope", "x:9", "x:l", "x:1:2"]));
    let malformed = world()
        .ssm::<GetParameters>("root", json!({"Names": ["x", "a/b"]}))
        .unwrap_err();
    assert!(malformed.starts_with("ValidationException: Parameter name: can't be prefixed with \"ssm\""));
}

#[test]
fn a_deleted_parameter_leaves_nothing_behind_where_nothing_is_kept() {
    let mut world = world();
    keep_nothing(&mut world);
    assert_eq!(
        world.ssm::<DeleteParameter>("root", json!({"Name": "/x"})),
        Ok(json!({}))
    );
    insta::assert_snapshot!(
        world.ssm::<DeleteParameter>("root", json!({"Name": "/x"})).unwrap_err(),
        @"ParameterNotFound: Parameter /x not found."
    );
    assert_eq!(
        world.rows.len(),
        3,
        "the account, its setting and the other parameter"
    );
    let again = world
        .ssm::<PutParameter>("root", json!({"Name": "x", "Value": "1", "Type": "String"}))
        .unwrap();
    assert_eq!(again["Version"], 1);
}

#[test]
fn several_are_deleted_at_once_whatever_the_spelling() {
    let mut world = world();
    keep_nothing(&mut world);
    let deleted = world
        .ssm::<DeleteParameters>("root", json!({"Names": ["x", "/x", "nope", "/a/b", "x"]}))
        .unwrap();
    assert_eq!(
        deleted,
        json!({"DeletedParameters": ["x", "/x", "/a/b"], "InvalidParameters": ["nope"]})
    );
    assert_eq!(world.rows.len(), 2, "the account and its setting");
}

fn keep_nothing(world: &mut World) {
    let none = json!({"Name": "deleted-parameter-retention-days", "Value": "0"});
    world.ssm::<PutAccountSetting>("root", none).unwrap();
}

#[test]
fn every_secret_of_secrets_manager_is_an_unknown_one() {
    let get = |decrypt: bool| {
        let body = json!({"Name": "/aws/reference/secretsmanager/db", "WithDecryption": decrypt});
        world().ssm::<GetParameter>("root", body).unwrap_err()
    };
    insta::assert_snapshot!(get(false), @"ValidationException: WithDecryption flag must be True for retrieving a Secret Manager secret.");
    insta::assert_snapshot!(get(true), @"ParameterNotFound: An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret /aws/reference/secretsmanager/db not found.");
}
