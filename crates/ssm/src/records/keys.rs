//! Where the records lie; names are canonical.

use std::borrow::Cow;

use kagiban_aws::{AccountId, Region};
use kagiban_iam::Scope;
use kagiban_store::Key;

use crate::ParameterName;
use crate::nodes::NodeId;

fn ssm(scope: Scope, rest: &[&str]) -> Key {
    let account = scope.account.to_string();
    let ssm = ["a", &account, scope.region.as_str(), "ssm"];
    let parts: Vec<&str> = ssm.into_iter().chain(rest.iter().copied()).collect();
    Key::of(&parts)
}

/// `/a/A/R/ssm/p/<name>`
pub fn parameter(scope: Scope, name: &ParameterName) -> Key {
    ssm(scope, &["p", name.canonical()])
}

/// `/a/A/R/ssm/dp/<name>/parameter`
pub fn deleted(scope: Scope, name: &ParameterName) -> Key {
    ssm(scope, &["dp", name.canonical(), "parameter"])
}

/// `/a/A/R/ssm/pv/<name>/<version>` in the name's first life, `/a/A/R/ssm/pv/<name>:<life>/<version>`
/// in a later one: no name has a colon.
pub fn version(scope: Scope, name: &ParameterName, life: u32, version: i64) -> Key {
    let home = history(name, life);
    ssm(scope, &["pv", &home, &format!("{version:010}")])
}

/// Every older version of one life of a name.
pub fn versions(scope: Scope, name: &ParameterName, life: u32) -> Key {
    ssm(scope, &["pv", &history(name, life)]).under()
}

fn history(name: &ParameterName, life: u32) -> Cow<'_, str> {
    match life {
        0 => name.canonical().into(),
        _ => format!("{}:{life}", name.canonical()).into(),
    }
}

/// `/a/A/R/ssm/rp/<name>`
pub fn resource_policy(scope: Scope, name: &ParameterName) -> Key {
    ssm(scope, &["rp", name.canonical()])
}

/// `/a/A/R/ssm/servicesetting/<id>`
pub fn service_setting(scope: Scope, id: &str) -> Key {
    ssm(scope, &["servicesetting", id])
}

/// `/a/A/R/ssm/webhook/<name>`
pub fn webhook(scope: Scope, name: &str) -> Key {
    ssm(scope, &["webhook", name])
}

/// `/a/A/us-east-1/ssm/webhookmaking`: one of an account, for all Regions.
pub fn webhook_making(account: AccountId) -> Key {
    let region = Region::us_east_1();
    ssm(Scope { account, region }, &["webhookmaking"])
}

/// `/a/A/R/ssm/deadletter/<webhook>/<place>`; places sort by when they were given up.
pub fn dead_letter(scope: Scope, webhook: &str, place: &str) -> Key {
    ssm(scope, &["deadletter", webhook, place])
}

/// Everything that a webhook has given up.
pub fn dead_letters(scope: Scope, webhook: &str) -> Key {
    ssm(scope, &["deadletter", webhook]).under()
}

/// `/a/A/R/ssm/setting/<name>`
pub fn setting(scope: Scope, name: &str) -> Key {
    ssm(scope, &["setting", name])
}

/// `/a/A/R/ssm/act/<id>`
pub fn activation(scope: Scope, id: &str) -> Key {
    ssm(scope, &["act", id])
}

/// `/a/A/R/ssm/node/<id>`
pub fn node(scope: Scope, id: &NodeId) -> Key {
    ssm(scope, &["node", id.as_str()])
}

/// All nodes.
pub fn nodes(scope: Scope) -> Key {
    ssm(scope, &["node"]).under()
}

/// `/a/A/R/ssm/inventory/<node>/<type>`
pub fn inventory(scope: Scope, id: &NodeId, kind: &str) -> Key {
    ssm(scope, &["inventory", id.as_str(), kind])
}

/// Everything that a node has told.
pub fn inventories(scope: Scope, id: &NodeId) -> Key {
    ssm(scope, &["inventory", id.as_str()]).under()
}

/// `/a/A/R/ssm/doc/<name>`
pub fn document(scope: Scope, name: &str) -> Key {
    ssm(scope, &["doc", name])
}

/// `/a/A/R/ssm/docv/<name>/<version>`
pub fn document_version(scope: Scope, name: &str, version: i64) -> Key {
    ssm(scope, &["docv", name, &format!("{version:010}")])
}

/// All versions of a document.
pub fn document_versions(scope: Scope, name: &str) -> Key {
    ssm(scope, &["docv", name]).under()
}

/// `/a/A/R/ssm/sess/<id>`
pub fn session(scope: Scope, id: &str) -> Key {
    ssm(scope, &["sess", id])
}
