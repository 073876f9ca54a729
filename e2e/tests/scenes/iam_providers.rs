//! The lives of identity providers, by the AWS CLI.

use std::fs;

use serde_json::json;

use crate::harness::{ACCOUNT, Credentials, Server};

/// Asserts that a command fails in these words.
#[track_caller]
fn assert_error(server: &Server, who: &Credentials, arguments: &[&str], operation: &str, expected: &str) {
    let (code, sentence) = expected.split_once(": ").unwrap();
    let failed = server.aws(who, arguments);
    assert_eq!(
        failed.error(),
        format!("An error occurred ({code}) when calling the {operation} operation: {sentence}")
    );
}

#[test]
fn an_openid_connect_provider_is_made_changed_tagged_and_deleted() {
    let server = Server::start();
    let root = server.root();
    let url = "https://token.ci.example";
    let make = [
        "iam",
        "create-open-id-connect-provider",
        "--url",
        url,
        "--client-id-list",
        "kagiban",
        "--tags",
        "Key=team,Value=ci",
    ];
    let made = server.aws_json(&root, &make);
    let arn = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.ci.example");
    assert_eq!(made["OpenIDConnectProviderArn"], arn);
    assert_error(
        &server,
        &root,
        &make,
        "CreateOpenIDConnectProvider",
        "EntityAlreadyExists: Provider with url https://token.ci.example already exists.",
    );

    let which = ["--open-id-connect-provider-arn", arn.as_str()];
    let on = |verb: &'static str, more: &[&'static str]| [&["iam", verb][..], more, &which].concat();
    let print = "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";
    server.aws_text(
        &root,
        &on(
            "update-open-id-connect-provider-thumbprint",
            &["--thumbprint-list", print],
        ),
    );
    server.aws_text(
        &root,
        &on(
            "add-client-id-to-open-id-connect-provider",
            &["--client-id", "other"],
        ),
    );
    server.aws_text(
        &root,
        &on(
            "remove-client-id-from-open-id-connect-provider",
            &["--client-id", "kagiban"],
        ),
    );
    server.aws_text(
        &root,
        &on("tag-open-id-connect-provider", &["--tags", "Key=a,Value=b"]),
    );
    server.aws_text(
        &root,
        &on("untag-open-id-connect-provider", &["--tag-keys", "team"]),
    );
    let got = server.aws_json(&root, &on("get-open-id-connect-provider", &[]));
    assert_eq!(got["Url"], "token.ci.example");
    assert_eq!(got["ClientIDList"], json!(["other"]));
    assert_eq!(got["ThumbprintList"], json!([print]));
    assert_eq!(got["Tags"], json!([{"Key": "a", "Value": "b"}]));
    let tags = server.aws_json(&root, &on("list-open-id-connect-provider-tags", &[]));
    assert_eq!(tags["Tags"], got["Tags"]);
    let all = server.aws_json(&root, &["iam", "list-open-id-connect-providers"]);
    assert_eq!(all["OpenIDConnectProviderList"], json!([{"Arn": arn}]));

    server.aws_text(&root, &on("delete-open-id-connect-provider", &[]));
    let all = server.aws_json(&root, &["iam", "list-open-id-connect-providers"]);
    assert_eq!(all["OpenIDConnectProviderList"], json!([]));
    let missing = format!("NoSuchEntity: OpenIDConnect Provider not found for arn {arn}");
    let get = on("get-open-id-connect-provider", &[]);
    assert_error(&server, &root, &get, "GetOpenIDConnectProvider", &missing);
    let tag = on("tag-open-id-connect-provider", &["--tags", "Key=a,Value=b"]);
    assert_error(&server, &root, &tag, "TagOpenIDConnectProvider", &missing);
    let bad = [
        "iam",
        "create-open-id-connect-provider",
        "--url",
        "http://ci.example",
    ];
    assert_error(
        &server,
        &root,
        &bad,
        "CreateOpenIDConnectProvider",
        "ValidationError: Invalid Open ID Connect Provider URL",
    );
}

#[test]
fn a_saml_provider_is_made_changed_tagged_and_deleted() {
    let server = Server::start();
    let root = server.root();
    let file = server.scratch("saml").join("metadata.xml");
    let write = |end: &str| {
        let padding = " ".repeat(1000);
        let text = format!("<EntityDescriptor validUntil=\"{end}\"><!--{padding}--></EntityDescriptor>");
        fs::write(&file, &text).unwrap();
        text
    };
    let document = format!("file://{}", file.display());
    let metadata = ["--saml-metadata-document", document.as_str()];
    let arn = format!("arn:aws:iam::{ACCOUNT}:saml-provider/adfs");
    let which = ["--saml-provider-arn", arn.as_str()];
    let on = |verb: &'static str, more: &[&'static str]| [&["iam", verb][..], more, &which].concat();

    write("2031-01-02T03:04:05Z");
    let make = [&["iam", "create-saml-provider", "--name", "adfs"][..], &metadata].concat();
    assert_eq!(server.aws_json(&root, &make)["SAMLProviderArn"], arn);
    assert_error(
        &server,
        &root,
        &make,
        "CreateSAMLProvider",
        "EntityAlreadyExists: Provider with name adfs already exists.",
    );
    let new = write("2032-01-02T03:04:05Z");
    let update = [on("update-saml-provider", &[]), metadata.to_vec()].concat();
    assert_eq!(server.aws_json(&root, &update)["SAMLProviderArn"], arn);
    server.aws_text(&root, &on("tag-saml-provider", &["--tags", "Key=a,Value=b"]));
    let got = server.aws_json(&root, &on("get-saml-provider", &[]));
    assert_eq!(got["SAMLMetadataDocument"], new);
    assert_eq!(got["ValidUntil"], "2032-01-02T03:04:05Z");
    assert_eq!(got["Tags"], json!([{"Key": "a", "Value": "b"}]));
    server.aws_text(&root, &on("untag-saml-provider", &["--tag-keys", "a"]));
    let tags = server.aws_json(&root, &on("list-saml-provider-tags", &[]));
    assert_eq!(tags["Tags"], json!([]));
    let all = server.aws_json(&root, &["iam", "list-saml-providers"]);
    assert_eq!(all["SAMLProviderList"][0]["Arn"], arn);

    server.aws_text(&root, &on("delete-saml-provider", &[]));
    let missing = format!("NoSuchEntity: Manifest not found for arn {arn}");
    let get = on("get-saml-provider", &[]);
    assert_error(&server, &root, &get, "GetSAMLProvider", &missing);
    let delete = on("delete-saml-provider", &[]);
    assert_error(&server, &root, &delete, "DeleteSAMLProvider", &missing);
    fs::write(&file, "x".repeat(1000)).unwrap();
    assert_error(
        &server,
        &root,
        &make,
        "CreateSAMLProvider",
        "InvalidInput: Could not parse metadata",
    );
}
