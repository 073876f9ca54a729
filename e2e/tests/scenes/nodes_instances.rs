//! Nodes of the kind that AWS gives its own instances: `i-…`, with an instance profile's role.

use serde_json::{Value, json};

use crate::harness::{Machine, Server};

/// A server with the profile `web`, whose role may read `/app/*`.
fn start() -> Server {
    let server = Server::start();
    let read = json!([
        {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "arn:aws:ssm:*:*:parameter/app/*"},
        {"Effect": "Allow", "Action": "ssm:UpdateInstanceInformation", "Resource": "*",
         "Condition": {"ArnLike": {"ec2:SourceInstanceARN": "arn:aws:ec2:us-east-1:111122223333:instance/i-*"}}},
    ]);
    server.role("web", &json!({"Service": "ec2.amazonaws.com"}), &read);
    let root = server.root();
    server
        .iam(
            &root,
            "CreateInstanceProfile",
            &[("InstanceProfileName", "web-profile")],
        )
        .ok();
    let members = [("InstanceProfileName", "web-profile"), ("RoleName", "web")];
    server.iam(&root, "AddRoleToInstanceProfile", &members).ok();
    server.put("/app/url", "postgres://db", None);
    server
}

fn admit(server: &Server) -> Value {
    let body =
        json!({"InstanceProfile": "web-profile", "Name": "web-1", "Tags": [{"Key": "env", "Value": "prod"}]});
    server
        .call(&server.root(), "Kagiban.AdmitInstance", &body)
        .ok()
        .json()
}

#[test]
fn an_admitted_instance_has_its_profiles_rights_until_it_is_deregistered() {
    let server = start();
    let mut machine = Machine::start(&server);
    let activation = admit(&server);
    let registered = machine.register(&activation, "key", "f");
    let node = registered["InstanceId"]
        .as_str()
        .unwrap_or_else(|| panic!("{registered}"))
        .to_owned();
    assert!(node.starts_with("i-") && node.len() == 19, "{node}");
    let limit = machine.register(&activation, "second", "g");
    assert_eq!(limit["code"], "RegistrationLimitExceeded");

    let credentials = machine.token(&node, "key", "f");
    let read = json!({"Name": "/app/url"});
    assert_eq!(
        machine.call(&credentials, "GetParameter", &read)["Parameter"]["Value"],
        "postgres://db"
    );
    let beat = json!({"InstanceId": node, "PlatformType": "Linux", "AgentVersion": "3.3.1000.0"});
    assert_eq!(
        machine.call(&credentials, "UpdateInstanceInformation", &beat),
        json!({})
    );
    let root = server.root();
    let listed = server.aws_json(&root, &["ssm", "describe-instance-information"]);
    let told = &listed["InstanceInformationList"][0];
    assert_eq!(
        [
            &told["InstanceId"],
            &told["ResourceType"],
            &told["Name"],
            &told["SourceType"],
            &told["IamRole"]
        ],
        [
            &json!(node),
            &json!("EC2Instance"),
            &json!("web-1"),
            &json!("AWS::EC2::Instance"),
            &Value::Null
        ]
    );

    server
        .call(&root, "Kagiban.DeregisterInstance", &json!({"InstanceId": node}))
        .ok();
    assert_eq!(
        machine.call(&credentials, "GetParameter", &read)["code"],
        "UnrecognizedClientException"
    );
    assert_eq!(machine.token(&node, "key", "f")["code"], "InvalidInstanceId");
}

#[test]
fn a_profile_must_be_there_with_a_role_that_trusts_and_that_the_caller_may_pass() {
    let server = start();
    let admit =
        |who, profile: &str| server.call(who, "Kagiban.AdmitInstance", &json!({"InstanceProfile": profile}));
    let root = server.root();
    admit(&root, "none").refused(400, "InvalidInputException");
    let create = json!({"Effect": "Allow", "Action": "ssm:CreateActivation", "Resource": "*"});
    let alice = server.user("alice", &json!([create]));
    let refused = admit(&alice, "web-profile").refused(400, "AccessDeniedException");
    assert!(
        refused.contains("iam:PassRole on resource: arn:aws:iam::111122223333:role/web"),
        "{refused}"
    );
    let pass = json!({
        "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
    });
    let bob = server.user("bob", &json!([create, pass]));
    admit(&bob, "web-profile").ok();
}
