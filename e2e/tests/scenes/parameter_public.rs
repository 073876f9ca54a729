//! Public parameters, which the operator gives to everybody, read by the AWS CLI.

use std::fs;

use serde_json::json;

use crate::harness::{ACCOUNT, Server, Stopped};

const NAME: &str = "/aws/service/images/debian";

const WRITTEN: &str = r#"
["/aws/service/images/debian"]
value = "ami-0123456789abcdef0"
data_type = "aws:ec2:image"
description = "of the house"

["/aws/service/zones"]
value = "a,b,c"
type = "StringList"
"#;

/// A server that is told of a file with this text.
fn try_start(file: &str, text: &str) -> Result<Server, String> {
    let stopped = Stopped::new();
    let path = stopped.scratch("public").join(file);
    fs::write(&path, text).unwrap();
    let mut command = stopped.command();
    command.arg("--public-parameters").arg(&path);
    stopped.try_start_with(command).map_err(|(_, said)| said)
}

#[test]
fn everybody_who_is_allowed_reads_them_in_every_region_and_nobody_writes_them() {
    let server = try_start("public.toml", WRITTEN).unwrap();
    let resource = "arn:aws:ssm:*::parameter/aws/service*";
    let reader = server.user(
        "reader",
        &json!([{"Effect": "Allow", "Action": "ssm:Get*", "Resource": resource}]),
    );
    for region in ["us-east-1", "eu-west-1"] {
        let read = ["ssm", "get-parameter", "--name", NAME, "--region", region];
        let read = server.aws_json(&reader, &read)["Parameter"].take();
        assert_eq!(read["ARN"], format!("arn:aws:ssm:{region}::parameter{NAME}"));
        assert_eq!(
            (&read["Value"], &read["Version"]),
            (&json!("ami-0123456789abcdef0"), &json!(1))
        );
    }
    let below = [
        "ssm",
        "get-parameters-by-path",
        "--path",
        "/aws/service",
        "--recursive",
        "--page-size",
        "1",
    ];
    let names = server.aws_json(&reader, &[&below[..], &["--query", "Parameters[].Name"]].concat());
    assert_eq!(names, json!([NAME, "/aws/service/zones"]));

    let own = format!("arn:aws:ssm:*:{ACCOUNT}:*");
    let owner = server.user(
        "owner",
        &json!([{"Effect": "Allow", "Action": "ssm:*", "Resource": own}]),
    );
    let refused = server.aws(&owner, &["ssm", "get-parameter", "--name", NAME]);
    assert!(refused.error().contains("(AccessDeniedException)"), "{refused:?}");
    let put = [
        "ssm",
        "put-parameter",
        "--name",
        NAME,
        "--value",
        "x",
        "--overwrite",
    ];
    let refused = server.aws(&server.root(), &put);
    assert_eq!(
        refused.error(),
        format!(
            "An error occurred (AccessDeniedException) when calling the PutParameter operation: \
             No access to reserved parameter name: {NAME}."
        )
    );
}

#[test]
fn a_json_file_will_do_and_without_a_file_there_are_none() {
    let text = json!({NAME: {"value": "v"}}).to_string();
    let server = try_start("public.json", &text).unwrap();
    let read = [
        "ssm",
        "get-parameter",
        "--name",
        NAME,
        "--query",
        "Parameter.Value",
    ];
    assert_eq!(server.aws_json(&server.root(), &read), "v");
    let server = Server::start();
    let none = server.aws(&server.root(), &read);
    assert!(none.error().contains("(ParameterNotFound)"), "{none:?}");
}

#[test]
fn a_mistake_in_the_file_stops_the_start_and_names_its_line() {
    for (file, text) in [
        (
            "public.toml",
            "['/aws/service/x']\nvalue = 'v'\n['/app/x']\nvalue = 'v'\n",
        ),
        (
            "public.json",
            "{\n\"/aws/service/x\": {\"value\": \"v\"},\n\"/app/x\": {}}",
        ),
    ] {
        let said = try_start(file, text).err().unwrap();
        assert!(
            said.contains(file) && said.contains("line 3") && said.contains("`/app/x`"),
            "{said}"
        );
    }
}
