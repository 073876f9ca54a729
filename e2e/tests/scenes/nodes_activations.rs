//! Activations, and who may register with them.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::harness::{Machine, Server, files_with};

/// A server with a role for nodes.
fn start() -> Server {
    let server = Server::start();
    server.node_role("node");
    server
}

fn code(answer: &Value) -> &str {
    answer["code"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer} is no error"))
}

#[test]
fn the_cli_makes_lists_and_deletes_activations_and_shows_the_code_once() {
    let server = start();
    let root = server.root();
    let make = [
        "ssm",
        "create-activation",
        "--iam-role",
        "node",
        "--default-instance-name",
        "web",
    ];
    let more = [
        "--description",
        "racks",
        "--registration-limit",
        "3",
        "--tags",
        "Key=env,Value=prod",
    ];
    let made = server.aws_json(&root, &[&make[..], &more].concat());
    let (id, secret) = (
        made["ActivationId"].as_str().unwrap(),
        made["ActivationCode"].as_str().unwrap(),
    );
    assert_eq!((id.len(), secret.len()), (36, 20));

    let listed = server.aws_json(&root, &["ssm", "describe-activations"]);
    let activation = &listed["ActivationList"][0];
    let lasts = activation["ExpirationDate"].as_f64().unwrap() - activation["CreatedDate"].as_f64().unwrap();
    assert!((lasts - 86_400.0).abs() < 1.0, "{activation}");
    let mut expected = json!({
        "ActivationId": id, "Description": "racks", "DefaultInstanceName": "web", "IamRole": "node",
        "RegistrationLimit": 3, "RegistrationsCount": 0, "Expired": false,
        "Tags": [{"Key": "env", "Value": "prod"}],
    });
    for date in ["ExpirationDate", "CreatedDate"] {
        expected[date] = activation[date].clone();
    }
    assert_eq!(*activation, expected);
    assert!(!listed.to_string().contains(secret));

    server.aws_json(&root, &["ssm", "delete-activation", "--activation-id", id]);
    let again = server.aws(&root, &["ssm", "delete-activation", "--activation-id", id]);
    assert!(again.error().contains("(InvalidActivation)"), "{again:?}");
    let left = server.aws_json(&root, &["ssm", "describe-activations"]);
    assert_eq!(left["ActivationList"], json!([]));
}

#[test]
fn a_role_must_exist_trust_systems_manager_and_be_the_callers_to_pass() {
    let server = start();
    server.role(
        "ec2",
        &json!({"Service": "ec2.amazonaws.com"}),
        &json!([{"Effect": "Allow", "Action": "ssm:DescribeParameters", "Resource": "*"}]),
    );
    let make = |who, body: Value| server.call(who, "AmazonSSM.CreateActivation", &body);
    let root = server.root();
    for role in ["none", "ec2"] {
        let refused = make(&root, json!({"IamRole": role})).refused(400, "ValidationException");
        let expected = format!(
            "Nonexistent role or missing ssm service principal in trust policy: arn:aws:iam::111122223333:role/{role}"
        );
        assert_eq!(refused, expected);
    }
    let create = json!([{"Effect": "Allow", "Action": "ssm:CreateActivation", "Resource": "*"}]);
    let alice = server.user("alice", &create);
    let refused = make(&alice, json!({"IamRole": "node"})).refused(400, "AccessDeniedException");
    assert!(
        refused.contains("iam:PassRole on resource: arn:aws:iam::111122223333:role/node"),
        "{refused}"
    );
    let pass = json!([
        {"Effect": "Allow", "Action": "ssm:CreateActivation", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
         "Condition": {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}}},
    ]);
    let bob = server.user("bob", &pass);
    make(&bob, json!({"IamRole": "node"})).ok();
}

#[test]
fn an_activation_ends_within_thirty_days_and_not_in_the_past() {
    let server = start();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let make = |expires: u64| {
        let body = json!({"IamRole": "node", "ExpirationDate": expires});
        server.call(&server.root(), "AmazonSSM.CreateActivation", &body)
    };
    make(now - 10).refused(400, "ValidationException");
    make(now + 31 * 86_400).refused(400, "ValidationException");
    make(now + 29 * 86_400).ok();
    let none = json!({"IamRole": "node", "RegistrationLimit": 1001});
    let none = server.call(&server.root(), "AmazonSSM.CreateActivation", &none);
    none.refused(400, "ValidationException");
}

#[test]
fn activations_are_filtered_and_paged() {
    let server = start();
    server.node_role("other");
    let root = server.root();
    for number in 0..5 {
        server.activation(&root, &json!({"DefaultInstanceName": format!("n{number}")}));
    }
    let other = server.activation(&root, &json!({"IamRole": "other"}));
    let ask = |body: Value| {
        server
            .call(&root, "AmazonSSM.DescribeActivations", &body)
            .ok()
            .json()
    };
    let of = |key: &str, value: &Value| {
        let found = ask(json!({"Filters": [{"FilterKey": key, "FilterValues": [value]}]}));
        found["ActivationList"].as_array().unwrap().len()
    };
    assert_eq!(of("IamRole", &json!("node")), 5);
    assert_eq!(of("DefaultInstanceName", &json!("n3")), 1);
    assert_eq!(of("ActivationIds", &other["ActivationId"]), 1);
    let (mut seen, mut token) = (0, Value::Null);
    for _ in 0..3 {
        let page = ask(json!({"MaxResults": 2, "NextToken": token}));
        seen += page["ActivationList"].as_array().unwrap().len();
        token = page["NextToken"].clone();
    }
    assert_eq!((seen, token), (6, Value::Null));
    let foreign = json!({"MaxResults": 2, "NextToken": "bm8="});
    let foreign = server.call(&root, "AmazonSSM.DescribeActivations", &foreign);
    foreign.refused(400, "InvalidNextToken");
}

#[test]
fn a_code_registers_as_many_machines_as_its_limit_says_and_the_same_one_once() {
    let server = start();
    let activation = server.activation(&server.root(), &json!({"RegistrationLimit": 2}));
    let mut machine = Machine::start(&server);
    let one = machine.register(&activation, "one", "f1");
    let again = machine.register(&activation, "one", "f1");
    assert_eq!(one, again, "a request that is sent again makes no second node");
    let two = machine.register(&activation, "two", "f2");
    assert_ne!(one["InstanceId"], two["InstanceId"]);
    let id = two["InstanceId"].as_str().unwrap();
    assert!(id.starts_with("mi-") && id.len() == 20, "{id}");
    assert_eq!(
        code(&machine.register(&activation, "three", "f3")),
        "RegistrationLimitExceeded"
    );
    let cloned = machine.register(&activation, "one", "f9");
    assert_eq!(code(&cloned), "InvalidPublicKey", "a key is one machine's");
    let listed = server.aws_json(&server.root(), &["ssm", "describe-activations"]);
    assert_eq!(listed["ActivationList"][0]["RegistrationsCount"], 2);
}

#[test]
fn wrong_codes_deleted_activations_and_bad_keys_register_nobody() {
    let server = start();
    let root = server.root();
    let activation = server.activation(&root, &json!({}));
    let mut machine = Machine::start(&server);
    let mut wrong = activation.clone();
    wrong["ActivationCode"] = json!("AAAAAAAAAAAAAAAAAAAA");
    assert_eq!(code(&machine.register(&wrong, "k", "f")), "InvalidActivation");
    let mut other = activation.clone();
    other["ActivationId"] = json!("00000000-0000-4000-8000-000000000000");
    assert_eq!(code(&machine.register(&other, "k", "f")), "InvalidActivation");
    let none = json!({"PublicKey": machine.public_key("k"), "Fingerprint": "f"});
    assert_eq!(
        code(&machine.unsigned("RegisterManagedInstance", &none)),
        "InvalidActivation"
    );
    let mut bad = none.clone();
    for member in ["ActivationId", "ActivationCode"] {
        bad[member] = activation[member].clone();
    }
    bad["PublicKey"] = json!("A".repeat(392));
    assert_eq!(
        code(&machine.unsigned("RegisterManagedInstance", &bad)),
        "InvalidPublicKey"
    );
    let id = activation["ActivationId"].as_str().unwrap();
    server.aws_json(&root, &["ssm", "delete-activation", "--activation-id", id]);
    assert_eq!(
        code(&machine.register(&activation, "k", "f")),
        "InvalidActivation"
    );
    let nodes = server.aws_json(&root, &["ssm", "describe-instance-information"]);
    assert_eq!(nodes["InstanceInformationList"], json!([]));
}

#[test]
fn after_five_wrong_codes_even_the_right_one_has_to_wait_also_over_a_restart() {
    let server = start();
    let activation = server.activation(&server.root(), &json!({}));
    let mut wrong = activation.clone();
    wrong["ActivationCode"] = json!("AAAAAAAAAAAAAAAAAAAA");
    let mut machine = Machine::start(&server);
    for _ in 0..5 {
        assert_eq!(code(&machine.register(&wrong, "k", "f")), "InvalidActivation");
    }
    assert_eq!(
        code(&machine.register(&activation, "k", "f")),
        "ThrottlingException"
    );
    let server = server.stop().start();
    let mut machine = Machine::start(&server);
    assert_eq!(
        code(&machine.register(&activation, "k", "f")),
        "ThrottlingException"
    );
}

#[test]
fn an_activation_that_has_ended_registers_nobody() {
    let server = start();
    let root = server.root();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let activation = server.activation(&root, &json!({"ExpirationDate": now + 2}));
    let has_ended = || {
        let listed = server
            .call(&root, "AmazonSSM.DescribeActivations", &json!({}))
            .ok()
            .json();
        listed["ActivationList"][0]["Expired"] == true
    };
    while !has_ended() {
        thread::sleep(Duration::from_millis(100));
    }
    let mut machine = Machine::start(&server);
    let refused = machine.register(&activation, "k", "f");
    assert_eq!(
        (&refused["code"], &refused["message"]),
        (&json!("ActivationExpired"), &json!(""))
    );
}

#[test]
fn neither_code_nor_credentials_lie_about_where_they_do_not_belong() {
    let server = start();
    let activation = server.activation(&server.root(), &json!({}));
    let mut machine = Machine::start(&server);
    let node = machine.register(&activation, "k", "f")["InstanceId"].clone();
    let credentials = machine.token(node.as_str().unwrap(), "k", "f");
    let mut wrong = activation.clone();
    wrong["ActivationCode"] = json!("canaryWrongCode/AAAA");
    let refused = machine.register(&wrong, "k2", "f2");
    assert_eq!(code(&refused), "InvalidActivation");
    let stopped = server.stop();
    for secret in [
        &activation["ActivationCode"],
        &wrong["ActivationCode"],
        &credentials["SecretAccessKey"],
        &credentials["SessionToken"],
    ] {
        let secret = secret.as_str().unwrap();
        assert!(!refused.to_string().contains(secret) && !stopped.log().contains(secret));
        assert_eq!(
            files_with(&stopped.data(), secret.as_bytes()),
            Vec::<PathBuf>::new()
        );
    }
}
