//! A machine that wants to be a managed node, with keys of its own: Python's library signs, not ours.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};

use super::people::policy;
use super::workplace::{clients_directory, venv_binary};
use super::{Credentials, Server};

/// The machine's process.
pub(crate) struct Machine {
    process: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Machine {
    /// Switches it on.
    pub(crate) fn start(server: &Server) -> Self {
        let mut command = server.client(&server.root(), &venv_binary("python"));
        let script = clients_directory().join("machine.py");
        let command = command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("python runs");
        let (ask, answers) = (process.stdin.take(), process.stdout.take());
        Self {
            process,
            ask: ask.expect("it is a pipe"),
            answers: BufReader::new(answers.expect("it is a pipe")),
        }
    }

    fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.ask, "{question}").expect("the machine is there");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the machine is there");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: `{line}` to {question}"))
    }

    /// The public half of a key, which is made when it is first named.
    pub(crate) fn public_key(&mut self, key: &str) -> String {
        let told = self.ask(&json!({"how": "public", "key": key}));
        told["key"].as_str().expect("a key was made").to_owned()
    }

    /// Registers, unsigned, with what CreateActivation printed.
    pub(crate) fn register(&mut self, activation: &Value, key: &str, fingerprint: &str) -> Value {
        let body = json!({
            "ActivationId": activation["ActivationId"],
            "ActivationCode": activation["ActivationCode"],
            "Fingerprint": fingerprint,
            "PublicKey": self.public_key(key),
            "PublicKeyType": "Rsa",
        });
        self.unsigned("RegisterManagedInstance", &body)
    }

    /// Sends a request that nobody has signed.
    pub(crate) fn unsigned(&mut self, target: &str, body: &Value) -> Value {
        self.ask(&json!({"how": "unsigned", "target": target, "body": body}))
    }

    /// Sends a request signed with a node's key; `more` may name another `region` or a `skew` of the clock.
    pub(crate) fn with_key(
        &mut self,
        node: &str,
        key: &str,
        target: &str,
        body: &Value,
        more: &Value,
    ) -> Value {
        let mut question =
            json!({"how": "with_key", "node": node, "key": key, "target": target, "body": body});
        for (name, value) in more.as_object().into_iter().flatten() {
            question[name] = value.clone();
        }
        self.ask(&question)
    }

    /// Asks for the credentials of the node's role.
    pub(crate) fn token(&mut self, node: &str, key: &str, fingerprint: &str) -> Value {
        let body = json!({"Fingerprint": fingerprint});
        self.with_key(node, key, "RequestManagedInstanceRoleToken", &body, &json!({}))
    }

    /// Sends the last request of an operation that was signed with a key once more.
    pub(crate) fn replay(&mut self, target: &str) -> Value {
        self.ask(&json!({"how": "replay", "target": target}))
    }

    /// Sends a request signed with credentials, as `token` gives them.
    pub(crate) fn call(&mut self, credentials: &Value, target: &str, body: &Value) -> Value {
        let question =
            json!({"how": "with_credentials", "credentials": credentials, "target": target, "body": body});
        self.ask(&question)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// Makes a role for nodes, which may do what all nodes may.
    pub(crate) fn node_role(&self, name: &str) {
        let trust = policy(&json!([{
            "Effect": "Allow", "Principal": {"Service": "ssm.amazonaws.com"}, "Action": "sts:AssumeRole",
        }]));
        let members = [("RoleName", name), ("AssumeRolePolicyDocument", trust.as_str())];
        self.iam(&self.root(), "CreateRole", &members).ok();
        let core = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";
        let members = [("RoleName", name), ("PolicyArn", core)];
        self.iam(&self.root(), "AttachRolePolicy", &members).ok();
    }

    /// Lets a role do what these statements say.
    pub(crate) fn grant(&self, role: &str, statements: &Value) {
        let document = policy(statements);
        let members = [
            ("RoleName", role),
            ("PolicyName", "e2e"),
            ("PolicyDocument", document.as_str()),
        ];
        self.iam(&self.root(), "PutRolePolicy", &members).ok();
    }

    /// Makes an activation for the role `node`, with more members of CreateActivation.
    pub(crate) fn activation(&self, who: &Credentials, more: &Value) -> Value {
        let mut body = json!({"IamRole": "node"});
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        self.call(who, "AmazonSSM.CreateActivation", &body).ok().json()
    }
}
