//! The ids of managed nodes.

use kagiban_aws::Arn;
use kagiban_iam::{Entropy, Scope, hex};

use crate::records::Rights;

/// `mi-` or `i-` and seventeen hexadecimal digits: one machine, whatever its account and Region.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NodeId(Box<str>);

/// What AWS calls the two kinds of node.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NodeKind {
    /// `mi-…`: a machine anywhere, with a role.
    ManagedInstance,
    /// `i-…`: a machine with an instance profile.
    Ec2Instance,
}

impl NodeKind {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            NodeKind::ManagedInstance => "ManagedInstance",
            NodeKind::Ec2Instance => "EC2Instance",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            NodeKind::ManagedInstance => "mi-",
            NodeKind::Ec2Instance => "i-",
        }
    }

    /// The kind of node that has such rights.
    pub fn of(rights: &Rights) -> NodeKind {
        match rights {
            Rights::Role(_) => NodeKind::ManagedInstance,
            Rights::InstanceProfile(_) => NodeKind::Ec2Instance,
        }
    }
}

impl NodeId {
    const DIGITS: usize = 17;

    /// Reads an id; none if it cannot be one.
    pub fn parse(text: &str) -> Option<NodeId> {
        let digits = text.strip_prefix("mi-").or_else(|| text.strip_prefix("i-"))?;
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (digits.len() == Self::DIGITS && digits.bytes().all(is_digit)).then(|| NodeId(text.into()))
    }

    /// A new id.
    pub fn new(kind: NodeKind, entropy: &Entropy) -> NodeId {
        let digits = hex(&entropy.bytes::<9>());
        NodeId(format!("{}{}", kind.prefix(), &digits[..Self::DIGITS]).into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which kind of node it is.
    pub fn kind(&self) -> NodeKind {
        match self.0.starts_with(NodeKind::ManagedInstance.prefix()) {
            true => NodeKind::ManagedInstance,
            false => NodeKind::Ec2Instance,
        }
    }

    /// `arn:aws:ssm:R:A:managed-instance/mi-…` or `arn:aws:ec2:R:A:instance/i-…`
    pub fn arn(&self, scope: Scope) -> Arn {
        let (service, resource) = match self.kind() {
            NodeKind::ManagedInstance => ("ssm", "managed-instance"),
            NodeKind::Ec2Instance => ("ec2", "instance"),
        };
        let Scope { account, region } = scope;
        Arn::regional(service, region, account, format_args!("{resource}/{}", self.0))
    }
}

impl std::fmt::Display for NodeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use kagiban_aws::Region;

    use super::*;

    #[test]
    fn a_new_id_reads_back_as_its_kind() {
        for kind in [NodeKind::ManagedInstance, NodeKind::Ec2Instance] {
            let id = NodeId::new(kind, &Entropy::system());
            assert_eq!(NodeId::parse(id.as_str()), Some(id.clone()));
            assert_eq!(id.kind(), kind);
        }
    }

    #[test]
    fn what_is_no_id_is_none() {
        for text in [
            "",
            "mi-",
            "mi-0123456789abcdeF0",
            "mi-0123456789abcdef",
            "m-0123456789abcdef0",
            "i-0123456789abcdef00",
        ] {
            assert_eq!(NodeId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_managed_instance_is_ssms_and_an_instance_ec2s() {
        let scope = Scope {
            account: "111122223333".parse().unwrap(),
            region: Region::us_east_1(),
        };
        let arn = |id| NodeId::parse(id).unwrap().arn(scope).to_string();
        assert_eq!(
            [arn("mi-0123456789abcdef0"), arn("i-0123456789abcdef0")],
            [
                "arn:aws:ssm:us-east-1:111122223333:managed-instance/mi-0123456789abcdef0",
                "arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef0",
            ]
        );
    }
}
