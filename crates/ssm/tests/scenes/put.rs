use kagiban_ssm::operations::{DescribeParameters, GetParameter, GetParameterHistory, PutParameter};
use serde_json::{Value, json};

use crate::world::{Answer, World};

fn put(world: &mut World, body: Value) -> Answer {
    world.ssm::<PutParameter>("root", body)
}

fn refused(world: &mut World, body: Value) -> String {
    put(world, body).unwrap_err()
}

#[test]
fn a_parameter_is_made_and_overwritten_version_by_version() {
    let mut world = World::new();
    let first = put(
        &mut world,
        json!({"Name": "/a/b", "Value": "1", "Type": "String"}),
    )
    .unwrap();
    assert_eq!(first, json!({"Version": 1, "Tier": "Standard"}));
    let second = put(
        &mut world,
        json!({"Name": "/a/b", "Value": "2", "Overwrite": true}),
    )
    .unwrap();
    assert_eq!(second, json!({"Version": 2, "Tier": "Standard"}));
    let read = world
        .ssm::<GetParameter>("root", json!({"Name": "/a/b"}))
        .unwrap();
    insta::assert_snapshot!(read, @r#"{"Parameter":{"ARN":"arn:aws:ssm:us-east-1:111122223333:parameter/a/b","DataType":"text","LastModifiedDate":1600000000,"Name":"/a/b","Type":"String","Value":"2","Version":2}}"#);
}

#[test]
fn an_existing_parameter_is_not_replaced_unasked() {
    let mut world = World::new();
    put(&mut world, json!({"Name": "x", "Value": "1", "Type": "String"})).unwrap();
    insta::assert_snapshot!(
        refused(&mut world, json!({"Name": "/x", "Value": "1", "Type": "String"})),
        @"ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
    );
}

#[test]
fn the_refusals_have_the_words_of_aws() {
    let mut world = World::new();
    insta::assert_snapshot!(
        refused(&mut world, json!({"Name": "a b", "Value": "1", "Overwrite": true, "Tags": [{"Key": "a", "Value": "b"}]})),
        @"ValidationException: Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource."
    );
    insta::assert_snapshot!(
        refused(&mut world, json!({"Name": "x", "Value": "1"})),
        @"ValidationException: A parameter type is required when you create a parameter."
    );
    insta::assert_snapshot!(
        refused(&mut world, json!({"Name": "/aws/x", "Value": "1", "Type": "String"})),
        @"AccessDeniedException: No access to reserved parameter name: /aws/x."
    );
    insta::assert_snapshot!(
        refused(&mut world, json!({"Name": "/a".repeat(16), "Value": "1", "Type": "String"})),
        @"HierarchyLevelLimitExceededException: The parameter name has more than the maximum of 15 levels."
    );
    insta::assert_snapshot!(
        refused(&mut world, json!({"Name": "x", "Value": "v".repeat(4097), "Type": "String"})),
        @"ValidationException: Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
    );
    insta::assert_snapshot!(
        refused(&mut world, json!({"Name": "x", "Value": "42x", "Type": "String", "AllowedPattern": "\\d+"})),
        @r"ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: \d+"
    );
    insta::assert_snapshot!(
        refused(&mut world, json!({"Name": "x", "Value": "1", "Type": "String", "KeyId": "alias/x"})),
        @"ValidationException: KeyId is required for SecureString type parameter only."
    );
    insta::assert_snapshot!(
        refused(&mut world, json!({"Name": "x", "Value": "1", "Type": "String", "DataType": "Text"})),
        @"ValidationException: The following data type is not supported: Text (Data type names are all lowercase.)"
    );
    insta::assert_snapshot!(
        refused(&mut world, json!({"Name": "a".repeat(1000), "Value": "1", "Type": "String"})),
        @"ValidationException: The parameter name is too long: with its ARN's prefix it has 1045 characters; at most 1011 are allowed"
    );
}

#[test]
fn what_an_overwrite_leaves_out_is_kept() {
    let mut world = World::new();
    put(
        &mut world,
        json!({"Name": "x", "Value": "a,b", "Type": "StringList", "Description": "d", "AllowedPattern": "[a-z]"}),
    )
    .unwrap();
    put(&mut world, json!({"Name": "/x", "Value": "c", "Overwrite": true})).unwrap();
    let described = world.ssm::<DescribeParameters>("root", json!({})).unwrap();
    insta::assert_snapshot!(described, @r#"{"Parameters":[{"ARN":"arn:aws:ssm:us-east-1:111122223333:parameter/x","AllowedPattern":"[a-z]","DataType":"text","Description":"d","LastModifiedDate":1600000000,"LastModifiedUser":"arn:aws:iam::111122223333:root","Name":"x","Policies":[],"Tier":"Standard","Type":"StringList","Version":2}]}"#);
    assert!(
        refused(&mut world, json!({"Name": "x", "Value": "C", "Overwrite": true}))
            .contains("PatternMismatch")
    );
}

#[test]
fn an_advanced_parameter_stays_advanced() {
    let mut world = World::new();
    let body =
        json!({"Name": "x", "Value": "v".repeat(8192), "Type": "String", "Tier": "Intelligent-Tiering"});
    assert_eq!(
        put(&mut world, body).unwrap(),
        json!({"Version": 1, "Tier": "Advanced"})
    );
    let kept = put(&mut world, json!({"Name": "x", "Value": "v", "Overwrite": true})).unwrap();
    assert_eq!(kept["Tier"], "Advanced");
    let body = json!({"Name": "x", "Value": "v", "Overwrite": true, "Tier": "Standard"});
    assert!(
        refused(&mut world, body)
            .starts_with("ValidationException: This parameter uses the advanced-parameter tier.")
    );
}

#[test]
fn only_a_hundred_versions_are_kept() {
    let mut world = World::new();
    for value in 1..=105 {
        put(
            &mut world,
            json!({"Name": "x", "Value": value.to_string(), "Type": "String", "Overwrite": true}),
        )
        .unwrap();
    }
    let numbers = |page: &Value| -> Vec<i64> {
        let listed = page["Parameters"].as_array().unwrap();
        listed
            .iter()
            .map(|version| version["Version"].as_i64().unwrap())
            .collect()
    };
    let first = world
        .ssm::<GetParameterHistory>("root", json!({"Name": "x"}))
        .unwrap();
    let token = &first["NextToken"];
    let second = world
        .ssm::<GetParameterHistory>("root", json!({"Name": "/x", "NextToken": token}))
        .unwrap();
    assert_eq!(numbers(&first), (6..=55).collect::<Vec<_>>());
    assert_eq!(numbers(&second), (56..=105).collect::<Vec<_>>());
    assert_eq!(second["NextToken"], Value::Null);
    assert_eq!(world.rows.len(), 1 + 100, "the account and a hundred versions");
}
