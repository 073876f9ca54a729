//! Every operation of Parameter Store once, through AWS's SDKs: each answer is one that they understand.
//!
//! The errors and rules of the operations are other scenes' matter.

use std::collections::BTreeSet;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::{BehaviorVersion, Region};
use aws_sdk_ssm::types::{ParameterStringFilter, ParameterTier, ParameterType, ResourceTypeForTagging, Tag};
use serde_json::json;

use crate::harness::{
    Output, REGION, Server, call, clients_directory, javascript_directory, served, served_list, tool,
    venv_binary,
};

const NAME: &str = "/rust/all/url";

#[test]
fn boto3_understands_every_answer() {
    let server = Server::start();
    let mut python = server.client(&server.root(), &venv_binary("python"));
    let script = clients_directory().join("boto3_ssm.py");
    let seen = Output::of(python.arg(script).arg(served_list())).json();
    assert_eq!(seen, json!({"not_called": [], "lacking": [], "wrong": []}));
}

#[test]
fn the_javascript_sdk_understands_every_answer() {
    let server = Server::start();
    let mut node = server.client(&server.root(), &tool("node"));
    let seen = Output::of(node.arg("operations.mjs").current_dir(javascript_directory())).json();
    assert_eq!(seen["wrong"], json!([]));
    let called = seen["called"].as_array().unwrap().iter();
    let called = called.map(|name| name.as_str().unwrap().to_lowercase()).collect();
    assert_eq!(left_out(&called), Vec::<String>::new());
}

#[tokio::test]
async fn the_rust_sdk_understands_every_answer() {
    let server = Server::start();
    let (mut seen, ssm) = (BTreeSet::new(), ssm(&server));
    let arn = reading(&mut seen, &ssm).await;
    labels(&mut seen, &ssm).await;
    tags(&mut seen, &ssm).await;
    settings(&mut seen, &ssm).await;
    sharing(&mut seen, &ssm, &arn).await;
    deleting(&mut seen, &ssm).await;
    assert_eq!(left_out(&seen), Vec::<String>::new());
}

/// Gives the ARN of a parameter of two versions.
async fn reading(seen: &mut BTreeSet<String>, ssm: &Client) -> String {
    let put = call!(
        seen,
        ssm.put_parameter()
            .name(NAME)
            .value("one")
            .r#type(ParameterType::SecureString)
            .tier(ParameterTier::Advanced)
            .tags(tag("team", "red"))
    );
    assert_eq!((put.version, put.tier), (1, Some(ParameterTier::Advanced)));
    call!(seen, ssm.put_parameter().name(NAME).value("two").overwrite(true));

    let read = call!(seen, ssm.get_parameter().name(NAME).with_decryption(true));
    let read = read.parameter.unwrap();
    assert_eq!((read.value.as_deref(), read.version), (Some("two"), 2));
    let old = format!("{NAME}:1");
    let found = call!(
        seen,
        ssm.get_parameters()
            .names(&old)
            .names("/none")
            .with_decryption(true)
    );
    assert_eq!(found.invalid_parameters.unwrap(), ["/none"]);
    assert_eq!(found.parameters.unwrap()[0].selector.as_deref(), Some(":1"));
    let below = call!(seen, ssm.get_parameters_by_path().path("/rust").recursive(true));
    assert_eq!(below.parameters.unwrap()[0].name.as_deref(), Some(NAME));
    let filter = ParameterStringFilter::builder().key("Name").values(NAME).build();
    let described = call!(seen, ssm.describe_parameters().parameter_filters(filter.unwrap()));
    let described = described.parameters.unwrap().remove(0);
    assert_eq!(described.key_id.as_deref(), Some("alias/aws/ssm"));
    assert_eq!(described.policies.unwrap(), []);
    assert!(described.last_modified_date.is_some());
    read.arn.unwrap()
}

async fn labels(seen: &mut BTreeSet<String>, ssm: &Client) {
    let label = call!(
        seen,
        ssm.label_parameter_version()
            .name(NAME)
            .parameter_version(1)
            .labels("old")
            .labels("1st")
    );
    assert_eq!(
        (label.parameter_version, label.invalid_labels.unwrap()),
        (1, vec!["1st".to_owned()])
    );
    let history = call!(seen, ssm.get_parameter_history().name(NAME).with_decryption(true));
    let history = history.parameters.unwrap();
    assert_eq!(history[0].labels.as_deref(), Some(&["old".to_owned()][..]));
    assert_eq!((history[1].value.as_deref(), history.len()), (Some("two"), 2));
    let unlabel = call!(
        seen,
        ssm.unlabel_parameter_version()
            .name(NAME)
            .parameter_version(1)
            .labels("old")
            .labels("none")
    );
    assert_eq!(unlabel.removed_labels.unwrap(), ["old"]);
    assert_eq!(unlabel.invalid_labels.unwrap(), ["none"]);
}

async fn tags(seen: &mut BTreeSet<String>, ssm: &Client) {
    let kind = ResourceTypeForTagging::Parameter;
    call!(
        seen,
        ssm.add_tags_to_resource()
            .resource_type(kind.clone())
            .resource_id(NAME)
            .tags(tag("env", ""))
    );
    call!(
        seen,
        ssm.remove_tags_from_resource()
            .resource_type(kind.clone())
            .resource_id(NAME)
            .tag_keys("team")
    );
    let listed = call!(
        seen,
        ssm.list_tags_for_resource().resource_type(kind).resource_id(NAME)
    );
    assert_eq!(listed.tag_list.unwrap(), [tag("env", "")]);
}

async fn settings(seen: &mut BTreeSet<String>, ssm: &Client) {
    let id = "/ssm/parameter-store/high-throughput-enabled";
    call!(
        seen,
        ssm.update_service_setting().setting_id(id).setting_value("true")
    );
    let told = call!(seen, ssm.get_service_setting().setting_id(id));
    assert_eq!(
        told.service_setting.unwrap().status.as_deref(),
        Some("Customized")
    );
    let reset = call!(seen, ssm.reset_service_setting().setting_id(id));
    assert_eq!(
        reset.service_setting.unwrap().setting_value.as_deref(),
        Some("false")
    );
}

async fn sharing(seen: &mut BTreeSet<String>, ssm: &Client, arn: &str) {
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "ssm:GetParameter", "Resource": arn,
    }})
    .to_string();
    let put = call!(seen, ssm.put_resource_policy().resource_arn(arn).policy(&policy));
    let listed = call!(seen, ssm.get_resource_policies().resource_arn(arn))
        .policies
        .unwrap();
    assert_eq!(
        (&listed[0].policy_id, &listed[0].policy_hash),
        (&put.policy_id, &put.policy_hash)
    );
    assert_eq!(listed[0].policy.as_ref(), Some(&policy));
    call!(
        seen,
        ssm.delete_resource_policy()
            .resource_arn(arn)
            .policy_id(put.policy_id.unwrap())
            .policy_hash(put.policy_hash.unwrap())
    );
}

async fn deleting(seen: &mut BTreeSet<String>, ssm: &Client) {
    call!(seen, ssm.delete_parameter().name(NAME));
    let deleted = call!(seen, ssm.delete_parameters().names(NAME));
    assert_eq!(deleted.deleted_parameters.unwrap(), Vec::<String>::new());
    assert_eq!(deleted.invalid_parameters.unwrap(), [NAME]);
}

fn left_out(called: &BTreeSet<String>) -> Vec<String> {
    let served = served(&["ssm"]);
    let left_out = served.difference(called).filter(|name| is_parameter_stores(name));
    left_out.cloned().collect()
}

/// Systems Manager's other parts have scenes of their own.
fn is_parameter_stores(operation: &str) -> bool {
    let words = [
        "parameter",
        "resourcepolic",
        "servicesetting",
        "tagsto",
        "tagsfrom",
        "tagsfor",
    ];
    words.iter().any(|word| operation.contains(word))
}

fn tag(key: &str, value: &str) -> Tag {
    let tag = Tag::builder().key(key).value(value).build();
    tag.expect("both members are given")
}

pub(crate) fn ssm(server: &Server) -> Client {
    let configuration = aws_sdk_ssm::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .endpoint_url(server.url())
        .credentials_provider(server.root().sdk())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(configuration)
}
