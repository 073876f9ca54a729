use kagiban_ssm::operations::*;
use serde_json::{Value, json};

use crate::world::World;

fn world(statements: Value) -> World {
    let mut world = World::new();
    world.may("bob", statements);
    let tagged =
        json!({"Name": "/team/a", "Value": "1", "Type": "String", "Tags": [{"Key": "Team", "Value": "a"}]});
    world.ssm::<PutParameter>("root", tagged).unwrap();
    world
        .ssm::<PutParameter>("root", json!({"Name": "/team/b", "Value": "2", "Type": "String"}))
        .unwrap();
    world
}

fn nobody() -> World {
    world(json!([{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]))
}

fn allow(action: &str, resource: &str, condition: Value) -> Value {
    json!([{"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}])
}

#[test]
fn a_refusal_names_the_resource_that_aws_names() {
    let mut world = nobody();
    let get = |world: &mut World, name: &str| {
        world
            .ssm::<GetParameter>("bob", json!({"Name": name}))
            .unwrap_err()
    };
    insta::assert_snapshot!(get(&mut world, "/team/a"), @"AccessDeniedException: User: arn:aws:iam::111122223333:user/bob is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:us-east-1:111122223333:parameter/team/a because no identity-based policy allows the ssm:GetParameter action");
    insta::assert_snapshot!(get(&mut world, "nope"), @"AccessDeniedException: User: arn:aws:iam::111122223333:user/bob is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:us-east-1:111122223333:* because no identity-based policy allows the ssm:GetParameter action");
    let by_path = world
        .ssm::<GetParametersByPath>("bob", json!({"Path": "/team/"}))
        .unwrap_err();
    insta::assert_snapshot!(by_path, @"AccessDeniedException: User: arn:aws:iam::111122223333:user/bob is not authorized to perform: ssm:GetParametersByPath on resource: arn:aws:ssm:us-east-1:111122223333:parameter/team/ because no identity-based policy allows the ssm:GetParametersByPath action");
    let described = world.ssm::<DescribeParameters>("bob", json!({})).unwrap_err();
    insta::assert_snapshot!(described, @"AccessDeniedException: User: arn:aws:iam::111122223333:user/bob is not authorized to perform: ssm:DescribeParameters on resource: arn:aws:ssm:us-east-1:111122223333:* because no identity-based policy allows the ssm:DescribeParameters action");
}

#[test]
fn every_operation_is_closed_to_a_stranger() {
    let mut world = nobody();
    let (name, tagged) = (json!({"Name": "/team/a"}), |extra: &str| {
        let mut body = json!({"ResourceType": "Parameter", "ResourceId": "/team/a"});
        let (member, value) = (extra, json!([{"Key": "k", "Value": "v"}]));
        body[member] = if member == "TagKeys" { json!(["k"]) } else { value };
        body
    });
    let put = json!({"Name": "/team/a", "Value": "1", "Overwrite": true});
    let answers = [
        world.ssm::<PutParameter>("bob", put),
        world.ssm::<GetParameter>("bob", name.clone()),
        world.ssm::<GetParameters>("bob", json!({"Names": ["nope"]})),
        world.ssm::<GetParametersByPath>("bob", json!({"Path": "/"})),
        world.ssm::<GetParameterHistory>("bob", name.clone()),
        world.ssm::<DescribeParameters>("bob", json!({})),
        world.ssm::<DeleteParameter>("bob", name),
        world.ssm::<DeleteParameters>("bob", json!({"Names": ["/team/a"]})),
        world.ssm::<AddTagsToResource>("bob", tagged("Tags")),
        world.ssm::<RemoveTagsFromResource>("bob", tagged("TagKeys")),
        world.ssm::<ListTagsForResource>("bob", tagged("Tags")),
    ];
    for answer in answers {
        assert!(
            answer
                .as_ref()
                .is_err_and(|refused| refused.starts_with("AccessDeniedException")),
            "{answer:?}"
        );
    }
}

#[test]
fn who_may_read_a_missing_name_is_told_that_it_is_missing() {
    let arn = "arn:aws:ssm:us-east-1:111122223333:parameter/mine/*";
    let mut world = world(allow("ssm:GetParameter", arn, json!({})));
    let missing = world
        .ssm::<GetParameter>("bob", json!({"Name": "/mine/x"}))
        .unwrap_err();
    assert_eq!(missing, "ParameterNotFound: Parameter /mine/x not found.");
}

#[test]
fn one_denied_name_fails_the_whole_call() {
    let arn = "arn:aws:ssm:us-east-1:111122223333:parameter/team/a";
    let mut world = world(allow("ssm:GetParameters", arn, json!({})));
    assert!(
        world
            .ssm::<GetParameters>("bob", json!({"Names": ["/team/a"]}))
            .is_ok()
    );
    let refused = world
        .ssm::<GetParameters>("bob", json!({"Names": ["/team/a", "/team/b"]}))
        .unwrap_err();
    assert!(refused.contains("parameter/team/b because"), "{refused}");
}

#[test]
fn conditions_see_the_tags_of_a_parameter_under_both_names() {
    for key in ["aws:ResourceTag/Team", "ssm:resourceTag/Team"] {
        let mut world = world(allow(
            "ssm:GetParameter",
            "*",
            json!({"StringEquals": {key: "a"}}),
        ));
        assert!(
            world
                .ssm::<GetParameter>("bob", json!({"Name": "/team/a"}))
                .is_ok(),
            "{key}"
        );
        assert!(
            world
                .ssm::<GetParameter>("bob", json!({"Name": "/team/b"}))
                .is_err(),
            "{key}"
        );
    }
}

#[test]
fn conditions_see_whether_a_put_overwrites() {
    let mut world = world(allow(
        "ssm:PutParameter",
        "*",
        json!({"StringEquals": {"ssm:Overwrite": "false"}}),
    ));
    let body =
        |overwrite: bool| json!({"Name": "new", "Value": "1", "Type": "String", "Overwrite": overwrite});
    assert!(world.ssm::<PutParameter>("bob", body(true)).is_err());
    assert!(world.ssm::<PutParameter>("bob", body(false)).is_ok());
}

#[test]
fn conditions_see_whether_a_path_is_read_recursively() {
    let mut world = world(allow(
        "ssm:GetParametersByPath",
        "*",
        json!({"Bool": {"ssm:Recursive": "false"}}),
    ));
    assert!(
        world
            .ssm::<GetParametersByPath>("bob", json!({"Path": "/", "Recursive": true}))
            .is_err()
    );
    assert!(
        world
            .ssm::<GetParametersByPath>("bob", json!({"Path": "/"}))
            .is_ok()
    );
}

#[test]
fn making_a_parameter_with_tags_needs_the_right_to_tag() {
    let body =
        json!({"Name": "new", "Value": "1", "Type": "String", "Tags": [{"Key": "Team", "Value": "b"}]});
    let mut put_only = world(allow("ssm:PutParameter", "*", json!({})));
    let refused = put_only.ssm::<PutParameter>("bob", body.clone()).unwrap_err();
    assert!(
        refused
            .contains("ssm:AddTagsToResource on resource: arn:aws:ssm:us-east-1:111122223333:parameter/new"),
        "{refused}"
    );
    let condition = json!({
        "StringEquals": {"aws:RequestTag/Team": "b"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]},
    });
    let mut both = world(allow("ssm:*", "*", condition));
    assert!(both.ssm::<PutParameter>("bob", body).is_ok());
    let other =
        json!({"Name": "n2", "Value": "1", "Type": "String", "Tags": [{"Key": "Team", "Value": "c"}]});
    assert!(both.ssm::<PutParameter>("bob", other).is_err());
}

#[test]
fn a_parameter_of_another_account_is_denied_even_to_those_who_may_do_all() {
    let mut world = world(allow("*", "*", json!({})));
    for who in ["bob", "root"] {
        let name = "arn:aws:ssm:us-east-1:999999999999:parameter/team/a";
        let refused = world.ssm::<GetParameter>(who, json!({"Name": name})).unwrap_err();
        assert!(refused.starts_with("AccessDeniedException: "), "{refused}");
        assert!(world.ssm::<GetParameters>(who, json!({"Names": [name]})).is_err());
    }
}

#[test]
fn conditions_see_whether_a_put_brings_policies() {
    let mut world = world(allow(
        "ssm:PutParameter",
        "*",
        json!({"StringEquals": {"ssm:Policies": "false"}}),
    ));
    let plain = json!({"Name": "new", "Value": "1", "Type": "String"});
    let mut with_policies = plain.clone();
    with_policies["Policies"] = json!("[{}]");
    let refused = world.ssm::<PutParameter>("bob", with_policies).unwrap_err();
    assert!(refused.starts_with("AccessDeniedException"), "{refused}");
    assert!(world.ssm::<PutParameter>("bob", plain).is_ok());
}

#[test]
fn conditions_see_the_tags_of_what_is_labelled_deleted_or_tagged() {
    let tagged = json!({"StringEquals": {"aws:ResourceTag/Team": "a"}});
    let mut world = world(allow("ssm:*", "*", tagged));
    let mut codes = |name: &str| -> Vec<bool> {
        let version = json!({"Name": name, "ParameterVersion": 1, "Labels": ["l"]});
        let on = |more: Value| {
            let mut body = json!({"ResourceType": "Parameter", "ResourceId": name});
            body.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            body
        };
        let add = on(json!({"Tags": [{"Key": "k", "Value": "v"}]}));
        [
            world.ssm::<LabelParameterVersion>("bob", version.clone()),
            world.ssm::<UnlabelParameterVersion>("bob", version),
            world.ssm::<GetParameters>("bob", json!({"Names": [name]})),
            world.ssm::<GetParameterHistory>("bob", json!({"Name": name})),
            world.ssm::<AddTagsToResource>("bob", add),
            world.ssm::<RemoveTagsFromResource>("bob", on(json!({"TagKeys": ["k"]}))),
            world.ssm::<ListTagsForResource>("bob", on(json!({}))),
            world.ssm::<DeleteParameters>("bob", json!({"Names": [name]})),
        ]
        .iter()
        .map(Result::is_ok)
        .collect()
    };
    assert_eq!(codes("/team/a"), [true; 8]);
    assert_eq!(codes("/team/b"), [false; 8]);
}

#[test]
fn conditions_see_the_tags_that_are_added() {
    let mut world = world(allow(
        "ssm:AddTagsToResource",
        "*",
        json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["env"]}, "StringEquals": {"aws:RequestTag/env": "prod"}}),
    ));
    let mut add = |key: &str, value: &str| {
        let tags = json!([{"Key": key, "Value": value}]);
        let body = json!({"ResourceType": "Parameter", "ResourceId": "/team/a", "Tags": tags});
        world.ssm::<AddTagsToResource>("bob", body).is_ok()
    };
    assert!(add("env", "prod"));
    assert!(!add("env", "test"));
    assert!(!add("other", "prod"));
}
