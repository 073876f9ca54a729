use kagiban_ssm::operations::{DescribeParameters, PutParameter};
use serde_json::{Value, json};

use crate::world::World;

fn world() -> World {
    let mut world = World::new();
    for (name, kind, extra) in [
        (
            "solo",
            "String",
            json!({"Tags": [{"Key": "env", "Value": "prod"}]}),
        ),
        ("/app/a", "String", json!({})),
        (
            "/app/b",
            "StringList",
            json!({"Tags": [{"Key": "env", "Value": "dev"}]}),
        ),
        ("/app/sub/c", "SecureString", json!({})),
        ("/apple", "String", json!({"Tier": "Advanced"})),
    ] {
        let mut body = json!({"Name": name, "Value": "v", "Type": kind});
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        world.ssm::<PutParameter>("root", body).unwrap();
    }
    world
}

fn names(answer: &Value) -> Vec<&str> {
    let listed = answer["Parameters"].as_array().unwrap();
    listed
        .iter()
        .map(|parameter| parameter["Name"].as_str().unwrap())
        .collect()
}

fn found(filters: Value) -> Vec<String> {
    let answer = world()
        .ssm::<DescribeParameters>("root", json!({"ParameterFilters": filters}))
        .unwrap();
    names(&answer).into_iter().map(str::to_owned).collect()
}

fn refused(filters: Value) -> String {
    world()
        .ssm::<DescribeParameters>("root", json!({"ParameterFilters": filters}))
        .unwrap_err()
}

#[test]
fn names_are_found_whole_by_their_beginning_or_by_a_part() {
    assert_eq!(
        found(json!([{"Key": "Name", "Values": ["/solo", "/app/b", "nope"]}])),
        ["/app/b", "solo"]
    );
    assert_eq!(
        found(json!([{"Key": "Name", "Option": "BeginsWith", "Values": ["app"]}])),
        ["/app/a", "/app/b", "/app/sub/c", "/apple"]
    );
    assert_eq!(
        found(json!([{"Key": "Name", "Option": "BeginsWith", "Values": ["/so"]}])),
        ["solo"]
    );
    assert_eq!(
        found(json!([{"Key": "Name", "Option": "Contains", "Values": ["pl", "/c"]}])),
        ["/app/sub/c", "/apple"]
    );
}

#[test]
fn paths_are_one_level_deep_unless_recursive() {
    assert_eq!(
        found(json!([{"Key": "Path", "Values": ["/app"]}])),
        ["/app/a", "/app/b"]
    );
    assert_eq!(
        found(json!([{"Key": "Path", "Values": ["/"]}])),
        ["/apple", "solo"]
    );
    let recursive = json!([{"Key": "Path", "Option": "Recursive", "Values": ["/app/", "/app/sub"]}]);
    assert_eq!(found(recursive), ["/app/a", "/app/b", "/app/sub/c"]);
    let both = json!([{"Key": "Path", "Values": ["/app"]}, {"Key": "Name", "Values": ["/app/a", "/apple"]}]);
    assert_eq!(found(both), ["/app/a"]);
}

#[test]
fn the_other_filters_look_at_the_newest_version_and_the_tags() {
    assert_eq!(
        found(json!([{"Key": "Type", "Values": ["StringList", "SecureString"]}])),
        ["/app/b", "/app/sub/c"]
    );
    assert_eq!(
        found(json!([{"Key": "KeyId", "Option": "BeginsWith", "Values": ["alias/aws"]}])),
        ["/app/sub/c"]
    );
    assert_eq!(
        found(json!([{"Key": "Tier", "Values": ["Advanced"]}])),
        ["/apple"]
    );
    assert_eq!(
        found(json!([{"Key": "DataType", "Values": ["aws:ec2:image"]}])).len(),
        0
    );
    assert_eq!(found(json!([{"Key": "tag:env"}])), ["/app/b", "solo"]);
    assert_eq!(found(json!([{"Key": "tag:env", "Values": ["prod"]}])), ["solo"]);
}

#[test]
fn the_old_filters_take_a_name_by_its_beginning() {
    let filters = json!([{"Key": "Name", "Values": ["/app/"]}, {"Key": "Type", "Values": ["String"]}]);
    let answer = world()
        .ssm::<DescribeParameters>("root", json!({"Filters": filters}))
        .unwrap();
    assert_eq!(names(&answer), ["/app/a"]);
    let both = json!({"Filters": filters, "ParameterFilters": [{"Key": "Name", "Values": ["x"]}]});
    insta::assert_snapshot!(world().ssm::<DescribeParameters>("root", both).unwrap_err(), @"ValidationException: You can use either Filters or ParameterFilters in a single request.");
}

#[test]
fn wrong_filters_are_refused_in_the_words_of_aws() {
    insta::assert_snapshot!(refused(json!([{"Key": "Label", "Values": ["x"]}])), @"InvalidFilterKey: The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier].");
    insta::assert_snapshot!(refused(json!([{"Key": "Name"}])), @"InvalidFilterValue: The following filter values are missing : null for filter key Name.");
    insta::assert_snapshot!(refused(json!([{"Key": "Name", "Values": ["a"]}, {"Key": "Name", "Values": ["b"]}])), @"InvalidFilterKey: The following filter is duplicated in the request: Name. A request can contain only one occurrence of a specific filter.");
    insta::assert_snapshot!(refused(json!([{"Key": "Path", "Option": "Equals", "Values": ["/a"]}])), @"InvalidFilterOption: The following filter option is not valid: Equals. Valid options include: [Recursive, OneLevel].");
    insta::assert_snapshot!(refused(json!([{"Key": "Path", "Values": ["/aws/x"]}])), @r#"ValidationException: Filters for common parameters can't be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters, please specify within a global namespace."#);
    insta::assert_snapshot!(refused(json!([{"Key": "Tier", "Values": ["Best"]}])), @"InvalidFilterOption: The following filter value is not valid: Best. Valid values include: [Standard, Advanced, Intelligent-Tiering].");
    insta::assert_snapshot!(refused(json!([{"Key": "Type", "Values": ["Int"]}])), @"InvalidFilterOption: The following filter value is not valid: Int. Valid values include: [String, StringList, SecureString].");
    insta::assert_snapshot!(refused(json!([{"Key": "Name", "Option": "Equal", "Values": ["a"]}])), @"InvalidFilterOption: The following filter option is not valid: Equal. Valid options include: [BeginsWith, Equals].");
}

#[test]
fn pages_follow_each_other_and_tokens_do_not_change_listings() {
    let mut world = world();
    let mut seen = Vec::new();
    let mut body = json!({"MaxResults": 2});
    loop {
        let page = world.ssm::<DescribeParameters>("root", body.clone()).unwrap();
        seen.extend(names(&page).into_iter().map(str::to_owned));
        match &page["NextToken"] {
            Value::Null => break,
            token => body["NextToken"] = token.clone(),
        }
    }
    assert_eq!(seen, ["/app/a", "/app/b", "/app/sub/c", "/apple", "solo"]);
    let other =
        json!({"NextToken": body["NextToken"], "ParameterFilters": [{"Key": "Name", "Values": ["solo"]}]});
    insta::assert_snapshot!(world.ssm::<DescribeParameters>("root", other).unwrap_err(), @"InvalidNextToken: The specified token is not valid.");
}

#[test]
fn nothing_is_shared_with_anyone_yet() {
    let answer = world()
        .ssm::<DescribeParameters>("root", json!({"Shared": true}))
        .unwrap();
    assert_eq!(answer, json!({"Parameters": []}));
}
