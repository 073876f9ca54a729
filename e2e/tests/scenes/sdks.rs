//! Scene 6: AWS's SDKs, unmodified, each put, get, page by path and see a typed error.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::{BehaviorVersion, Region};
use aws_sdk_ssm::types::ParameterType;
use serde_json::{Value, json};

use crate::harness::{Output, REGION, Server, clients_directory, javascript_directory, tool, venv_binary};

#[test]
fn boto3_puts_gets_pages_and_sees_a_typed_parameter_not_found() {
    let server = Server::start();

    let mut python = server.client(&server.root(), &venv_binary("python"));
    let seen = Output::of(python.arg(clients_directory().join("boto3_parameters.py"))).json();

    assert_eq!(seen, expected("boto3"));
}

#[test]
fn the_javascript_sdk_puts_gets_pages_and_sees_a_typed_parameter_not_found() {
    let server = Server::start();

    let mut node = server.client(&server.root(), &tool("node"));
    let seen = Output::of(node.arg("parameters.mjs").current_dir(javascript_directory())).json();

    assert_eq!(seen, expected("js"));
}

#[tokio::test]
async fn the_rust_sdk_puts_gets_pages_and_sees_a_typed_parameter_not_found() {
    let server = Server::start();
    let ssm = rust_sdk(&server);
    let put = |name: String, value: &'static str, kind| {
        ssm.put_parameter().name(name).value(value).r#type(kind).send()
    };

    for n in 0..12 {
        let output = put(format!("/rust/item{n:02}"), "value", ParameterType::String)
            .await
            .unwrap();
        assert_eq!(output.version(), 1);
    }
    put("/rust/secret".into(), "grüße 鍵", ParameterType::SecureString)
        .await
        .unwrap();
    let read = ssm
        .get_parameter()
        .name("/rust/secret")
        .with_decryption(true)
        .send()
        .await
        .unwrap();
    let read = read.parameter().expect("the answer has the parameter");
    assert_eq!(read.value(), Some("grüße 鍵"));
    assert!(read.last_modified_date().is_some());

    let mut pages = ssm
        .get_parameters_by_path()
        .path("/rust")
        .recursive(true)
        .into_paginator()
        .page_size(5)
        .send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        names.extend(
            page.unwrap()
                .parameters()
                .iter()
                .filter_map(|p| p.name())
                .map(str::to_owned),
        );
    }
    assert_eq!(json!(names), expected("rust")["names"]);

    let error = ssm
        .get_parameter()
        .name("/rust/missing")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_parameter_not_found(), "{error:?}");
}

fn rust_sdk(server: &Server) -> Client {
    let configuration = aws_sdk_ssm::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .endpoint_url(server.url())
        .credentials_provider(server.root().sdk())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(configuration)
}

fn expected(client: &str) -> Value {
    let mut names: Vec<_> = (0..12).map(|n| format!("/{client}/item{n:02}")).collect();
    names.push(format!("/{client}/secret"));
    json!({
        "versions": vec![1; 12],
        "secret_version": 1,
        "secret": "grüße 鍵",
        "modified_is_a_time": true,
        "pages": 3,
        "names": names,
        "missing": "ParameterNotFound",
    })
}
