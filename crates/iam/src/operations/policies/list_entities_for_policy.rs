//! `iam:ListEntitiesForPolicy`: whom a managed policy is attached to, and whom it bounds.

use std::collections::BTreeSet;

use crate::managed_policy::PolicyArn;
use crate::names::PathPrefix;
use crate::page::Page;
use crate::records::keys::EntityKind;
use crate::wire::entity_type::{GROUP, ROLE, USER};
use crate::wire::policy_usage_type::{PERMISSIONS_BOUNDARY, PERMISSIONS_POLICY};
use crate::{Account, Authorized, Call, Decision, IamError, Operation, Requirement, Usage, View, With, wire};

/// The policy, and which of its users, groups and roles to show.
#[derive(Clone, Debug)]
pub struct ListEntitiesForPolicy {
    policy: PolicyArn,
    kinds: Vec<EntityKind>,
    usages: Vec<Usage>,
    prefix: PathPrefix,
    page: Page,
}

impl Operation for ListEntitiesForPolicy {
    const ACTION: &'static str = "iam:ListEntitiesForPolicy";
    type Wire = wire::ListEntitiesForPolicyRequest;
    type Output = wire::ListEntitiesForPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListEntitiesForPolicyRequest) -> Result<ListEntitiesForPolicy, IamError> {
        Ok(ListEntitiesForPolicy {
            policy: PolicyArn::required(wire.policy_arn)?,
            kinds: match wire.entity_filter.as_deref() {
                None => EntityKind::ALL.to_vec(),
                Some(USER) => vec![EntityKind::User],
                Some(GROUP) => vec![EntityKind::Group],
                Some(ROLE) => vec![EntityKind::Role],
                Some(_) => Vec::new(), // policies, which no policy is attached to
            },
            usages: match wire.policy_usage_filter.as_deref() {
                Some(PERMISSIONS_POLICY) => vec![Usage::Attached],
                Some(PERMISSIONS_BOUNDARY) => vec![Usage::Boundary],
                _ => vec![Usage::Attached, Usage::Boundary],
            },
            prefix: PathPrefix::optional(wire.path_prefix)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![self.policy.target(Self::ACTION, account, call)])
    }

    fn decide(
        request: Authorized<ListEntitiesForPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListEntitiesForPolicyResponse>, IamError> {
        let account = view.account(call)?;
        request.policy.existing(account, call.scope.account)?;
        let found = request.found(account);
        let entries = found.into_iter().filter_map(|(kind, name)| {
            let entity = Shown::of(kind, name, account, &request.prefix)?;
            Some((format!("{}/{name}", kind as u8), entity))
        });
        let slice = request.page.cut(entries);
        let mut answer = wire::ListEntitiesForPolicyResponse {
            policy_groups: Some(Vec::new()),
            policy_users: Some(Vec::new()),
            policy_roles: Some(Vec::new()),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        };
        for entity in slice.items {
            match entity {
                Shown::User(user) => answer.policy_users.get_or_insert_default().push(user),
                Shown::Group(group) => answer.policy_groups.get_or_insert_default().push(group),
                Shown::Role(role) => answer.policy_roles.get_or_insert_default().push(role),
            }
        }
        Ok(Decision::read(answer))
    }
}

impl ListEntitiesForPolicy {
    /// Kinds and lower-case names, in order; once, whichever ways the policy is used in.
    fn found<'a>(&self, account: &'a Account) -> BTreeSet<(EntityKind, &'a str)> {
        let uses = self.usages.iter();
        uses.flat_map(|usage| account.uses.of(self.policy.arn(), *usage))
            .filter(|(kind, _)| self.kinds.contains(kind))
            .collect()
    }
}

/// One of the three, as the answer shows it.
enum Shown {
    User(wire::PolicyUser),
    Group(wire::PolicyGroup),
    Role(wire::PolicyRole),
}

impl Shown {
    fn of(kind: EntityKind, name: &str, account: &Account, prefix: &PathPrefix) -> Option<Shown> {
        match kind {
            EntityKind::User => {
                let user = account.user(name).filter(|user| prefix.takes(&user.path))?;
                Some(Shown::User(wire::PolicyUser {
                    user_name: Some(user.name.clone()),
                    user_id: Some(user.id.clone()),
                }))
            }
            EntityKind::Group => {
                let group = account.group(name).filter(|group| prefix.takes(&group.path))?;
                Some(Shown::Group(wire::PolicyGroup {
                    group_name: Some(group.name.clone()),
                    group_id: Some(group.id.clone()),
                }))
            }
            EntityKind::Role => {
                let role = account.role(name).filter(|role| prefix.takes(&role.path))?;
                Some(Shown::Role(wire::PolicyRole {
                    role_name: Some(role.name.clone()),
                    role_id: Some(role.id.clone()),
                }))
            }
        }
    }
}
