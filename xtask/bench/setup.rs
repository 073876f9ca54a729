//! What a server holds before it is measured, made through its own API.

use std::cell::Cell;
use std::rc::Rc;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tokio::task::LocalSet;

use crate::client::{Address, Call, Connection};
use crate::identity::{ACCOUNT, Identity};
use crate::{policies, workload};

const USER: (&str, &str) = ("UserName", "bench");
const ROLE: (&str, &str) = ("RoleName", "bench");
const WRITERS: usize = 64;

/// Makes a user with as many policies as one may have, of which the last statement alone allows
/// anything that is asked here. Returns their access key.
///
/// # Errors
///
/// The server refuses.
pub(crate) async fn user(address: &Address) -> Result<Identity> {
    let root = Identity::root();
    let mut connection = Connection::open(address).await?;
    connection.ask(&Call::iam("CreateUser", &[USER]), &root).await?;
    for (name, document) in policies::all() {
        let parameters = [("PolicyName", name.as_str()), ("PolicyDocument", &document)];
        let create = Call::iam("CreatePolicy", &parameters);
        connection.ask(&create, &root).await?;
        let attach = Call::iam("AttachUserPolicy", &[USER, ("PolicyArn", &arn(&name))]);
        connection.ask(&attach, &root).await?;
    }
    let key = connection
        .ask(&Call::iam("CreateAccessKey", &[USER]), &root)
        .await?;
    credentials(key, None)
}

/// Makes a role that the user may assume, with the user's policies.
///
/// # Errors
///
/// The server refuses.
pub(crate) async fn role(address: &Address) -> Result<()> {
    let root = Identity::root();
    let mut connection = Connection::open(address).await?;
    let trust = ("AssumeRolePolicyDocument", &*trust());
    connection
        .ask(&Call::iam("CreateRole", &[ROLE, trust]), &root)
        .await?;
    for (name, _) in policies::all() {
        let attach = Call::iam("AttachRolePolicy", &[ROLE, ("PolicyArn", &arn(&name))]);
        connection.ask(&attach, &root).await?;
    }
    Ok(())
}

/// The user may assume it.
pub(crate) fn trust() -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:user/bench"}}}}}}"#
    )
}

/// Begins a session of the role.
///
/// # Errors
///
/// The server refuses.
pub(crate) async fn session(address: &Address, user: &Identity) -> Result<Identity> {
    let mut connection = Connection::open(address).await?;
    let role = format!("arn:aws:iam::{ACCOUNT}:role/bench");
    let parameters = [("RoleArn", role.as_str()), ("RoleSessionName", "bench")];
    let session = connection
        .ask(&Call::sts("AssumeRole", &parameters), user)
        .await?;
    let token = element(session, "SessionToken")?.to_owned();
    credentials(session, Some(token))
}

fn credentials(answer: &str, token: Option<String>) -> Result<Identity> {
    Ok(Identity {
        access_key_id: element(answer, "AccessKeyId")?.to_owned(),
        secret: element(answer, "SecretAccessKey")?.to_owned(),
        token,
    })
}

fn arn(policy: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:policy/{policy}")
}

/// Puts `count` SecureStrings.
///
/// # Errors
///
/// The server refuses one.
pub(crate) async fn parameters(address: &Address, count: usize) -> Result<()> {
    let next = Rc::new(Cell::new(0));
    let writers = LocalSet::new();
    let tasks: Vec<_> = (0..WRITERS.min(count))
        .map(|_| {
            let (address, next) = (address.clone(), Rc::clone(&next));
            writers.spawn_local(async move { put(&address, count, &next).await })
        })
        .collect();
    for task in tasks {
        writers.run_until(task).await??;
    }
    Ok(())
}

async fn put(address: &Address, count: usize, next: &Cell<usize>) -> Result<()> {
    let root = Identity::root();
    let mut connection = Connection::open(address).await?;
    loop {
        let number = next.replace(next.get() + 1);
        if number >= count {
            return Ok(());
        }
        connection.ask(&workload::put(number, false), &root).await?;
    }
}

/// Makes a KMS key and returns its id.
///
/// # Errors
///
/// The server refuses.
pub(crate) async fn key(address: &Address, request: &Value) -> Result<String> {
    let mut connection = Connection::open(address).await?;
    let create = Call::kms("CreateKey", request.to_string());
    let answer: Value = serde_json::from_str(connection.ask(&create, &Identity::root()).await?)?;
    let id = answer["KeyMetadata"]["KeyId"].as_str();
    Ok(id.context("a key without an id")?.to_owned())
}

/// The role of managed nodes, which may do what all nodes may.
pub(crate) const NODE_ROLE: &str = "node";

/// What makes a machine a managed node.
pub(crate) struct Activation {
    pub(crate) id: String,
    pub(crate) code: String,
}

/// Makes the role of managed nodes.
///
/// # Errors
///
/// The server refuses.
pub(crate) async fn node_role(address: &Address) -> Result<()> {
    let root = Identity::root();
    let mut connection = Connection::open(address).await?;
    let role = ("RoleName", NODE_ROLE);
    let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ssm.amazonaws.com"}}}"#;
    let create = Call::iam("CreateRole", &[role, ("AssumeRolePolicyDocument", trust)]);
    connection.ask(&create, &root).await?;
    let core = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";
    let attach = Call::iam("AttachRolePolicy", &[role, ("PolicyArn", core)]);
    connection.ask(&attach, &root).await?;
    Ok(())
}

/// Makes an activation for so many nodes; the API allows a thousand.
///
/// # Errors
///
/// The server refuses.
pub(crate) async fn activation(address: &Address, nodes: usize) -> Result<Activation> {
    let mut connection = Connection::open(address).await?;
    let body = json!({"IamRole": NODE_ROLE, "RegistrationLimit": nodes}).to_string();
    let create = Call::ssm("CreateActivation", body);
    let answer: Value = serde_json::from_str(connection.ask(&create, &Identity::root()).await?)?;
    let member = |name: &str| {
        answer[name]
            .as_str()
            .context("an activation's member")
            .map(str::to_owned)
    };
    Ok(Activation {
        id: member("ActivationId")?,
        code: member("ActivationCode")?,
    })
}

/// The text of the first XML element of a name; ours hold nothing that is escaped.
fn element<'x>(xml: &'x str, name: &str) -> Result<&'x str> {
    let (_, rest) = xml
        .split_once(&format!("<{name}>"))
        .with_context(|| format!("no {name} in {xml}"))?;
    let (text, _) = rest
        .split_once("</")
        .with_context(|| format!("no end of {name} in {xml}"))?;
    Ok(text)
}
