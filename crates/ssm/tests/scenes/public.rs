//! Public parameters: everybody's to read, nobody's to change.

use kagiban_aws::Timestamp;
use kagiban_ssm::operations::*;
use kagiban_ssm::public::{PublicParameters, WrittenParameters};
use serde_json::{Value, json};

use crate::world::{Answer, World};

const IMAGE: &str = "/aws/service/images/debian/latest";
const ARN: &str = "arn:aws:ssm:us-east-1::parameter/aws/service/images/debian/latest";

/// Two public parameters, one of the account's own, and somebody who may read public ones.
fn world() -> World {
    let mut world = World::new();
    let written = json!({
        IMAGE: {"value": "ami-0123456789abcdef0", "data_type": "aws:ec2:image", "description": "Debian"},
        "/aws/service/regions": {"value": "a,b", "type": "StringList"},
    });
    let written: WrittenParameters = serde_json::from_value(written).unwrap();
    world.public = PublicParameters::new(written, Timestamp::from_seconds(1_500_000_000));
    let own = json!({"Name": "/own", "Value": "v", "Type": "String"});
    world.ssm::<PutParameter>("root", own).unwrap();
    let may =
        |action: &str, resource: &str| json!([{"Effect": "Allow", "Action": action, "Resource": resource}]);
    world.may(
        "reader",
        may("ssm:Get*", "arn:aws:ssm:us-east-1::parameter/aws/service/*"),
    );
    world.may("owner", may("ssm:*", "arn:aws:ssm:us-east-1:111122223333:*"));
    world.may("444455556666/bob", may("ssm:*", "*"));
    world
}

fn names(answer: Answer) -> Vec<String> {
    let answer = answer.unwrap();
    let listed = answer["Parameters"].as_array().unwrap().iter();
    listed
        .map(|one| one["Name"].as_str().unwrap().to_owned())
        .collect()
}

fn code(answer: Answer) -> String {
    answer.unwrap_err().split(':').next().unwrap().to_owned()
}

#[test]
fn one_is_read_by_name_and_arn_in_every_account() {
    let mut world = world();
    for who in ["reader", "444455556666/bob"] {
        for name in [IMAGE, ARN, &format!("{ARN}:1")] {
            let mut read = world.ssm::<GetParameter>(who, json!({"Name": name})).unwrap();
            read["Parameter"].as_object_mut().unwrap().remove("Selector");
            insta::allow_duplicates! {
                insta::assert_snapshot!(read, @r#"{"Parameter":{"ARN":"arn:aws:ssm:us-east-1::parameter/aws/service/images/debian/latest","DataType":"aws:ec2:image","LastModifiedDate":1500000000,"Name":"/aws/service/images/debian/latest","Type":"String","Value":"ami-0123456789abcdef0","Version":1}}"#);
            }
        }
        let found = world.ssm::<GetParameters>(who, json!({"Names": [IMAGE, "/aws/service/none"]}));
        let found = found.unwrap();
        assert_eq!(found["Parameters"][0]["Value"], "ami-0123456789abcdef0");
        assert_eq!(found["InvalidParameters"], json!(["/aws/service/none"]));
    }
    let second = json!({"Name": format!("{IMAGE}:2")});
    assert_eq!(
        code(world.ssm::<GetParameter>("reader", second)),
        "ParameterVersionNotFound"
    );
    let elsewhere = json!({"Name": ARN.replace("us-east-1", "eu-west-1")});
    assert_eq!(
        code(world.ssm::<GetParameter>("root", elsewhere)),
        "ParameterNotFound"
    );
}

#[test]
fn paths_below_the_public_root_lead_to_public_parameters_alone() {
    let mut world = world();
    let mut by_path = |who: &str, path: &str, recursive: bool| {
        names(world.ssm::<GetParametersByPath>(who, json!({"Path": path, "Recursive": recursive})))
    };
    assert_eq!(
        by_path("reader", "/aws/service/", true),
        [IMAGE, "/aws/service/regions"]
    );
    assert_eq!(by_path("root", "/aws/service", false), ["/aws/service/regions"]);
    assert_eq!(by_path("root", "/aws/service/images/debian", false), [IMAGE]);
    assert_eq!(by_path("root", "/", true), ["/own"]);
}

#[test]
fn they_are_described_when_they_are_asked_for() {
    let mut world = world();
    let mut described = |filters: Value| {
        let all = world.ssm::<DescribeParameters>("root", json!({"ParameterFilters": filters}));
        all.unwrap()["Parameters"].take()
    };
    let by_path =
        described(json!([{"Key": "Path", "Option": "Recursive", "Values": ["/aws/service/images"]}]));
    insta::assert_snapshot!(by_path, @r#"[{"ARN":"arn:aws:ssm:us-east-1::parameter/aws/service/images/debian/latest","DataType":"aws:ec2:image","Description":"Debian","LastModifiedDate":1500000000,"Name":"/aws/service/images/debian/latest","Policies":[],"Tier":"Standard","Type":"String","Version":1}]"#);
    let by_name = described(json!([{"Key": "Name", "Values": [IMAGE]}]));
    assert_eq!(by_name, by_path);
    let all = described(json!([]));
    assert_eq!(all.as_array().unwrap().len(), 1, "only the account's own: {all}");
}

#[test]
fn who_may_do_everything_in_the_account_may_not_therefore_read_them() {
    let mut world = world();
    let refused = world
        .ssm::<GetParameter>("owner", json!({"Name": IMAGE}))
        .unwrap_err();
    assert!(
        refused.contains(&format!("ssm:GetParameter on resource: {ARN} because")),
        "{refused}"
    );
    let path = json!({"Path": "/aws/service"});
    assert_eq!(
        code(world.ssm::<GetParametersByPath>("owner", path)),
        "AccessDeniedException"
    );
}

#[test]
fn nobody_changes_them() {
    let mut world = world();
    let put = json!({"Name": IMAGE, "Value": "v", "Type": "String", "Overwrite": true});
    insta::assert_snapshot!(world.ssm::<PutParameter>("root", put).unwrap_err(), @"AccessDeniedException: No access to reserved parameter name: /aws/service/images/debian/latest.");
    let tags =
        json!({"ResourceType": "Parameter", "ResourceId": IMAGE, "Tags": [{"Key": "k", "Value": "v"}]});
    assert_eq!(
        code(world.ssm::<AddTagsToResource>("root", tags)),
        "InvalidResourceId"
    );
    let label = json!({"Name": IMAGE, "Labels": ["x"]});
    assert_eq!(
        code(world.ssm::<LabelParameterVersion>("root", label)),
        "ParameterNotFound"
    );
    assert_eq!(
        code(world.ssm::<DeleteParameter>("root", json!({"Name": IMAGE}))),
        "ParameterNotFound"
    );
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "ssm:GetParameter", "Resource": ARN},
    ]});
    let share = json!({"ResourceArn": ARN, "Policy": policy.to_string()});
    assert_eq!(
        code(world.ssm::<PutResourcePolicy>("root", share)),
        "ResourceNotFoundException"
    );
}
