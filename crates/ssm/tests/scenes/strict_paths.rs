//! Reading by path where each parameter is asked for as well.

use kagiban_ssm::kagiban::PutAccountSetting;
use kagiban_ssm::operations::{AddTagsToResource, GetParametersByPath, PutParameter};
use serde_json::{Value, json};

use crate::world::World;

fn world() -> World {
    let mut world = World::new();
    for name in ["/app/a", "/app/b", "/app/deep/c", "/app/secret/d"] {
        let kind = if name.ends_with('d') {
            "SecureString"
        } else {
            "String"
        };
        let body = json!({"Name": name, "Value": "v", "Type": kind});
        world.ssm::<PutParameter>("root", body).unwrap();
    }
    world.may("alice", json!([
        {"Effect": "Allow", "Action": ["ssm:GetParametersByPath"], "Resource": "*"},
        {"Effect": "Deny", "Action": "ssm:GetParametersByPath", "Resource": "arn:aws:ssm:*:*:parameter/app/secret/*"},
    ]));
    world
}

fn names(world: &mut World, body: Value) -> Vec<String> {
    let (mut body, mut names) = (body, Vec::new());
    loop {
        let page = world.ssm::<GetParametersByPath>("alice", body.clone()).unwrap();
        let found = page["Parameters"].as_array().unwrap().iter();
        names.extend(found.map(|found| found["Name"].as_str().unwrap().to_owned()));
        if page["NextToken"].is_null() {
            return names;
        }
        body["NextToken"] = page["NextToken"].clone();
    }
}

fn strict(world: &mut World, value: &str) {
    let body = json!({"Name": "strict-path-authorization", "Value": value});
    world.ssm::<PutAccountSetting>("root", body).unwrap();
}

#[test]
fn only_a_strict_account_leaves_out_what_the_caller_may_not_read() {
    let mut world = world();
    let all = json!({"Path": "/app", "Recursive": true});
    assert_eq!(
        names(&mut world, all.clone()),
        ["/app/a", "/app/b", "/app/deep/c", "/app/secret/d"]
    );
    strict(&mut world, "true");
    for most in 1..=3 {
        let paged = json!({"Path": "/app", "Recursive": true, "MaxResults": most});
        assert_eq!(
            names(&mut world, paged),
            ["/app/a", "/app/b", "/app/deep/c"],
            "{most}"
        );
    }
    strict(&mut world, "");
    assert_eq!(names(&mut world, all).len(), 4);
}

#[test]
fn what_is_left_out_is_not_decrypted_either() {
    let mut world = world();
    strict(&mut world, "true");
    let body = json!({"Path": "/app", "Recursive": true, "WithDecryption": true});
    assert_eq!(names(&mut world, body).len(), 3);
}

#[test]
fn tags_of_each_parameter_count() {
    let mut world = world();
    strict(&mut world, "true");
    let tag = json!({"ResourceType": "Parameter", "ResourceId": "/app/a", "Tags": [{"Key": "team", "Value": "red"}]});
    world.ssm::<AddTagsToResource>("root", tag).unwrap();
    world.may("alice", json!([
        {"Effect": "Allow", "Action": ["ssm:GetParametersByPath"], "Resource": "arn:aws:ssm:*:*:parameter/app"},
        {"Effect": "Allow", "Action": "ssm:GetParametersByPath", "Resource": "*",
         "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}}},
    ]));
    assert_eq!(names(&mut world, json!({"Path": "/app"})), ["/app/a"]);
}
