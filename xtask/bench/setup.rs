//! What a server holds before it is measured, made through its own API.

use std::cell::Cell;
use std::rc::Rc;

use anyhow::{Context as _, Result};
use tokio::task::LocalSet;

use crate::client::{Address, Call, Connection};
use crate::identity::{ACCOUNT, Identity};
use crate::workload;

/// As many as a user may have attached.
const POLICIES: usize = 10;
const STATEMENTS: usize = 5;
const WRITERS: usize = 64;

/// Makes a user with as many policies as one may have, fifty statements in all, of which the last
/// alone allows anything that is asked here. Returns their access key.
///
/// # Errors
///
/// The server refuses.
pub(crate) async fn user(address: &Address) -> Result<Identity> {
    let root = Identity::root();
    let mut connection = Connection::open(address).await?;
    let user = ("UserName", "bench");
    connection.ask(&Call::iam("CreateUser", &[user]), &root).await?;
    for number in 0..POLICIES {
        let (name, document) = (format!("bench-{number}"), policy(number));
        let parameters = [("PolicyName", name.as_str()), ("PolicyDocument", &document)];
        let made = connection
            .ask(&Call::iam("CreatePolicy", &parameters), &root)
            .await?;
        let arn = ("PolicyArn", element(made, "Arn")?);
        let attach = Call::iam("AttachUserPolicy", &[user, arn]);
        connection.ask(&attach, &root).await?;
    }
    let key = connection
        .ask(&Call::iam("CreateAccessKey", &[user]), &root)
        .await?;
    Ok(Identity {
        access_key_id: element(key, "AccessKeyId")?.to_owned(),
        secret: element(key, "SecretAccessKey")?.to_owned(),
    })
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

/// One of the policies: half of its statements name the action, none but the very last the resource.
fn policy(number: usize) -> String {
    let statements: Vec<String> = (0..STATEMENTS).map(|statement| one(number, statement)).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
}

fn one(policy: usize, statement: usize) -> String {
    let last = policy == POLICIES - 1 && statement == STATEMENTS - 1;
    let (actions, path) = match statement % 2 {
        _ if last => (r#"["ssm:GetParameter*","ssm:PutParameter"]"#, "bench".to_owned()),
        0 => (
            r#"["ssm:GetParameter*","ssm:PutParameter"]"#,
            format!("other/{policy}/{statement}"),
        ),
        _ => (
            r#"["kms:Decrypt","kms:Encrypt"]"#,
            format!("other/{policy}/{statement}"),
        ),
    };
    format!(
        r#"{{"Effect":"Allow","Action":{actions},"Resource":"arn:aws:ssm:*:{ACCOUNT}:parameter/{path}/*"}}"#
    )
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
