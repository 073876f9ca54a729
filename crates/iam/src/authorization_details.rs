//! Everybody in an account and everything that grants them their rights, one after another.

use kagiban_aws::wire::query::percent_encode;
use kagiban_aws::{AccountId, Arn};

use crate::entity::shown_boundary;
use crate::managed_policy::Managed;
use crate::records::{Grants, Group, Role, User};
use crate::uses::Usage;
use crate::wire::entity_type::{AWS_MANAGED_POLICY, GROUP, LOCAL_MANAGED_POLICY, ROLE, USER};
use crate::{Account, State, managed_policies, tags, wire};

/// One user, group, role or managed policy, with its lower-case name.
pub(crate) enum Detail<'a> {
    User(&'a str, &'a User),
    Group(&'a str, &'a Group),
    Role(&'a str, &'a Role),
    Policy(&'a str, Managed<'a>),
}

/// All of them, in the order of their [`Detail::place`].
pub(crate) fn all(account: &Account) -> impl Iterator<Item = Detail<'_>> {
    let users = account.users.iter();
    let groups = account.groups.iter();
    let roles = account.roles.iter();
    let ours = account.policies.iter();
    let awss = managed_policies::all();
    users
        .map(|(name, user)| Detail::User(name, user))
        .chain(groups.map(|(name, group)| Detail::Group(name, group)))
        .chain(roles.map(|(name, role)| Detail::Role(name, role)))
        .chain(ours.map(|(name, policy)| Detail::Policy(name, Managed::Ours(policy))))
        .chain(awss.map(|policy| Detail::Policy(policy.name, Managed::Aws(policy))))
}

impl Detail<'_> {
    /// Where it stands among all: by this a page is found again.
    pub(crate) fn place(&self) -> String {
        match self {
            Detail::User(name, _) => format!("1{name}"),
            Detail::Group(name, _) => format!("2{name}"),
            Detail::Role(name, _) => format!("3{name}"),
            Detail::Policy(name, Managed::Ours(_)) => format!("4{name}"),
            Detail::Policy(name, Managed::Aws(_)) => format!("5{name}"),
        }
    }

    /// As the filter calls it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Detail::User(..) => USER,
            Detail::Group(..) => GROUP,
            Detail::Role(..) => ROLE,
            Detail::Policy(_, Managed::Ours(_)) => LOCAL_MANAGED_POLICY,
            Detail::Policy(_, Managed::Aws(_)) => AWS_MANAGED_POLICY,
        }
    }

    /// False for those of AWS's policies that nobody has.
    pub(crate) fn is_in_use(&self, account: &Account) -> bool {
        let Detail::Policy(_, Managed::Aws(policy)) = self else {
            return true;
        };
        let arn = policy.arn();
        let used = |usage| account.uses.of(&arn, usage).next().is_some();
        used(Usage::Attached) || used(Usage::Boundary)
    }

    /// Adds it to the list that it belongs to.
    pub(crate) fn show(
        &self,
        account: &Account,
        id: AccountId,
        state: &State,
        output: &mut wire::GetAccountAuthorizationDetailsResponse,
    ) {
        match self {
            Detail::User(_, it) => push(&mut output.user_detail_list, user(it, account, id)),
            Detail::Group(_, it) => push(&mut output.group_detail_list, group(it, id)),
            Detail::Role(_, it) => push(&mut output.role_detail_list, role(it, account, id, state)),
            Detail::Policy(_, it) => push(&mut output.policies, policy(it, account, id)),
        }
    }
}

fn push<T>(list: &mut Option<Vec<T>>, shown: T) {
    list.get_or_insert_default().push(shown);
}

/// AWS leaves a user's list of inline policies out rather than empty.
fn user(user: &User, account: &Account, id: AccountId) -> wire::UserDetail {
    let groups = account.groups_of(user).map(|group| group.name.clone());
    let mut groups: Vec<String> = groups.collect();
    groups.sort_unstable();
    wire::UserDetail {
        path: Some(user.path.clone()),
        user_name: Some(user.name.clone()),
        user_id: Some(user.id.clone()),
        arn: Some(user.arn(id).into()),
        create_date: Some(user.created),
        user_policy_list: Some(inline(&user.grants)).filter(|list| !list.is_empty()),
        group_list: Some(groups),
        attached_managed_policies: Some(attached(&user.grants)),
        permissions_boundary: shown_boundary(&user.grants),
        tags: Some(tags::shown(&user.tags).unwrap_or_default()),
    }
}

fn group(group: &Group, id: AccountId) -> wire::GroupDetail {
    wire::GroupDetail {
        path: Some(group.path.clone()),
        group_name: Some(group.name.clone()),
        group_id: Some(group.id.clone()),
        arn: Some(crate::entity::Entity::arn(group, id).into()),
        create_date: Some(group.created),
        group_policy_list: Some(inline(&group.grants)),
        attached_managed_policies: Some(attached(&group.grants)),
    }
}

fn role(role: &Role, account: &Account, id: AccountId, state: &State) -> wire::RoleDetail {
    let shown = role.made(id, state);
    let profiles = account.instance_profiles.values();
    let profiles = profiles.filter(|profile| profile.holds(&role.name));
    wire::RoleDetail {
        path: shown.path,
        role_name: shown.role_name,
        role_id: shown.role_id,
        arn: shown.arn,
        create_date: shown.create_date,
        assume_role_policy_document: shown.assume_role_policy_document,
        instance_profile_list: Some(
            profiles
                .map(|profile| profile.listed(id, account, state))
                .collect(),
        ),
        role_policy_list: Some(inline(&role.grants)),
        attached_managed_policies: Some(attached(&role.grants)),
        permissions_boundary: shown.permissions_boundary,
        tags: Some(shown.tags.unwrap_or_default()),
        role_last_used: Some(role.last_used(id, state)),
    }
}

fn policy(policy: &Managed<'_>, account: &Account, id: AccountId) -> wire::ManagedPolicyDetail {
    let shown = policy.shown(account, id);
    wire::ManagedPolicyDetail {
        policy_name: shown.policy_name,
        policy_id: shown.policy_id,
        arn: shown.arn,
        path: shown.path,
        default_version_id: shown.default_version_id,
        attachment_count: shown.attachment_count,
        permissions_boundary_usage_count: shown.permissions_boundary_usage_count,
        is_attachable: shown.is_attachable,
        description: shown.description,
        create_date: shown.create_date,
        update_date: shown.update_date,
        policy_version_list: Some(versions(policy, account)),
    }
}

/// The newest first.
fn versions(policy: &Managed<'_>, account: &Account) -> Vec<wire::PolicyVersion> {
    let with_document = |listed: wire::PolicyVersion, text: &str| wire::PolicyVersion {
        document: Some(percent_encode(text)),
        ..listed
    };
    match policy {
        Managed::Aws(policy) => vec![with_document(policy.listed_version(), policy.document().text())],
        Managed::Ours(policy) => {
            let name: Box<str> = policy.name.to_lowercase().into();
            let versions = account
                .policy_versions
                .range((name.clone(), 0)..=(name, u32::MAX));
            let shown = versions.map(|((_, number), version)| {
                with_document(version.listed(policy, *number), version.document.text())
            });
            shown.rev().collect()
        }
    }
}

fn inline(grants: &Grants) -> Vec<wire::PolicyDetail> {
    let shown = grants.inline.iter().map(|(name, policy)| wire::PolicyDetail {
        policy_name: Some(name.clone()),
        policy_document: Some(percent_encode(policy.text())),
    });
    shown.collect()
}

fn attached(grants: &Grants) -> Vec<wire::AttachedPolicy> {
    let shown = |arn: &Arn| wire::AttachedPolicy {
        policy_name: arn.resource().rsplit('/').next().map(str::to_owned),
        policy_arn: Some(arn.to_string()),
    };
    grants.attached.iter().map(shown).collect()
}
