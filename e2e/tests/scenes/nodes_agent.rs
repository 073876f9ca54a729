//! A managed node's life, as AWS's agent leads it: registered, with credentials for its key, and gone.

use serde_json::{Value, json};

use crate::harness::{Machine, Server};

struct Scene {
    server: Server,
    machine: Machine,
    node: String,
}

const FINGERPRINT: &str = "5f1d7a0c-0000-4000-8000-000000000001";

/// A machine that has become a node with the key `key`, whose role may read `/app/*`.
fn registered() -> Scene {
    let server = Server::start();
    let read = json!([{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "arn:aws:ssm:*:*:parameter/app/*"}]);
    server.node_role("node");
    server.grant("node", &read);
    server.put("/app/url", "postgres://db", None);
    let tags = json!([{"Key": "env", "Value": "prod"}]);
    let more = json!({"DefaultInstanceName": "web", "Tags": tags, "RegistrationLimit": 5});
    let activation = server.activation(&server.root(), &more);
    let mut machine = Machine::start(&server);
    let registered = machine.register(&activation, "key", FINGERPRINT);
    let node = registered["InstanceId"]
        .as_str()
        .unwrap_or_else(|| panic!("{registered}"))
        .to_owned();
    Scene {
        server,
        machine,
        node,
    }
}

impl Scene {
    fn token(&mut self) -> Value {
        self.machine.token(&self.node, "key", FINGERPRINT)
    }

    fn heartbeat(&mut self, credentials: &Value, node: &str) -> Value {
        let body = json!({
            "AgentName": "amazon-ssm-agent", "AgentStatus": "Active", "AgentVersion": "3.3.1000.0",
            "AvailabilityZone": "", "AvailabilityZoneId": "", "ComputerName": "vm\u{1b}[2J", "IPAddress": "192.0.2.7",
            "InstanceId": node, "PlatformName": "Debian GNU/Linux", "PlatformType": "Linux",
            "PlatformVersion": "12", "SSMConnectionChannel": "ssmmessages",
        });
        self.machine.call(credentials, "UpdateInstanceInformation", &body)
    }

    fn read(&mut self, credentials: &Value) -> Value {
        self.machine
            .call(credentials, "GetParameter", &json!({"Name": "/app/url"}))
    }

    fn information(&self) -> Value {
        let listed = self
            .server
            .aws_json(&self.server.root(), &["ssm", "describe-instance-information"]);
        listed["InstanceInformationList"][0].clone()
    }
}

#[test]
fn a_node_gets_credentials_for_its_key_works_with_them_and_loses_them_with_its_registration() {
    let mut scene = registered();
    let credentials = scene.token();
    let members: Vec<_> = credentials.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        members,
        [
            "AccessKeyId",
            "SecretAccessKey",
            "SessionToken",
            "TokenExpirationDate",
            "UpdateKeyPair"
        ]
    );
    assert_eq!(credentials["UpdateKeyPair"], false);
    assert_eq!(scene.read(&credentials)["Parameter"]["Value"], "postgres://db");

    let node = scene.node.clone();
    let minimal = json!({"AgentName": "amazon-ssm-agent", "AgentVersion": "3.3.1000.0", "InstanceId": node, "PlatformType": "Linux"});
    assert_eq!(
        scene
            .machine
            .call(&credentials, "UpdateInstanceInformation", &minimal),
        json!({})
    );
    assert_eq!(scene.heartbeat(&credentials, &node), json!({}));
    let mut told = scene.information();
    for date in ["LastPingDateTime", "RegistrationDate", "ActivationId"] {
        assert!(told.as_object_mut().unwrap().remove(date).is_some(), "{date}");
    }
    assert_eq!(
        told,
        json!({
            "InstanceId": node, "PingStatus": "Online", "AgentVersion": "3.3.1000.0", "PlatformType": "Linux",
            "PlatformName": "Debian GNU/Linux", "PlatformVersion": "12", "IamRole": "node",
            "ResourceType": "ManagedInstance", "Name": "web", "IPAddress": "192.0.2.7", "ComputerName": "vm?[2J",
            "SourceId": node, "SourceType": "AWS::SSM::ManagedInstance",
        })
    );
    let associations = scene.machine.call(
        &credentials,
        "ListInstanceAssociations",
        &json!({"InstanceId": node}),
    );
    assert_eq!(associations, json!({"Associations": []}));

    let root = scene.server.root();
    scene.server.aws_json(
        &root,
        &["ssm", "deregister-managed-instance", "--instance-id", &node],
    );
    assert_eq!(scene.read(&credentials)["code"], "UnrecognizedClientException");
    let gone = scene.token();
    assert_eq!(
        (&gone["code"], &gone["message"]),
        (
            &json!("InvalidInstanceId"),
            &json!(format!("Not existing InstanceId {node}"))
        )
    );
    let again = scene.server.aws(
        &root,
        &["ssm", "deregister-managed-instance", "--instance-id", &node],
    );
    assert!(again.error().contains("(InvalidInstanceId)"), "{again:?}");
}

#[test]
fn a_nodes_key_opens_nothing_else_and_nobody_elses_key_opens_the_node() {
    let mut scene = registered();
    let node = scene.node.clone();
    let refused = |answer: Value| answer["code"].as_str().unwrap_or("none").to_owned();
    let fingerprint = json!({"Fingerprint": FINGERPRINT});
    let token = "RequestManagedInstanceRoleToken";

    let other = scene
        .machine
        .with_key(&node, "other", token, &fingerprint, &json!({}));
    assert_eq!(refused(other), "InvalidSignatureException");
    let cloned = scene.machine.token(&node, "key", "another-machine");
    assert_eq!(refused(cloned), "MachineFingerprintDoesNotMatch");
    let late = scene
        .machine
        .with_key(&node, "key", token, &fingerprint, &json!({"skew": -400}));
    assert_eq!(refused(late), "InvalidSignatureException");
    let early = scene
        .machine
        .with_key(&node, "key", token, &fingerprint, &json!({"skew": 400}));
    assert_eq!(refused(early), "InvalidSignatureException");
    let elsewhere =
        scene
            .machine
            .with_key(&node, "key", token, &fingerprint, &json!({"region": "eu-west-1"}));
    assert_eq!(refused(elsewhere), "InvalidInstanceId");
    let none = scene
        .machine
        .with_key("mi-00000000000000000", "key", token, &fingerprint, &json!({}));
    assert_eq!(refused(none), "InvalidInstanceId");
    for (target, body) in [
        ("GetParameter", json!({"Name": "/app/url"})),
        ("UpdateInstanceInformation", json!({"InstanceId": node})),
        (
            "RegisterManagedInstance",
            json!({"PublicKey": "A".repeat(392), "Fingerprint": "f"}),
        ),
        ("DescribeInstanceInformation", json!({})),
    ] {
        let answer = scene.machine.with_key(&node, "key", target, &body, &json!({}));
        assert_eq!(refused(answer), "UnrecognizedClientException", "{target}");
    }
    let root = scene.server.root();
    let signed = scene
        .server
        .call(&root, "AmazonSSM.RequestManagedInstanceRoleToken", &fingerprint);
    signed.refused(400, "AccessDeniedException");
}

#[test]
fn a_heartbeat_comes_from_the_node_itself() {
    let mut scene = registered();
    let node = scene.node.clone();
    let activation = scene.server.activation(&scene.server.root(), &json!({}));
    let other = scene.machine.register(&activation, "second", "f2");
    let other = other["InstanceId"].as_str().unwrap().to_owned();
    let others = scene.machine.token(&other, "second", "f2");
    assert_eq!(scene.heartbeat(&others, &node)["code"], "AccessDeniedException");
    let root = scene.server.root();
    let body = json!({"InstanceId": node});
    let answer = scene
        .server
        .call(&root, "AmazonSSM.UpdateInstanceInformation", &body);
    answer.refused(400, "AccessDeniedException");
    // A session of the role that only calls itself like the node.
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
    let members = [("RoleName", "node"), ("PolicyDocument", trust)];
    scene.server.iam(&root, "UpdateAssumeRolePolicy", &members).ok();
    let assume = json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]);
    let mallory = scene.server.user("mallory", &assume);
    let imposter = scene
        .server
        .assume(&mallory, "arn:aws:iam::111122223333:role/node", &node);
    let answer = scene
        .server
        .call(&imposter, "AmazonSSM.UpdateInstanceInformation", &body);
    answer.refused(400, "AccessDeniedException");
    // And the node gets no credentials any more: its role does not trust Systems Manager.
    assert_eq!(scene.token()["code"], "ValidationException");
}

#[test]
fn policies_see_which_node_calls() {
    let mut scene = registered();
    let node = scene.node.clone();
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Action": "ssm:GetParameter", "Resource": "*",
        "Condition": {"ArnEquals": {"ssm:SourceInstanceARN": format!("arn:aws:ssm:us-east-1:111122223333:managed-instance/{node}")}},
    }]});
    let document = policy.to_string();
    let members = [
        ("RoleName", "node"),
        ("PolicyName", "not-this-one"),
        ("PolicyDocument", document.as_str()),
    ];
    let root = scene.server.root();
    scene.server.iam(&root, "PutRolePolicy", &members).ok();
    let credentials = scene.token();
    assert_eq!(scene.read(&credentials)["code"], "AccessDeniedException");
    let activation = scene.server.activation(&root, &json!({}));
    let other = scene.machine.register(&activation, "second", "f2");
    let other = other["InstanceId"].as_str().unwrap().to_owned();
    let credentials = scene.machine.token(&other, "second", "f2");
    assert_eq!(scene.read(&credentials)["Parameter"]["Value"], "postgres://db");
}

#[test]
fn a_key_is_rotated_and_the_old_one_counts_until_the_new_one_has_signed() {
    let mut scene = registered();
    let node = scene.node.clone();
    let update = "UpdateManagedInstancePublicKey";
    let body = json!({"NewPublicKey": scene.machine.public_key("new"), "NewPublicKeyType": "Rsa"});
    for _ in 0..2 {
        assert_eq!(
            scene.machine.with_key(&node, "key", update, &body, &json!({})),
            json!({})
        );
    }
    assert!(
        scene.token()["AccessKeyId"].is_string(),
        "the old key counts still"
    );
    assert!(scene.machine.token(&node, "new", FINGERPRINT)["AccessKeyId"].is_string());
    assert_eq!(scene.token()["code"], "InvalidSignatureException");
    assert_eq!(scene.machine.replay(update)["code"], "InvalidSignatureException");
    // A recorded announcement does not take the place of a newer one.
    let third = json!({"NewPublicKey": scene.machine.public_key("third"), "NewPublicKeyType": "Rsa"});
    let fourth = json!({"NewPublicKey": scene.machine.public_key("fourth"), "NewPublicKeyType": "Rsa"});
    let announce = |scene: &mut Scene, body: &Value, skew: i64| {
        scene
            .machine
            .with_key(&node, "new", update, body, &json!({"skew": skew}))
    };
    assert_eq!(announce(&mut scene, &fourth, 2), json!({}));
    assert_eq!(
        announce(&mut scene, &third, 1),
        json!({}),
        "an older one changes nothing"
    );
    assert_eq!(
        scene.machine.token(&node, "third", FINGERPRINT)["code"],
        "InvalidSignatureException"
    );
    assert!(scene.machine.token(&node, "fourth", FINGERPRINT)["AccessKeyId"].is_string());
}

#[test]
fn a_node_outlives_a_restart_and_what_it_has_recorded_stays() {
    let mut scene = registered();
    let node = scene.node.clone();
    let credentials = scene.token();
    scene.heartbeat(&credentials, &node);
    let Scene { server, machine, .. } = scene;
    drop(machine);
    let server = server.stop().start();
    let machine = Machine::start(&server);
    let mut scene = Scene {
        server,
        machine,
        node,
    };
    let told = scene.information();
    assert_eq!(
        (&told["PingStatus"], &told["ComputerName"]),
        (&json!("Online"), &json!("vm?[2J"))
    );
    assert_eq!(scene.read(&credentials)["Parameter"]["Value"], "postgres://db");
}
