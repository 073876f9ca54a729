//! Every error of Parameter Store that a request alone can bring about, as each of AWS's clients shows it.
//!
//! Denials, throttling and limits on the number of parameters are other scenes' matter.

mod reads;
mod rust_sdk;
mod writes;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{
    ACCOUNT, Output, Server, clients_directory, javascript_directory, policy, tool, venv_binary,
};
use crate::parameter_sdks;

/// Name, operation as boto3 calls it, request, and what is said: code and message, ids as `…`.
type Refusal = (&'static str, &'static str, Value, &'static str);

const MALFORMED: &str = r#"ValidationException: Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"#;

/// A resource policy that lets somebody do something.
fn sharing(principal: &str, action: &str) -> String {
    policy(&json!([{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*"}]))
}

/// Keys that parameters cannot be encrypted under.
struct Keys {
    disabled: String,
    pending: String,
    rsa: String,
}

impl Keys {
    fn make(server: &Server) -> Keys {
        let root = server.root();
        let [disabled, pending] = [(); 2].map(|()| server.key());
        server.put("/e/secret", "v", Some(&disabled));
        server
            .call(&root, "TrentService.DisableKey", &json!({"KeyId": disabled}))
            .ok();
        let deletion = json!({"KeyId": pending, "PendingWindowInDays": 7});
        server
            .call(&root, "TrentService.ScheduleKeyDeletion", &deletion)
            .ok();
        let rsa = json!({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"});
        let rsa = server.call(&root, "TrentService.CreateKey", &rsa).ok().json();
        let rsa = rsa["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
        Keys {
            disabled,
            pending,
            rsa,
        }
    }
}

/// Makes what the table's requests are about; gives the id of the resource policy.
fn furnish(server: &Server) -> String {
    let ssm = |operation: &str, body: Value| {
        let answer = server.call(&server.root(), &format!("AmazonSSM.{operation}"), &body);
        answer.ok().json()
    };
    server.put("/e/plain", "v", None);
    let labels: Vec<String> = (0..10).map(|n| format!("l{n}")).collect();
    ssm(
        "LabelParameterVersion",
        json!({"Name": "/e/plain", "Labels": labels}),
    );
    for _ in 0..100 {
        server.put("/e/full", "v", None);
    }
    let oldest = json!({"Name": "/e/full", "ParameterVersion": 1, "Labels": ["keep"]});
    ssm("LabelParameterVersion", oldest);
    let advanced = json!({"Name": "/e/advanced", "Value": "v", "Type": "String", "Tier": "Advanced"});
    ssm("PutParameter", advanced);
    let arn = format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/e/advanced");
    let policy = json!({"ResourceArn": arn, "Policy": sharing("444455556666", "ssm:GetParameter")});
    let made = ssm("PutResourcePolicy", policy);
    made["PolicyId"].as_str().unwrap().to_owned()
}

/// What is said without what differs from one run to the next.
fn normal(said: &str) -> String {
    let id = regex::Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|x{101}").unwrap();
    id.replace_all(said, "…").into_owned()
}

/// A server with what the requests are about, and the table of them.
struct Scene {
    server: Server,
    table: Vec<Refusal>,
}

impl Scene {
    fn new() -> Scene {
        let server = Server::start();
        let (shared, keys) = (furnish(&server), Keys::make(&server));
        let table = [writes::refusals(&keys, &shared), reads::refusals()].concat();
        Scene { server, table }
    }

    /// The requests in a file, for clients that are programs of their own.
    fn cases(&self) -> PathBuf {
        let case = |(name, operation, request, _): &Refusal| json!([name, operation, request]);
        let cases: Vec<Value> = self.table.iter().map(case).collect();
        let file = self.server.scratch("refusals").join("cases.json");
        fs::write(&file, Value::from(cases).to_string()).unwrap();
        file
    }

    fn python(&self, script: &str) -> Command {
        let mut python = self.server.client(&self.server.root(), &venv_binary("python"));
        python.arg(clients_directory().join(script)).arg(self.cases());
        python
    }

    /// Holds what a client was told against the table.
    fn hold(&self, seen: &Value) {
        assert_eq!(
            seen.as_object().unwrap().len(),
            self.table.len(),
            "names are distinct"
        );
        for (name, _, _, expected) in &self.table {
            assert_eq!(normal(seen[name].as_str().unwrap()), *expected, "{name}");
        }
    }
}

#[test]
fn every_refusal_has_the_code_and_the_words_that_it_has_on_aws() {
    let scene = Scene::new();
    scene.hold(&Output::of(&mut scene.python("boto3_refusals.py")).json());
}

#[test]
fn the_aws_cli_prints_every_refusal() {
    let scene = Scene::new();
    let configuration = scene.server.scratch("cli").join("config");
    fs::write(&configuration, "[default]\nparameter_validation = false\n").unwrap();
    let mut cli = scene.python("awscli_refusals.py");
    scene.hold(&Output::of(cli.env("AWS_CONFIG_FILE", configuration)).json());
}

#[test]
fn the_javascript_sdk_knows_every_refusal() {
    let scene = Scene::new();
    let mut node = scene.server.client(&scene.server.root(), &tool("node"));
    node.arg("refusals.mjs")
        .arg(scene.cases())
        .current_dir(javascript_directory());
    scene.hold(&Output::of(&mut node).json());
}

#[tokio::test]
async fn the_rust_sdk_knows_every_refusal() {
    let scene = Scene::new();
    let ssm = parameter_sdks::ssm(&scene.server);
    for (name, operation, request, expected) in &scene.table {
        let said = rust_sdk::said(&ssm, operation, request).await;
        assert_eq!(normal(&said), *expected, "{name}");
    }
}
