//! `kagiban node list`: which nodes there are, and whether they are there.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::admission::Tag;
use crate::endpoint::{Service, Target};
use crate::failure::{EXIT_CODES, Failure};
use crate::output::Format;
use crate::parameters::Moment;
use crate::style::Style;
use crate::table::Table;

/// List nodes, and whether they are there
#[derive(clap::Args)]
#[command(after_long_help = long_help())]
pub(crate) struct Arguments {
    /// Only those that are there
    #[arg(long)]
    online: bool,
    /// Only those with this tag; all of them, if there are several
    #[arg(long, value_name = "KEY=VALUE")]
    tag: Vec<Tag>,
    #[command(flatten)]
    format: Format,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
What nodes say of themselves (names, platforms, addresses) is shown as they said it; nobody has proven it.

Examples:
  kagiban node list
  kagiban node list --online --tag env=prod"
    )
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Node {
    instance_id: String,
    ping_status: String,
    last_ping_date_time: Moment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    computer_name: Option<String>,
    #[serde(default, rename = "IPAddress", skip_serializing_if = "Option::is_none")]
    ip_address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    platform_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    platform_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iam_role: Option<String>,
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let client = target.client(Service::Ssm)?;
        let tags = self
            .tag
            .iter()
            .map(|tag| json!({"Key": format!("tag:{}", tag.key), "Values": [tag.value]}));
        let online = self
            .online
            .then(|| json!({"Key": "PingStatus", "Values": ["Online"]}));
        let filters: Vec<Value> = tags.chain(online).collect();
        let body = json!({"MaxResults": 50, "Filters": filters});
        let nodes: Vec<Node> = client.all("DescribeInstanceInformation", body)?;
        self.format
            .print(&json!({"Nodes": nodes}), |_| rows(&nodes, Style::of_output()))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn rows(nodes: &[Node], style: Style) -> String {
    let mut table = Table::new([
        "ID",
        "NAME",
        "STATUS",
        "LAST HEARD",
        "COMPUTER",
        "ADDRESS",
        "PLATFORM",
        "ROLE",
    ]);
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    for node in nodes {
        let platform = format!("{} {}", said(&node.platform_name), said(&node.platform_version));
        table.row([
            node.instance_id.clone(),
            said(&node.name),
            node.ping_status.clone(),
            node.last_ping_date_time.to_string(),
            said(&node.computer_name),
            said(&node.ip_address),
            platform.trim().to_owned(),
            said(&node.iam_role),
        ]);
    }
    table.text(style, "There is no such node.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_shown_with_what_it_says_of_itself_harmlessly() {
        let nodes: Vec<Node> = serde_json::from_str(
            r#"[{"InstanceId":"mi-0123456789abcdef0","PingStatus":"Online","LastPingDateTime":1769850487.9,"Name":"web","ComputerName":"vm\u001b[2J","IPAddress":"192.0.2.7","PlatformName":"Debian GNU/Linux","PlatformVersion":"12","IamRole":"node"},
                {"InstanceId":"i-0123456789abcdef0","PingStatus":"ConnectionLost","LastPingDateTime":0}]"#,
        )
        .unwrap();
        insta::assert_snapshot!(rows(&nodes, Style::new(false)), @r"
        ID                    NAME  STATUS          LAST HEARD            COMPUTER     ADDRESS    PLATFORM             ROLE
        mi-0123456789abcdef0  web   Online          2026-01-31T09:08:07Z  vm\u{1b}[2J  192.0.2.7  Debian GNU/Linux 12  node
        i-0123456789abcdef0         ConnectionLost  1970-01-01T00:00:00Z
        ");
    }
}
