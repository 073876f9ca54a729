//! Scene 1: an operator stores a database's master credentials.

use crate::harness::{Credentials, Server, assert_matches};

const PARAMETERS: [(&str, &str); 4] = [
    ("user", "sample_master"),
    ("host", "sample.cluster.internal"),
    ("name", "sample"),
    ("port", "3306"),
];

#[test]
fn five_parameters_are_put_and_each_overwrite_makes_the_next_version() {
    let server = Server::start();
    let root = server.root();
    let key = server.aws_text(
        &root,
        &[
            "kms",
            "create-key",
            "--description",
            "go-ecs-sample",
            "--query",
            "KeyMetadata.KeyId",
        ],
    );
    assert_matches(
        &key,
        r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
    );

    for (name, value) in PARAMETERS {
        assert_eq!(put(&server, &root, name, value, &["--type", "String"]), "1");
    }
    let password = ["--type", "SecureString", "--key-id", &key];
    assert_eq!(
        put(&server, &root, "password", "s3cr3t pass=word&", &password),
        "1"
    );

    assert_eq!(
        put(
            &server,
            &root,
            "host",
            "other.internal",
            &["--type", "String", "--overwrite"]
        ),
        "2"
    );
    assert_eq!(
        put(
            &server,
            &root,
            "password",
            "n3xt",
            &[&password[..], &["--overwrite"]].concat()
        ),
        "2"
    );

    let read = [
        "ssm",
        "get-parameter",
        "--name",
        "/goecssample/database/sample/master/password",
    ];
    let value = [&read[..], &["--with-decryption", "--query", "Parameter.Value"]].concat();
    assert_eq!(server.aws_text(&root, &value), "n3xt");
}

#[test]
fn a_put_without_overwrite_is_refused_in_aws_words() {
    let server = Server::start();
    server.put("/prod/db/url", "first", None);

    let arguments = [
        "ssm",
        "put-parameter",
        "--name",
        "/prod/db/url",
        "--type",
        "String",
        "--value",
        "second",
    ];
    let refused = server.aws(&server.root(), &arguments);

    assert_eq!(
        refused.error(),
        "An error occurred (ParameterAlreadyExists) when calling the PutParameter operation: \
         The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
    );
}

fn put(server: &Server, who: &Credentials, name: &str, value: &str, more: &[&str]) -> String {
    let name = format!("/goecssample/database/sample/master/{name}");
    let arguments = [
        "ssm",
        "put-parameter",
        "--name",
        &name,
        "--value",
        value,
        "--query",
        "Version",
    ];
    server.aws_text(who, &[&arguments[..], more].concat())
}
