//! Instance profiles: how a machine gets at a role, and how answers show them.

use kagiban_aws::{AccountId, Arn};
use kagiban_store::Txn;

use crate::names::ProfileName;
use crate::records::{InstanceProfile, Tag, keys};
use crate::{Account, IamError, Requirement, State, Stored, tags, wire};

impl InstanceProfile {
    /// `arn:aws:iam::A:instance-profile<path><name>`
    pub(crate) fn arn(&self, account: AccountId) -> Arn {
        Arn::global(
            "iam",
            account,
            format_args!("instance-profile{}{}", self.path, self.name),
        )
    }

    /// Whether it holds the role of this name.
    pub(crate) fn holds(&self, role: &str) -> bool {
        self.role
            .as_deref()
            .is_some_and(|held| held.eq_ignore_ascii_case(role))
    }

    /// As lists show it: without tags.
    pub(crate) fn listed(&self, id: AccountId, account: &Account, state: &State) -> wire::InstanceProfile {
        let role = self.role.as_deref().and_then(|name| account.role(name));
        wire::InstanceProfile {
            path: Some(self.path.clone()),
            instance_profile_name: Some(self.name.clone()),
            instance_profile_id: Some(self.id.clone()),
            arn: Some(self.arn(id).into()),
            create_date: Some(self.created),
            roles: Some(role.iter().map(|role| role.outlined(id, state)).collect()),
            tags: None,
        }
    }

    /// As GetInstanceProfile shows it.
    pub(crate) fn shown(&self, id: AccountId, account: &Account, state: &State) -> wire::InstanceProfile {
        wire::InstanceProfile {
            tags: tags::shown(&self.tags),
            ..self.listed(id, account, state)
        }
    }
}

/// The instance profile of this name.
///
/// # Errors
///
/// `NoSuchEntity`.
pub(crate) fn existing<'a>(
    account: &'a Account,
    name: &ProfileName,
) -> Result<&'a Stored<InstanceProfile>, IamError> {
    account
        .instance_profile(name)
        .ok_or_else(|| IamError::NoSuchEntity(format!("Instance Profile {name} cannot be found.")))
}

/// What a caller must be allowed who acts on the instance profile, whether it exists or not.
pub(crate) fn target(
    action: &'static str,
    account: &Account,
    id: AccountId,
    name: &ProfileName,
) -> Requirement {
    match account.instance_profile(name) {
        Some(profile) => tags::of_target(Requirement::on(action, profile.arn(id), id), &profile.tags),
        None => {
            let arn = Arn::global("iam", id, format_args!("instance-profile/{name}"));
            Requirement::on(action, arn, id)
        }
    }
}

/// Writes a profile that holds another role, or none.
pub(crate) fn holding(
    txn: &mut Txn,
    account: AccountId,
    profile: &Stored<InstanceProfile>,
    role: Option<String>,
) {
    let new = InstanceProfile {
        role,
        ..InstanceProfile::clone(profile)
    };
    rewrite(txn, account, profile, &new);
}

/// Writes a profile of other tags.
pub(crate) fn tagged(txn: &mut Txn, account: AccountId, profile: &Stored<InstanceProfile>, tags: Vec<Tag>) {
    let new = InstanceProfile {
        tags,
        ..InstanceProfile::clone(profile)
    };
    rewrite(txn, account, profile, &new);
}

/// Writes a changed profile, provided that nobody else has changed it since it was read.
fn rewrite(txn: &mut Txn, account: AccountId, profile: &Stored<InstanceProfile>, new: &InstanceProfile) {
    let key = keys::instance_profile(account, &profile.name);
    txn.unchanged(key.clone(), Some(profile.revision)).put(key, new);
}
