//! Which node is meant.

use std::io::{self, BufRead as _, Read as _};

use serde::Deserialize;
use serde_json::json;

use crate::call::Client;
use crate::failure::Failure;
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
        None => meant(nodes, said),
    };
    match candidates.as_slice() {
        [] if said.is_empty() => Err(Failure::Missing(
            "there are no nodes yet; `kagiban node activate --help` says how one is added".to_owned(),
        )),
        [] => Err(Failure::Missing(format!("there is no node `{}`", safe(said)))),
        [only] if tag.is_some() || only.is_called(said) => Ok(only.instance_id.clone()),
        several if prompt::has_person() => pick(several),
        several if said.is_empty() => Err(Failure::Usage(format!(
            "name a node, such as one of these by its id:\n{}",
            table(several)
        ))),
        several => Err(Failure::Usage(format!(
            "`{}` could be several nodes, or is not all of a name; name one by its id:\n{}",
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

/// Those that are called so, or, if there are none, those that sound like it.
fn meant(nodes: Vec<Node>, said: &str) -> Vec<Node> {
    let called: Vec<Node> = nodes
        .iter()
        .filter(|node| node.is_called(said))
        .cloned()
        .collect();
    match called.is_empty() {
        false => called,
        true => nodes.into_iter().filter(|node| node.sounds_like(said)).collect(),
    }
}

impl Node {
    fn is_called(&self, said: &str) -> bool {
        let short = self.computer_name.split('.').next().unwrap_or_default();
        [&self.name, &self.computer_name, short, &self.ip_address]
            .iter()
            .any(|name| !name.is_empty() && name.eq_ignore_ascii_case(said))
    }

    /// Whether the letters come in this order in one of its names.
    fn sounds_like(&self, said: &str) -> bool {
        [
            &self.name,
            &self.computer_name,
            &self.instance_id,
            &self.ip_address,
        ]
        .iter()
        .any(|name| {
            let mut letters = name.chars().flat_map(char::to_lowercase);
            said.chars()
                .flat_map(char::to_lowercase)
                .all(|wanted| letters.any(|letter| letter == wanted))
        })
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

/// Asks: a number chooses, letters leave those that sound like it.
fn pick(nodes: &[Node]) -> Result<String, Failure> {
    let mut left = nodes.to_vec();
    loop {
        eprintln!("{}", table(&left));
        eprint!("Which? A number, or letters of its name: ");
        let mut answer = String::new();
        io::stdin().lock().take(200).read_line(&mut answer)?;
        let answer = answer.trim();
        if answer.is_empty() {
            return Err(Failure::Declined);
        }
        match choose(&left, answer) {
            Choice::Node(id) => return Ok(id),
            Choice::Left(fewer) => left = fewer,
            Choice::Nothing => eprintln!("There is no such node."),
        }
    }
}

#[derive(Debug, Eq, PartialEq)]
enum Choice {
    Node(String),
    Left(Vec<Node>),
    Nothing,
}

fn choose(nodes: &[Node], answer: &str) -> Choice {
    let number = answer.parse::<usize>().ok();
    if let Some(node) = number.and_then(|number| nodes.get(number.checked_sub(1)?)) {
        return Choice::Node(node.instance_id.clone());
    }
    let left = meant(nodes.to_vec(), answer);
    match left.as_slice() {
        [] => Choice::Nothing,
        [only] => Choice::Node(only.instance_id.clone()),
        _ => Choice::Left(left),
    }
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
    fn whole_names_come_before_parts_of_names() {
        assert_eq!(ids(&meant(nodes(), "WEB")), ["mi-1", "mi-2"]);
        assert_eq!(ids(&meant(nodes(), "web-2")), ["mi-2"]);
        assert_eq!(ids(&meant(nodes(), "wml")), ["mi-1", "mi-2", "mi-3"]);
        assert_eq!(ids(&meant(nodes(), "wbmail")), ["mi-3"]);
        assert!(meant(nodes(), "db").is_empty());
    }

    #[test]
    fn a_person_chooses_by_number_or_by_letters() {
        assert_eq!(choose(&nodes(), "2"), Choice::Node("mi-2".to_owned()));
        assert_eq!(choose(&nodes(), "webmail"), Choice::Node("mi-3".to_owned()));
        assert!(matches!(choose(&nodes(), "web"), Choice::Left(left) if left.len() == 2));
        assert_eq!(choose(&nodes(), "xyz"), Choice::Nothing);
        assert_eq!(choose(&nodes(), "0"), Choice::Nothing);
    }
}
