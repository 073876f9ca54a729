//! Filters of DescribeInstanceInformation and DescribeInstanceProperties: all must hold, and one of
//! each filter's values.

use super::information::{Seen, source_of};
use super::{NodeError, NodeKind};
use crate::records::Reported;
use crate::wire::{ping_status, platform_type};

/// The filters of one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct NodeFilters(Vec<Filter>);

#[derive(Clone, Debug)]
struct Filter {
    key: Key,
    how: How,
    values: Vec<String>,
}

#[derive(Clone, Debug)]
enum Key {
    Ids,
    AgentVersion,
    PingStatus,
    PlatformTypes,
    ActivationIds,
    IamRole,
    ResourceType,
    SourceIds,
    SourceTypes,
    AnyTag,
    Tag(String),
    /// No association and no document is ever run here by itself.
    Nothing,
}

/// How texts are compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum How {
    Equal,
    NotEqual,
    BeginWith,
    LessThan,
    GreaterThan,
}

impl NodeFilters {
    /// Reads keys and values, with an operator where the operation has one.
    ///
    /// # Errors
    ///
    /// `InvalidFilterKey`; `InvalidFilterValue` for a word that is not in its set.
    pub(crate) fn parse(
        wire: impl IntoIterator<Item = (Option<String>, Option<Vec<String>>, Option<String>)>,
    ) -> Result<NodeFilters, NodeError> {
        let filters = wire.into_iter().map(|(key, values, how)| {
            let key = Key::parse(key.unwrap_or_default())?;
            let values = values.unwrap_or_default();
            key.accept(&values)?;
            let how = How::parse(how.as_deref());
            Ok(Filter { key, how, values })
        });
        Ok(NodeFilters(filters.collect::<Result<_, _>>()?))
    }

    /// Whether a node is wanted.
    pub(crate) fn want(&self, seen: &Seen<'_>) -> bool {
        self.0.iter().all(|filter| filter.wants(seen))
    }
}

impl Key {
    fn parse(text: String) -> Result<Key, NodeError> {
        Ok(match text.as_str() {
            "InstanceIds" => Key::Ids,
            "AgentVersion" => Key::AgentVersion,
            "PingStatus" => Key::PingStatus,
            "PlatformTypes" => Key::PlatformTypes,
            "ActivationIds" => Key::ActivationIds,
            "IamRole" => Key::IamRole,
            "ResourceType" => Key::ResourceType,
            "SourceIds" => Key::SourceIds,
            "SourceTypes" => Key::SourceTypes,
            "AssociationStatus" | "DocumentName" => Key::Nothing,
            "tag-key" => Key::AnyTag,
            _ => match text.strip_prefix("tag:") {
                Some(key) => Key::Tag(key.to_owned()),
                None => return Err(NodeError::InvalidFilterKey(text)),
            },
        })
    }

    /// Refuses words outside the key's set, if it has one.
    fn accept(&self, values: &[String]) -> Result<(), NodeError> {
        let set: &[&str] = match self {
            Key::PingStatus => &[
                ping_status::ONLINE,
                ping_status::CONNECTION_LOST,
                ping_status::INACTIVE,
            ],
            Key::PlatformTypes => &[
                platform_type::WINDOWS,
                platform_type::LINUX,
                platform_type::MAC_OS,
            ],
            Key::ResourceType => &[NodeKind::ManagedInstance.as_str(), NodeKind::Ec2Instance.as_str()],
            _ => return Ok(()),
        };
        match values.iter().find(|value| !set.contains(&value.as_str())) {
            Some(unknown) => Err(NodeError::InvalidFilterValue(unknown.clone())),
            None => Ok(()),
        }
    }

    /// The node's texts of this key.
    fn of<'n>(&self, seen: &Seen<'n>) -> Vec<&'n str> {
        let said = |member: fn(&Reported) -> &Option<Box<str>>| {
            let said = seen.reported().and_then(|reported| member(reported).as_deref());
            said.into_iter().collect()
        };
        let tags = seen.node.tags.iter();
        match self {
            Key::Ids | Key::SourceIds => vec![seen.id.as_str()],
            Key::AgentVersion => said(|reported| &reported.agent_version),
            Key::PlatformTypes => said(|reported| &reported.platform_type),
            Key::PingStatus => vec![seen.status],
            Key::ActivationIds => vec![&seen.node.activation],
            Key::IamRole => seen.role().into_iter().collect(),
            Key::ResourceType => vec![seen.id.kind().as_str()],
            Key::SourceTypes => vec![source_of(seen.id.kind())],
            Key::AnyTag => tags.map(|tag| tag.key.as_str()).collect(),
            Key::Tag(key) => {
                let tags = tags.filter(|tag| tag.key == *key);
                tags.map(|tag| tag.value.as_str()).collect()
            }
            Key::Nothing => Vec::new(),
        }
    }
}

impl How {
    /// The wire has held the word against the set.
    fn parse(word: Option<&str>) -> How {
        match word {
            Some("NotEqual") => How::NotEqual,
            Some("BeginWith") => How::BeginWith,
            Some("LessThan") => How::LessThan,
            Some("GreaterThan") => How::GreaterThan,
            _ => How::Equal,
        }
    }

    fn holds(self, text: &str, value: &str) -> bool {
        match self {
            How::Equal | How::NotEqual => text == value,
            How::BeginWith => text.starts_with(value),
            How::LessThan => text < value,
            How::GreaterThan => text > value,
        }
    }
}

impl Filter {
    fn wants(&self, seen: &Seen<'_>) -> bool {
        let texts = self.key.of(seen);
        let found = texts
            .iter()
            .any(|text| self.values.iter().any(|value| self.how.holds(text, value)));
        found != (self.how == How::NotEqual)
    }
}
