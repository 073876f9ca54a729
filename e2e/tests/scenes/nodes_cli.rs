//! `kagiban node`: activations made, nodes listed and ended from the command line.

use serde_json::{Value, json};

use crate::harness::{Machine, Output, Server};

fn node(server: &Server, arguments: &[&str]) -> Output {
    server.kagiban(&server.root(), &[&["node"], arguments].concat())
}

fn register(machine: &mut Machine, made: &Value, key: &str) -> String {
    let registered = machine.register(made, key, key);
    let id = registered["InstanceId"].as_str();
    id.unwrap_or_else(|| panic!("{registered}")).to_owned()
}

#[test]
fn a_node_is_activated_listed_and_ended_once_somebody_says_yes() {
    let server = Server::start();
    server.node_role("node");
    let mut machine = Machine::start(&server);
    let more = ["--name", "web-1", "--tag", "env=prod", "--expires-in", "2h"];
    let made = node(&server, &[&["activate", "--role", "node"], &more[..]].concat()).json();
    let id = register(&mut machine, &made, "key");
    let listed = node(&server, &["list"]).json();
    let shown = &listed["Nodes"][0];
    assert_eq!(
        [
            &shown["InstanceId"],
            &shown["Name"],
            &shown["PingStatus"],
            &shown["IamRole"]
        ],
        [
            &json!(id),
            &json!("web-1"),
            &json!("ConnectionLost"),
            &json!("node")
        ]
    );
    let count = |arguments: &[&str]| {
        let listed = node(&server, &[&["list"], arguments].concat()).json();
        listed["Nodes"].as_array().unwrap().len()
    };
    assert_eq!(count(&["--tag", "env=prod"]), 1);
    assert_eq!(count(&["--tag", "env=test"]), 0);
    assert_eq!(count(&["--online"]), 0);

    assert_eq!(
        node(&server, &["deregister", &id]).code,
        5,
        "nobody is there to say yes"
    );
    node(&server, &["deregister", &id, "--yes"]).json();
    assert_eq!(node(&server, &["deregister", &id, "--yes"]).code, 3);
    assert_eq!(count(&[]), 0);
    assert_eq!(machine.token(&id, "key", "key")["code"], "InvalidInstanceId");
}

#[test]
fn an_instance_is_admitted_and_ended() {
    let server = Server::start();
    let root = server.root();
    server.role(
        "web",
        &json!({"Service": "ec2.amazonaws.com"}),
        &json!([{"Effect": "Allow", "Action": "ssm:DescribeParameters", "Resource": "*"}]),
    );
    server
        .iam(&root, "CreateInstanceProfile", &[("InstanceProfileName", "web")])
        .ok();
    let members = [("InstanceProfileName", "web"), ("RoleName", "web")];
    server.iam(&root, "AddRoleToInstanceProfile", &members).ok();
    let mut machine = Machine::start(&server);
    let made = node(&server, &["admit", "--instance-profile", "web"]).json();
    let id = register(&mut machine, &made, "key");
    assert!(id.starts_with("i-"), "{id}");
    node(&server, &["deregister", &id, "--yes"]).json();
    let refused = node(&server, &["admit", "--instance-profile", "none"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
}
