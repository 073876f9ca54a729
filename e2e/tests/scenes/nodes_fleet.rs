//! Many nodes: filtered, paged, tagged, renamed to another role, as AWS's SDKs see them.

use std::collections::BTreeSet;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::{BehaviorVersion, Region};
use aws_sdk_ssm::types::{
    InstanceInformationStringFilter, PingStatus, ResourceType, ResourceTypeForTagging, Tag,
};
use serde_json::{Value, json};

use crate::harness::{Machine, REGION, Server, call};

/// A server with so many nodes, whose ids come with it, in order.
fn fleet(count: usize) -> (Server, Machine, Vec<String>) {
    let server = Server::start();
    server.node_role("node");
    let activation = server.activation(&server.root(), &json!({"RegistrationLimit": count}));
    let mut machine = Machine::start(&server);
    let mut ids: Vec<_> = (0..count)
        .map(|number| {
            let answer = machine.register(&activation, &format!("k{number}"), &format!("f{number}"));
            answer["InstanceId"].as_str().unwrap().to_owned()
        })
        .collect();
    ids.sort();
    (server, machine, ids)
}

fn sdk(server: &Server) -> Client {
    let configuration = aws_sdk_ssm::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .endpoint_url(server.url())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(server.root().sdk())
        .build();
    Client::from_conf(configuration)
}

#[tokio::test]
async fn the_rust_sdk_understands_every_answer() {
    let (server, _machine, ids) = fleet(6);
    let (mut seen, ssm) = (BTreeSet::new(), sdk(&server));
    let made = call!(seen, ssm.create_activation().iam_role("node"));
    assert_eq!(made.activation_code().map(str::len), Some(20));
    let activations = call!(seen, ssm.describe_activations());
    assert_eq!(activations.activation_list().len(), 2);
    call!(
        seen,
        ssm.delete_activation()
            .activation_id(made.activation_id().unwrap())
    );

    let first = call!(seen, ssm.describe_instance_information().max_results(5));
    assert_eq!(first.instance_information_list().len(), 5);
    let token = first.next_token().unwrap();
    let rest = call!(
        seen,
        ssm.describe_instance_information()
            .max_results(5)
            .next_token(token)
    );
    let last = &rest.instance_information_list()[0];
    assert_eq!(last.instance_id(), Some(ids[5].as_str()));
    assert_eq!(last.ping_status(), Some(&PingStatus::ConnectionLost));
    assert_eq!(last.resource_type(), Some(&ResourceType::ManagedInstance));
    let properties = call!(seen, ssm.describe_instance_properties());
    assert_eq!(properties.instance_properties().len(), 6);
    let status = call!(seen, ssm.get_connection_status().target(&ids[0]));
    assert_eq!(
        status.status().map(aws_sdk_ssm::types::ConnectionStatus::as_str),
        Some("notconnected")
    );
    tagged(&mut seen, &ssm, &ids[0]).await;

    server.node_role("other");
    call!(
        seen,
        ssm.update_managed_instance_role()
            .instance_id(&ids[0])
            .iam_role("other")
    );
    let of_role = |role| {
        InstanceInformationStringFilter::builder()
            .key("IamRole")
            .values(role)
            .build()
    };
    let found = call!(
        seen,
        ssm.describe_instance_information()
            .filters(of_role("other").unwrap())
    );
    assert_eq!(found.instance_information_list().len(), 1);
    call!(seen, ssm.deregister_managed_instance().instance_id(&ids[0]));
}

async fn tagged(seen: &mut BTreeSet<String>, ssm: &Client, id: &str) {
    let kind = ResourceTypeForTagging::ManagedInstance;
    let tag = Tag::builder().key("rack").value("7").build().unwrap();
    let on = ssm
        .add_tags_to_resource()
        .resource_type(kind.clone())
        .resource_id(id);
    on.tags(tag.clone()).send().await.unwrap();
    let filter = |key, value| {
        InstanceInformationStringFilter::builder()
            .key(key)
            .values(value)
            .build()
    };
    for (key, value) in [("tag:rack", "7"), ("tag-key", "rack")] {
        let found = call!(
            seen,
            ssm.describe_instance_information()
                .filters(filter(key, value).unwrap())
        );
        assert_eq!(
            found.instance_information_list()[0].instance_id(),
            Some(id),
            "{key}"
        );
    }
    let listed = ssm
        .list_tags_for_resource()
        .resource_type(kind.clone())
        .resource_id(id);
    assert_eq!(listed.send().await.unwrap().tag_list(), [tag]);
    let off = ssm
        .remove_tags_from_resource()
        .resource_type(kind)
        .resource_id(id);
    off.tag_keys("rack").send().await.unwrap();
}

#[test]
fn both_kinds_of_filter_find_the_same_and_bad_ones_are_refused() {
    let (server, mut machine, ids) = fleet(2);
    let root = server.root();
    let ask = |body: Value| server.call(&root, "AmazonSSM.DescribeInstanceInformation", &body);
    let count = |body: Value| {
        ask(body).ok().json()["InstanceInformationList"]
            .as_array()
            .unwrap()
            .len()
    };
    for (key, value, expected) in [
        ("InstanceIds", json!(ids[0]), 1),
        ("InstanceIds", json!("mi-00000000000000000"), 0),
        ("PingStatus", json!("Online"), 0),
        ("PingStatus", json!("ConnectionLost"), 2),
        ("ResourceType", json!("EC2Instance"), 0),
        ("IamRole", json!("node"), 2),
        ("PlatformTypes", json!("Linux"), 0),
        ("AssociationStatus", json!("Success"), 0),
    ] {
        assert_eq!(
            count(json!({"Filters": [{"Key": key, "Values": [value]}]})),
            expected,
            "{key} {value}"
        );
        let older = json!({"InstanceInformationFilterList": [{"key": key, "valueSet": [value]}]});
        assert_eq!(count(older), expected, "{key} {value}");
    }
    ask(json!({"Filters": [{"Key": "Color", "Values": ["x"]}]})).refused(400, "InvalidFilterKey");
    let value = json!({"Filters": [{"Key": "PingStatus", "Values": ["x"]}]});
    ask(value).refused(400, "InvalidInstanceInformationFilterValue");
    let both = json!({
        "Filters": [{"Key": "InstanceIds", "Values": [ids[0]]}],
        "InstanceInformationFilterList": [{"key": "InstanceIds", "valueSet": [ids[0]]}],
    });
    ask(both).refused(400, "ValidationException");
    ask(json!({"MaxResults": 4})).refused(400, "ValidationException");

    let of = |number: usize| (format!("k{number}"), format!("f{number}"));
    let found = (0..2).find(|number| {
        let (key, fingerprint) = of(*number);
        machine.token(&ids[0], &key, &fingerprint)["AccessKeyId"].is_string()
    });
    let (key, fingerprint) = of(found.expect("one of the keys is the first node's"));
    let credentials = machine.token(&ids[0], &key, &fingerprint);
    machine.call(
        &credentials,
        "UpdateInstanceInformation",
        &json!({"InstanceId": ids[0], "PlatformType": "Linux"}),
    );
    assert_eq!(
        count(json!({"Filters": [{"Key": "PingStatus", "Values": ["Online"]}]})),
        1
    );
    assert_eq!(
        count(json!({"Filters": [{"Key": "PlatformTypes", "Values": ["Linux"]}]})),
        1
    );
}

#[test]
fn rights_on_nodes_can_depend_on_their_tags() {
    let (server, _machine, ids) = fleet(2);
    let root = server.root();
    let tag = [
        "ssm",
        "add-tags-to-resource",
        "--resource-type",
        "ManagedInstance",
        "--resource-id",
        &ids[0],
    ];
    server.aws_json(&root, &[&tag[..], &["--tags", "Key=env,Value=test"]].concat());
    let statement = json!([{
        "Effect": "Allow", "Action": "ssm:DeregisterManagedInstance", "Resource": "*",
        "Condition": {"StringEquals": {"ssm:resourceTag/env": "test"}},
    }]);
    let alice = server.user("alice", &statement);
    let end = |id: &str| {
        server.call(
            &alice,
            "AmazonSSM.DeregisterManagedInstance",
            &json!({"InstanceId": id}),
        )
    };
    let refused = end(&ids[1]).refused(400, "AccessDeniedException");
    assert!(
        refused.contains(&format!("managed-instance/{}", ids[1])),
        "{refused}"
    );
    end(&ids[0]).ok();
}
