//! Our own agent, from the activation to its end, as an operator sees it through the AWS CLI.

use serde_json::json;

use crate::harness::{Node, REGION, Server};

#[test]
fn agent_is_registered_connects_and_comes_back() {
    let mut node = Node::start();
    assert!(node.id.starts_with("mi-"), "{}", node.id);
    let listed = node
        .server
        .aws_json(&node.server.root(), &["ssm", "describe-instance-information"]);
    let shown = &listed["InstanceInformationList"][0];
    assert_eq!(
        [&shown["InstanceId"], &shown["PingStatus"]],
        [&json!(node.id), &json!("Online")]
    );
    let said = node.doctor();
    assert!(
        said.contains("ok    an agent runs") && !said.contains("FAIL"),
        "{said}"
    );
    node.end_agent();
    node.wait_for("notconnected");
    node.start_agent();
    node.wait_for("connected");
}

#[test]
fn agent_says_what_is_wrong_once_its_node_is_gone() {
    let mut node = Node::start();
    node.end_agent();
    let gone = ["ssm", "deregister-managed-instance", "--instance-id", &node.id];
    node.server.aws(&node.server.root(), &gone).text();
    let said = node.doctor();
    assert!(said.contains("FAIL  credentials of the node's role"), "{said}");
}

#[test]
fn agent_is_refused_with_an_activation_that_is_none() {
    let server = Server::start();
    let activation = json!({"ActivationId": "11111111-2222-3333-4444-555555555555", "ActivationCode": "not-the-code-of-anything"});
    let refused = server.register_agent(&activation);
    assert!(refused.stderr.contains("InvalidActivation"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("not-the-code"), "{}", refused.stderr);
}

#[test]
fn agent_is_refused_with_another_regions_activation_before_that_is_spent() {
    let server = Server::start();
    let root = server.root();
    server.node_role("node");
    let activation = server.activation(&root, &json!({"RegistrationLimit": 1}));
    let refused = server.register_agent_in("eu-west-1", &activation);
    let told = format!("Register it with the Region {REGION}");
    assert!(
        refused.code != 0 && refused.stderr.contains("InvalidActivation") && refused.stderr.contains(&told),
        "{refused:?}"
    );
    let left = server.aws_json(&root, &["ssm", "describe-activations"]);
    assert_eq!(left["ActivationList"][0]["RegistrationsCount"], 0);
    assert!(server.register_agent(&activation).text().starts_with("mi-"));
}
