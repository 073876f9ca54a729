//! Which node is meant.

use std::ffi::OsStr;

use clap_complete::{ArgValueCompleter, CompletionCandidate};
use serde::Deserialize;
use serde_json::json;

use crate::call::Client;
use crate::commands::completion::{self, in_time};
use crate::endpoint::Service;
use crate::failure::Failure;
use crate::picker::{self, Pickable, meant};
use crate::prompt;
use crate::style::{Style, safe};
use crate::table::Table;

/// What is known of a node.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Node {
    instance_id: String,
    #[serde(default)]
    ping_status: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    computer_name: String,
    #[serde(default, rename = "IPAddress")]
    ip_address: String,
    #[serde(default)]
    platform_name: String,
}

/// Completes ids and names of nodes.
pub(crate) fn node_names() -> ArgValueCompleter {
    completer(|node| vec![(&node.instance_id, &node.name), (&node.name, &node.instance_id)])
}

/// Completes ids of nodes.
pub(crate) fn node_ids() -> ArgValueCompleter {
    completer(|node| vec![(&node.instance_id, &node.name)])
}

/// Completes what `words` makes of each node, with a word about it; nothing if the nodes cannot be had.
fn completer(words: impl Fn(&Node) -> Vec<(&String, &String)> + Send + Sync + 'static) -> ArgValueCompleter {
    ArgValueCompleter::new(move |typed: &OsStr| {
        let typed = typed.to_str().unwrap_or_default();
        let nodes = in_time(|| all_nodes().unwrap_or_default());
        let words = nodes.iter().flat_map(&words);
        words
            .filter(|(word, _)| !word.is_empty() && word.starts_with(typed))
            .map(|(word, about)| CompletionCandidate::new(word).help(Some(safe(about).into())))
            .collect()
    })
}

fn all_nodes() -> Result<Vec<Node>, Failure> {
    let client = completion::target().client(Service::Ssm)?;
    client.all("DescribeInstanceInformation", json!({"MaxResults": 50}))
}

/// The id of the node that is meant; an empty text may mean any.
///
/// # Errors
///
/// If there is none, or there are several and nobody to ask.
pub(super) fn resolve(client: &Client, said: &str) -> Result<String, Failure> {
    if is_id(said) {
        return Ok(said.to_owned());
    }
    let tag = said.split_once(':');
    let filters: Vec<_> = tag
        .iter()
        .map(|(key, value)| json!({"Key": format!("tag:{key}"), "Values": [value]}))
        .collect();
    let body = json!({"MaxResults": 50, "Filters": filters});
    let nodes: Vec<Node> = client.all("DescribeInstanceInformation", body)?;
    let candidates = match tag {
        Some(_) => nodes,
        None => meant(&nodes, said),
    };
    match candidates.as_slice() {
        [] if said.is_empty() => Err(Failure::Missing(
            "there are no nodes yet; `kagiban node activate --help` says how one is added".to_owned(),
        )),
        [] => Err(Failure::Missing(format!("there is no node `{}`", safe(said)))),
        [only] if tag.is_some() || only.is_called(said) => Ok(only.instance_id.clone()),
        several if prompt::has_person() => {
            let picked = picker::pick(several, "Which? A number, or letters of its name: ", table)?;
            picked.map(|node| node.instance_id).ok_or(Failure::Declined)
        }
        several if said.is_empty() => Err(Failure::Usage(format!(
            "name a node, such as one of these by its id:\n{}",
            table(several)
        ))),
        several => Err(Failure::Usage(format!(
            "`{}` could be several nodes, or is not all of a name that an administrator has given; name one by its id:\n{}",
            safe(said),
            table(several)
        ))),
    }
}

fn is_id(said: &str) -> bool {
    let digits = said.strip_prefix("mi-").or_else(|| said.strip_prefix("i-"));
    digits.is_some_and(|digits| {
        matches!(digits.len(), 8 | 17) && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

impl Pickable for Node {
    fn names(&self) -> Vec<&str> {
        vec![
            &self.name,
            &self.computer_name,
            &self.ip_address,
            &self.instance_id,
            self.computer_name.split('.').next().unwrap_or_default(),
        ]
    }

    /// By its id, or the name that an administrator has given: the others are what a node says of itself,
    /// and any could call itself as another one does.
    fn is_called(&self, said: &str) -> bool {
        let given = [&self.instance_id, &self.name];
        given
            .iter()
            .any(|name| !name.is_empty() && name.eq_ignore_ascii_case(said))
    }
}

fn table(nodes: &[Node]) -> String {
    let mut table = Table::new(["", "ID", "NAME", "COMPUTER", "ADDRESS", "STATUS", "PLATFORM"]);
    for (number, node) in nodes.iter().enumerate() {
        table.row([
            (number + 1).to_string(),
            node.instance_id.clone(),
            node.name.clone(),
            node.computer_name.clone(),
            node.ip_address.clone(),
            node.ping_status.clone(),
            node.platform_name.clone(),
        ]);
    }
    table.text(Style::new(false), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, name: &str, computer_name: &str) -> Node {
        Node {
            instance_id: id.to_owned(),
            name: name.to_owned(),
            computer_name: computer_name.to_owned(),
            ..Node::default()
        }
    }

    fn nodes() -> Vec<Node> {
        vec![
            node("mi-1", "web", "web-1.example.com"),
            node("mi-2", "web", "web-2.example.com"),
            node("mi-3", "webmail", "mail.example.com"),
        ]
    }

    fn ids(nodes: &[Node]) -> Vec<&str> {
        nodes.iter().map(|node| node.instance_id.as_str()).collect()
    }

    #[test]
    fn ids_are_taken_as_they_are() {
        assert!(is_id("mi-0123456789abcdef0") && is_id("i-0123abcd"));
        assert!(!is_id("mi-web") && !is_id("i-0123456789abcdefg") && !is_id("web"));
    }

    #[test]
    fn a_node_cannot_put_itself_in_the_place_of_another() {
        let impostor = Node {
            ip_address: "10.0.0.1".to_owned(),
            ..node("mi-9", "", "web")
        };
        let all = [&nodes()[..], &[impostor, node("mi-8", "", "mi-1")]].concat();
        assert_eq!(ids(&meant(&all, "web")), ["mi-1", "mi-2"]);
        assert_eq!(ids(&meant(&all, "mi-1")), ["mi-1"]);
        for said in ["10.0.0.1", "web-1.example.com"] {
            let [only] = &meant(&all, said)[..] else {
                panic!("{said}")
            };
            assert!(!only.is_called(said), "{said}: a person is asked");
        }
    }

    #[test]
    fn whole_names_come_before_parts_of_names() {
        assert_eq!(ids(&meant(&nodes(), "WEB")), ["mi-1", "mi-2"]);
        assert_eq!(ids(&meant(&nodes(), "web-2")), ["mi-2"]);
        assert_eq!(ids(&meant(&nodes(), "wml")), ["mi-1", "mi-2", "mi-3"]);
        assert_eq!(ids(&meant(&nodes(), "wbmail")), ["mi-3"]);
        assert!(meant(&nodes(), "db").is_empty());
    }
}
