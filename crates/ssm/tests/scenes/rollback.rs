//! Old versions made the newest once more.

use kagiban_kms::operations::CreateKey;
use kagiban_ssm::kagiban::RollbackParameter;
use kagiban_ssm::operations::{DescribeParameters, GetParameter, PutParameter};
use serde_json::{Value, json};

use crate::world::World;

fn put(world: &mut World, body: Value) {
    world.ssm::<PutParameter>("root", body).unwrap();
}

fn value(world: &mut World, name: &str) -> Value {
    let read = world.ssm::<GetParameter>("root", json!({"Name": name, "WithDecryption": true}));
    read.unwrap()["Parameter"]["Value"].take()
}

#[test]
fn the_old_version_comes_back_as_it_was_as_a_new_one() {
    let mut world = World::new();
    put(
        &mut world,
        json!({"Name": "/a", "Value": "one", "Type": "String", "Description": "first", "AllowedPattern": "[a-z]+"}),
    );
    put(
        &mut world,
        json!({"Name": "/a", "Value": "1,2", "Type": "StringList", "Overwrite": true, "Description": "", "AllowedPattern": ""}),
    );
    let back = world
        .ssm::<RollbackParameter>("root", json!({"Name": "/a", "Version": 1}))
        .unwrap();
    assert_eq!(back, json!({"Name": "/a", "Version": 3, "Tier": "Standard"}));
    assert_eq!(value(&mut world, "/a"), "one");
    assert_eq!(value(&mut world, "/a:2"), "1,2");
    let described = world.ssm::<DescribeParameters>("root", json!({})).unwrap();
    let described = &described["Parameters"][0];
    assert_eq!(
        (
            &described["Description"],
            &described["AllowedPattern"],
            &described["Type"]
        ),
        (&json!("first"), &json!("[a-z]+"), &json!("String"))
    );
}

#[test]
fn a_secret_comes_back_under_the_key_that_its_parameter_has_now() {
    let mut world = World::new();
    let key = world.kms::<CreateKey>("root", json!({})).unwrap()["KeyMetadata"]["KeyId"].clone();
    put(
        &mut world,
        json!({"Name": "/s", "Value": "old", "Type": "SecureString"}),
    );
    put(
        &mut world,
        json!({"Name": "/s", "Value": "new", "Type": "SecureString", "KeyId": key, "Overwrite": true}),
    );
    world
        .ssm::<RollbackParameter>("root", json!({"Name": "/s", "Version": 1}))
        .unwrap();
    assert_eq!(value(&mut world, "/s"), "old");
    let described = world.ssm::<DescribeParameters>("root", json!({})).unwrap();
    assert_eq!(described["Parameters"][0]["KeyId"], key);
}

#[test]
fn a_rollback_takes_history_put_and_the_key() {
    let mut world = World::new();
    let key = world.kms::<CreateKey>("root", json!({})).unwrap()["KeyMetadata"]["KeyId"].clone();
    for value in ["old", "new"] {
        put(
            &mut world,
            json!({"Name": "/s", "Value": value, "Type": "SecureString", "KeyId": key, "Overwrite": true}),
        );
    }
    let may = |actions: Value| json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}]);
    for actions in [
        json!(["ssm:PutParameter", "kms:*"]),
        json!(["ssm:GetParameterHistory", "kms:*"]),
        json!(["ssm:*", "kms:Encrypt"]),
        json!(["ssm:*", "kms:Decrypt"]),
    ] {
        world.may("alice", may(actions.clone()));
        let refused = world.ssm::<RollbackParameter>("alice", json!({"Name": "/s", "Version": 1}));
        assert!(
            refused.unwrap_err().starts_with("AccessDeniedException: "),
            "{actions}"
        );
    }
    world.may(
        "alice",
        may(json!([
            "ssm:PutParameter",
            "ssm:GetParameterHistory",
            "kms:Encrypt",
            "kms:Decrypt"
        ])),
    );
    assert!(
        world
            .ssm::<RollbackParameter>("alice", json!({"Name": "/s", "Version": 1}))
            .is_ok()
    );
    assert_eq!(value(&mut world, "/s"), "old");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let mut world = World::new();
    put(
        &mut world,
        json!({"Name": "/a", "Value": "one", "Type": "String"}),
    );
    let mut code = |body: Value| {
        let refused = world.ssm::<RollbackParameter>("root", body).unwrap_err();
        refused.split(':').next().unwrap().to_owned()
    };
    assert_eq!(code(json!({"Name": "/a"})), "InvalidInputException");
    assert_eq!(
        code(json!({"Name": "/a", "Version": 1, "Label": "x"})),
        "InvalidInputException"
    );
    assert_eq!(
        code(json!({"Name": "/a", "Version": 7})),
        "ParameterVersionNotFound"
    );
    assert_eq!(
        code(json!({"Name": "/a", "Label": "x"})),
        "ParameterVersionNotFound"
    );
    assert_eq!(code(json!({"Name": "/b", "Version": 1})), "ParameterNotFound");
    assert_eq!(code(json!({"Name": "/a:1", "Version": 1})), "ValidationException");
}
