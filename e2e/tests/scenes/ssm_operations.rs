//! Every Parameter Store operation served, driven once by the AWS CLI.

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Server};

#[test]
fn a_parameter_is_read_by_name_version_and_arn() {
    let server = Server::start();
    let root = server.root();
    server.put("/app/color", "red", None);
    server.put("/app/color", "blue", None);

    let read =
        |name: &str| server.aws_json(&root, &["ssm", "get-parameter", "--name", name])["Parameter"].take();
    let arn = format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/app/color");
    let current = read("/app/color");
    assert_eq!(
        (&current["Value"], &current["Version"]),
        (&json!("blue"), &json!(2))
    );
    assert_eq!(
        (&current["ARN"], &current["DataType"]),
        (&json!(arn), &json!("text"))
    );
    let first = read("/app/color:1");
    assert_eq!(
        (&first["Value"], &first["Selector"]),
        (&json!("red"), &json!(":1"))
    );
    assert_eq!(read(&arn)["Value"], "blue");
    let none = server.aws(&root, &["ssm", "get-parameter", "--name", "/app/color:7"]);
    assert_eq!(
        none.error(),
        "An error occurred (ParameterVersionNotFound) when calling the GetParameter operation: \
         Systems Manager could not find version 7 of /app/color. Verify the version and try again."
    );
}

#[test]
fn get_parameters_lists_what_it_did_not_find() {
    let server = Server::start();
    server.put("/a", "1", None);
    server.put("b", "2", None);

    let arguments = ["ssm", "get-parameters", "--names", "/missing", "b", "/a"];
    let found = server.aws_json(&server.root(), &arguments);

    let values: Vec<_> = found["Parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| &p["Value"])
        .collect();
    assert_eq!(values.len(), 2, "{found}");
    assert!(
        values.contains(&&json!("1")) && values.contains(&&json!("2")),
        "{found}"
    );
    assert_eq!(found["InvalidParameters"], json!(["/missing"]));
}

#[test]
fn get_parameters_by_path_takes_one_level_or_all() {
    let server = Server::start();
    let root = server.root();
    for name in ["/app", "/app/one", "/app/two", "/app/deep/three", "/apple/four"] {
        server.put(name, "x", None);
    }

    let names = |more: &[&str]| {
        let arguments = [
            "ssm",
            "get-parameters-by-path",
            "--path",
            "/app",
            "--query",
            "Parameters[].Name",
        ];
        server.aws_text(&root, &[&arguments[..], more].concat())
    };

    assert_eq!(names(&[]), "/app/one\t/app/two");
    assert_eq!(names(&["--recursive"]), "/app/deep/three\t/app/one\t/app/two");
}

#[test]
fn the_history_has_every_version_and_decrypts_when_asked() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();
    server.put("/app/password", "first", Some(&key));
    server.put("/app/password", "second", Some(&key));

    let history = [
        "ssm",
        "get-parameter-history",
        "--name",
        "/app/password",
        "--with-decryption",
    ];
    let history = server.aws_json(&root, &history);

    let versions: Vec<_> = history["Parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (&p["Version"], &p["Value"]))
        .collect();
    assert_eq!(
        versions,
        [(&json!(1), &json!("first")), (&json!(2), &json!("second"))]
    );
    assert_eq!(history["Parameters"][0]["KeyId"], key);
    assert_eq!(
        history["Parameters"][0]["LastModifiedUser"],
        format!("arn:aws:iam::{ACCOUNT}:root")
    );
}

#[test]
fn describe_parameters_filters_and_never_shows_a_value() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();
    server.put("/app/one", "value-of-one", None);
    server.put("/app/deep/two", "value-of-two", None);
    server.put("/other/secret", "value-of-secret", Some(&key));

    let described = |filter: &str| -> Value {
        let found = server.aws_json(
            &root,
            &["ssm", "describe-parameters", "--parameter-filters", filter],
        );
        assert!(!found.to_string().contains("value-of"), "{found}");
        found["Parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["Name"].clone())
            .collect()
    };

    assert_eq!(
        described("Key=Path,Option=Recursive,Values=/app"),
        json!(["/app/deep/two", "/app/one"])
    );
    assert_eq!(
        described("Key=Type,Values=SecureString"),
        json!(["/other/secret"])
    );
    assert_eq!(
        described("Key=Name,Option=BeginsWith,Values=/app/o"),
        json!(["/app/one"])
    );
    assert_eq!(
        described(&format!("Key=KeyId,Values={key}")),
        json!(["/other/secret"])
    );
    let label = [
        "ssm",
        "describe-parameters",
        "--parameter-filters",
        "Key=Label,Values=x",
    ];
    assert_eq!(
        server.aws(&root, &label).error(),
        "An error occurred (InvalidFilterKey) when calling the DescribeParameters operation: \
         The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier]."
    );
}

#[test]
fn deleted_parameters_are_gone_and_a_new_one_starts_at_version_one() {
    let server = Server::start();
    let root = server.root();
    for name in ["/a", "/b", "/c"] {
        server.put(name, "1", None);
        server.put(name, "2", None);
    }

    assert_eq!(
        server.aws_text(&root, &["ssm", "delete-parameter", "--name", "/a"]),
        ""
    );
    let deleted = server.aws_json(&root, &["ssm", "delete-parameters", "--names", "/b", "/c", "/d"]);
    assert_eq!(
        deleted,
        json!({"DeletedParameters": ["/b", "/c"], "InvalidParameters": ["/d"]})
    );
    let gone = server.aws(&root, &["ssm", "get-parameter", "--name", "/a"]);
    assert!(
        gone.error()
            .starts_with("An error occurred (ParameterNotFound) when calling the GetParameter operation:")
    );
    let twice = server.aws(&root, &["ssm", "delete-parameter", "--name", "/a"]);
    assert!(
        twice
            .error()
            .starts_with("An error occurred (ParameterNotFound) when calling the DeleteParameter operation:")
    );

    let again = json!({"Name": "/a", "Value": "3", "Type": "String"});
    assert_eq!(
        server.call(&root, "AmazonSSM.PutParameter", &again).ok().json()["Version"],
        1
    );
}

#[test]
fn tags_are_added_listed_and_removed() {
    let server = Server::start();
    let root = server.root();
    let put = [
        "ssm",
        "put-parameter",
        "--name",
        "/a",
        "--value",
        "1",
        "--type",
        "String",
        "--tags",
        "Key=team,Value=db",
    ];
    server.aws_json(&root, &put);

    let resource = ["--resource-type", "Parameter", "--resource-id", "/a"];
    let add = ["ssm", "add-tags-to-resource", "--tags", "Key=env,Value=prod"];
    server.aws_text(&root, &[&add[..], &resource].concat());
    let list = [&["ssm", "list-tags-for-resource"][..], &resource].concat();
    let mut tags = server.aws_json(&root, &list)["TagList"].take();
    tags.as_array_mut().unwrap().sort_by_key(ToString::to_string);
    assert_eq!(
        tags,
        json!([{"Key": "env", "Value": "prod"}, {"Key": "team", "Value": "db"}])
    );

    let remove = ["ssm", "remove-tags-from-resource", "--tag-keys", "team"];
    server.aws_text(&root, &[&remove[..], &resource].concat());
    assert_eq!(
        server.aws_json(&root, &list)["TagList"],
        json!([{"Key": "env", "Value": "prod"}])
    );
}

#[test]
fn a_region_knows_nothing_of_another_regions_parameters() {
    let server = Server::start();
    let root = server.root();
    server.put("/a", "here", None);

    let elsewhere = ["ssm", "get-parameter", "--name", "/a", "--region", "eu-central-1"];

    let missing = server.aws(&root, &elsewhere);
    assert!(
        missing
            .error()
            .starts_with("An error occurred (ParameterNotFound)"),
        "{missing:?}"
    );
}
