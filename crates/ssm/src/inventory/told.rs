//! What is known of a node by type: what it has told, and what the server knows.

use std::borrow::Cow;

use super::{Entry, Kind, TypeName};
use crate::nodes::Nodes;
use crate::nodes::information::Seen;
use crate::records::Inventory;
use crate::wire;

/// What is known of one type.
#[derive(Clone, Debug)]
pub(crate) struct Told<'n> {
    pub(crate) schema_version: &'n str,
    pub(crate) capture_time: Cow<'n, str>,
    content_hash: Option<&'n str>,
    pub(crate) content: Cow<'n, [Entry]>,
}

/// What is known of a node of one type; none if it has told nothing.
pub(crate) fn told<'n>(kind: &TypeName, seen: &Seen<'n>, nodes: &'n Nodes) -> Option<Told<'n>> {
    match kind.as_str() {
        Kind::INSTANCE_INFORMATION => Some(Told::by_the_server(seen, vec![information(seen)])),
        Kind::TAG => Some(Told::by_the_server(seen, tags(seen))),
        told => nodes
            .inventory(seen.id, told)
            .map(|inventory| Told::by_the_node(inventory)),
    }
}

impl<'n> Told<'n> {
    fn by_the_node(inventory: &'n Inventory) -> Told<'n> {
        Told {
            schema_version: &inventory.schema_version,
            capture_time: Cow::Borrowed(&inventory.capture_time),
            content_hash: inventory.content_hash.as_deref(),
            content: Cow::Borrowed(&inventory.content),
        }
    }

    fn by_the_server(seen: &Seen<'_>, content: Vec<Entry>) -> Told<'n> {
        Told {
            schema_version: "1.0",
            capture_time: Cow::Owned(seen.last.iso().to_string()),
            content_hash: None,
            content: Cow::Owned(content),
        }
    }

    /// As GetInventory prints it.
    pub(crate) fn printed(self, kind: &TypeName) -> wire::InventoryResultItem {
        wire::InventoryResultItem {
            type_name: Some(kind.as_str().to_owned()),
            schema_version: Some(self.schema_version.to_owned()),
            capture_time: Some(self.capture_time.into_owned()),
            content_hash: self.content_hash.map(str::to_owned),
            content: Some(self.content.into_owned()),
        }
    }
}

/// What the agent has said of itself and the machine, as AWS:InstanceInformation has it.
fn information(seen: &Seen<'_>) -> Entry {
    let said = seen.reported();
    let said = |name: &str, text: fn(&crate::records::Reported) -> &Option<Box<str>>| {
        let text = said.and_then(|said| text(said).as_deref());
        text.map(|text| (name.to_owned(), text.to_owned()))
    };
    let reported = [
        said("AgentType", |said| &said.agent_name),
        said("AgentVersion", |said| &said.agent_version),
        said("ComputerName", |said| &said.computer_name),
        said("IpAddress", |said| &said.ip_address),
        said("PlatformName", |said| &said.platform_name),
        said("PlatformType", |said| &said.platform_type),
        said("PlatformVersion", |said| &said.platform_version),
    ];
    let known = [
        ("InstanceId", seen.id.as_str()),
        ("InstanceStatus", "Active"), // a node that is deregistered is not listed
        ("ResourceType", seen.id.kind().as_str()),
    ];
    let known = known.map(|(name, text)| Some((name.to_owned(), text.to_owned())));
    reported.into_iter().chain(known).flatten().collect()
}

fn tags(seen: &Seen<'_>) -> Vec<Entry> {
    let entry = |key: &str, value: &str| {
        Entry::from([("Key", key), ("Value", value)].map(|(name, text)| (name.to_owned(), text.to_owned())))
    };
    let tags = seen.node.tags.iter();
    tags.map(|tag| entry(&tag.key, &tag.value)).collect()
}
