//! Where a node's rights come from: the role that it gets the credentials of.

use kagiban_aws::{Arn, Timestamp};
use kagiban_iam::records::Role;
use kagiban_iam::{Requirement, Scope, ServiceCall, Stored, pass_role};

use super::{NodeError, NodeId};
use crate::View;
use crate::records::Rights;

/// Stands for a node that is not there yet, where trust policies ask what a role is taken on for.
const ANY_NODE: [&str; 2] = ["mi-00000000000000000", "i-00000000000000000"];

/// The name in what a request calls a role: `name` or `service-role/name`.
fn named_role(given: &str) -> &str {
    given.rsplit('/').next().unwrap_or(given)
}

impl Rights {
    /// The service that takes on the role.
    pub(crate) fn service(&self) -> &'static str {
        match self {
            Rights::Role(_) => "ssm.amazonaws.com",
            Rights::InstanceProfile(_) => "ec2.amazonaws.com",
        }
    }
}

impl<'v> View<'v> {
    /// What it takes to hand these rights to a machine: `iam:PassRole` on the role, which may not exist.
    pub(crate) fn passing(&self, scope: Scope, rights: &Rights) -> Requirement {
        let account = self.iam.account(scope.account);
        let role = match rights {
            Rights::Role(given) => named_role(given),
            Rights::InstanceProfile(profile) => {
                let profile = account.and_then(|account| account.instance_profile(profile));
                let role = profile.and_then(|profile| profile.role.as_deref());
                // Nobody may pass what is not there.
                role.unwrap_or("*")
            }
        };
        pass_role(account, scope.account, role, rights.service())
    }

    /// The role, if it is there and trusts the service for such a node: one that exists, or any.
    ///
    /// # Errors
    ///
    /// `NoSuchRole`, `NoSuchProfile`.
    pub(crate) fn role(
        &self,
        scope: Scope,
        rights: &Rights,
        node: Option<&NodeId>,
        now: Timestamp,
    ) -> Result<&'v Stored<Role>, NodeError> {
        let role = self.named(scope, rights);
        let any = ANY_NODE.map(|id| NodeId::parse(id).expect("they have seventeen digits"));
        let [role_node, profile_node] = &any;
        let node = node.unwrap_or(match rights {
            Rights::Role(_) => role_node,
            Rights::InstanceProfile(_) => profile_node,
        });
        let source = node.arn(scope);
        let call = ServiceCall {
            service: rights.service(),
            account: scope.account,
            source: &source,
            now,
        };
        role.filter(|role| call.is_trusted_by(role))
            .ok_or_else(|| match rights {
                Rights::InstanceProfile(profile) => NodeError::NoSuchProfile(profile.to_string()),
                Rights::Role(given) => NodeError::NoSuchRole(match role {
                    Some(role) => role.arn(scope.account).into(),
                    None => Arn::global("iam", scope.account, format_args!("role/{given}")).into(),
                }),
            })
    }

    // UNSURE: whether AWS finds a role with a path by its bare name; names are unique without their paths.
    fn named(&self, scope: Scope, rights: &Rights) -> Option<&'v Stored<Role>> {
        let account = self.iam.account(scope.account)?;
        match rights {
            Rights::Role(given) => {
                let role = account.role(named_role(given))?;
                let whole = format!("{}{}", &role.path[1..], role.name);
                (!given.contains('/') || **given == whole).then_some(role)
            }
            Rights::InstanceProfile(profile) => {
                account.role(account.instance_profile(profile)?.role.as_deref()?)
            }
        }
    }
}
