//! What is told of a node, and whether it is there.

use std::time::Duration;

use kagiban_aws::Timestamp;

use super::{NodeId, NodeKind, Presence};
use crate::records::{Node, Reported, Rights};
use crate::wire::{self, ping_status, source_type};

/// A node and when it was last heard of, of memory and store the newest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'n> {
    pub(crate) id: &'n NodeId,
    pub(crate) node: &'n Node,
    pub(crate) last: Timestamp,
    pub(crate) status: &'static str,
}

/// Two heartbeats of the agent, which come every five minutes.
// UNSURE: AWS says five minutes and shows up to ten.
const ONLINE: Duration = Duration::from_secs(10 * 60);
const INACTIVE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl<'n> Seen<'n> {
    /// Looks at a node.
    pub(crate) fn of(id: &'n NodeId, node: &'n Node, presence: &Presence, now: Timestamp) -> Seen<'n> {
        let heard = presence.last_heard(id).max(node.last_ping);
        let last = heard.unwrap_or(node.registered);
        let within = |span| now < last.plus(span);
        let status = match heard {
            _ if presence.is_connected(id) => ping_status::ONLINE,
            Some(_) if within(ONLINE) => ping_status::ONLINE,
            _ if within(INACTIVE) => ping_status::CONNECTION_LOST,
            _ => ping_status::INACTIVE,
        };
        Seen {
            id,
            node,
            last,
            status,
        }
    }

    /// What the agent has said.
    pub(crate) fn reported(&self) -> Option<&'n Reported> {
        self.node.reported.as_deref()
    }

    /// The role of a node that has one by itself.
    pub(crate) fn role(&self) -> Option<&'n str> {
        match &self.node.rights {
            Rights::Role(role) => Some(role),
            Rights::InstanceProfile(_) => None,
        }
    }

    /// As DescribeInstanceInformation prints it.
    //
    // DIFFERS: no IsLatestVersion, because nobody here knows AWS's newest agent; instances have
    // ActivationId, Name and RegistrationDate too, since they come by an activation here.
    pub(crate) fn information(&self) -> wire::InstanceInformation {
        let said = |member: fn(&Reported) -> &Option<Box<str>>| {
            self.reported()
                .and_then(|reported| member(reported).as_deref())
                .map(str::to_owned)
        };
        wire::InstanceInformation {
            instance_id: Some(self.id.to_string()),
            ping_status: Some(self.status.to_owned()),
            last_ping_date_time: Some(self.last),
            agent_version: said(|reported| &reported.agent_version),
            platform_type: said(|reported| &reported.platform_type),
            platform_name: said(|reported| &reported.platform_name),
            platform_version: said(|reported| &reported.platform_version),
            activation_id: Some(self.node.activation.to_string()),
            iam_role: self.role().map(str::to_owned),
            registration_date: Some(self.node.registered),
            resource_type: Some(self.id.kind().as_str().to_owned()),
            name: self.node.name.as_deref().map(str::to_owned),
            ip_address: said(|reported| &reported.ip_address).map(Into::into),
            computer_name: said(|reported| &reported.computer_name),
            source_id: Some(self.id.to_string()),
            source_type: Some(source_of(self.id.kind()).to_owned()),
            ..wire::InstanceInformation::default()
        }
    }
}

/// AWS's word for where a node of a kind comes from.
pub(crate) fn source_of(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::ManagedInstance => source_type::AWS__SSM__MANAGED_INSTANCE,
        NodeKind::Ec2Instance => source_type::AWS__EC2__INSTANCE,
    }
}

impl Reported {
    /// The same with what is new; what is not said again stays.
    pub(crate) fn updated(&self, new: Reported) -> Reported {
        let old = self.clone();
        Reported {
            agent_name: new.agent_name.or(old.agent_name),
            agent_version: new.agent_version.or(old.agent_version),
            platform_type: new.platform_type.or(old.platform_type),
            platform_name: new.platform_name.or(old.platform_name),
            platform_version: new.platform_version.or(old.platform_version),
            computer_name: new.computer_name.or(old.computer_name),
            ip_address: new.ip_address.or(old.ip_address),
        }
    }
}

/// A text from a node, harmless on a terminal: control characters and those that turn the direction of
/// writing round become `?`. Nothing is kept of an empty one.
pub(crate) fn harmless(text: Option<String>) -> Option<Box<str>> {
    let text = text.filter(|text| !text.is_empty())?;
    let plain = |c: char| if is_harmful(c) { '?' } else { c };
    Some(text.chars().map(plain).collect::<String>().into())
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(last_ping: Option<Timestamp>) -> Node {
        Node {
            activation: "a".into(),
            rights: Rights::Role("node".into()),
            name: None,
            public_key: Box::default(),
            next_public_key: None,
            key_announced: None,
            fingerprint: "f".into(),
            registered: Timestamp::from_seconds(0),
            tags: Box::default(),
            reported: None,
            last_ping,
            rest: Default::default(),
        }
    }

    #[test]
    fn a_node_is_online_for_ten_minutes_lost_for_thirty_days_then_inactive() {
        let id = NodeId::parse("mi-0123456789abcdef0").unwrap();
        let presence = std::sync::Arc::new(Presence::default());
        let status = |node: &Node, now| Seen::of(&id, node, &presence, Timestamp::from_seconds(now)).status;
        let pinged = node(Some(Timestamp::from_seconds(1000)));
        assert_eq!(status(&pinged, 1599), "Online");
        assert_eq!(status(&pinged, 1600), "ConnectionLost");
        assert_eq!(status(&pinged, 1000 + 30 * 86_400), "Inactive");
        assert_eq!(status(&node(None), 1), "ConnectionLost", "it has only registered");
        presence.heard(&id, Timestamp::from_seconds(2000));
        assert_eq!(status(&pinged, 2500), "Online", "what memory knows is newer");
        let channel = presence.connect(&id, Timestamp::from_seconds(2000));
        assert_eq!(status(&pinged, 9000), "Online", "it holds its channel");
        drop(channel);
        assert_eq!(status(&pinged, 9000), "ConnectionLost");
    }

    #[test]
    fn what_would_move_a_terminals_cursor_is_kept_as_question_marks() {
        let harmless = |text: &str| harmless(Some(text.to_owned())).unwrap_or_default();
        assert_eq!(&*harmless("\u{1b}[2Jvm\r\n"), "?[2Jvm??");
        assert_eq!(&*harmless("a\u{202e}b\u{9b}c"), "a?b?c");
        assert_eq!(&*harmless("Größe 大"), "Größe 大");
        assert_eq!(&*harmless(""), "");
    }
}
