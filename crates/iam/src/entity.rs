//! Users, groups and roles: what policies are attached to and written into.

use kagiban_aws::{AccountId, Arn};
use kagiban_store::{Key, Record, Txn};

use crate::names::SERVICE_LINKED_PATH;
use crate::records::keys::{self, EntityKind};
use crate::records::{Grants, Group, Role, Tag, User};
use crate::{Account, IamError, Requirement, Stored, tags, wire};

/// What users, groups and roles have in common.
pub(crate) trait Entity: Record + Clone {
    /// Which of the three.
    const ENTITY: EntityKind;
    /// How AWS's sentences call it.
    const NOUN: &'static str;
    /// How AWS's quotas call it, and sentences that begin with it.
    const QUOTA: &'static str;
    /// Characters that all inline policies together may have, white space not counted.
    const INLINE_LIMIT: usize;

    fn find<'a>(account: &'a Account, name: &str) -> Option<&'a Stored<Self>>;
    fn name(&self) -> &str;
    fn arn(&self, account: AccountId) -> Arn;
    fn tags(&self) -> &[Tag];
    fn grants(&self) -> &Grants;
    fn grants_mut(&mut self) -> &mut Grants;
    fn key(account: AccountId, name: &str) -> Key;

    /// Refuses a name that is taken.
    ///
    /// # Errors
    ///
    /// `EntityAlreadyExists`.
    fn free(account: &Account, name: &str) -> Result<(), IamError> {
        match Self::find(account, name) {
            Some(_) => Err(IamError::EntityAlreadyExists(format!(
                "{} with name {name} already exists.",
                Self::QUOTA
            ))),
            None => Ok(()),
        }
    }

    /// The one of this name.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    fn existing<'a>(account: &'a Account, name: &str) -> Result<&'a Stored<Self>, IamError> {
        Self::find(account, name).ok_or_else(|| missing::<Self>(name))
    }

    /// The one of this name, to be changed.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`; `UnmodifiableEntity` for service-linked roles, which their services look after.
    fn modifiable<'a>(account: &'a Account, name: &str) -> Result<&'a Stored<Self>, IamError> {
        let entity = Self::existing(account, name)?;
        match entity.is_service_linked() {
            true => Err(IamError::UnmodifiableEntity {
                role: entity.name().to_owned(),
            }),
            false => Ok(entity),
        }
    }

    /// Whether it is a service-linked role.
    fn is_service_linked(&self) -> bool {
        false
    }

    /// What a caller must be allowed who acts on the one of this name, whether it exists or not.
    fn target(action: &'static str, account: &Account, id: AccountId, name: &str) -> Requirement {
        let Some(entity) = Self::find(account, name) else {
            let arn = Arn::global("iam", id, format_args!("{}/{name}", Self::NOUN));
            return Requirement::on(action, arn, id);
        };
        let on = tags::of_target(Requirement::on(action, entity.arn(id), id), entity.tags());
        bounded(
            on,
            entity
                .grants()
                .boundary
                .as_ref()
                .filter(|_| knows_boundary(action)),
        )
    }
}

/// Users and roles, which have tags; groups have none.
pub(crate) trait Tagged: Entity {
    fn tags_mut(&mut self) -> &mut Vec<Tag>;
}

impl Tagged for User {
    fn tags_mut(&mut self) -> &mut Vec<Tag> {
        &mut self.tags
    }
}

impl Tagged for Role {
    fn tags_mut(&mut self) -> &mut Vec<Tag> {
        &mut self.tags
    }
}

/// Whether `iam:PermissionsBoundary` is the boundary that the target of this action has already.
///
/// For any other action the key is absent, or tells the boundary that the target will have.
///
/// Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS IAM".
fn knows_boundary(action: &str) -> bool {
    matches!(
        action,
        "iam:AttachRolePolicy"
            | "iam:AttachUserPolicy"
            | "iam:DeleteRolePermissionsBoundary"
            | "iam:DeleteRolePolicy"
            | "iam:DeleteUserPermissionsBoundary"
            | "iam:DeleteUserPolicy"
            | "iam:DetachRolePolicy"
            | "iam:DetachUserPolicy"
            | "iam:PutRolePolicy"
            | "iam:PutUserPolicy"
    )
}

/// The requirement with `iam:PermissionsBoundary`, if there is one.
pub(crate) fn bounded(requirement: Requirement, boundary: Option<&Arn>) -> Requirement {
    match boundary {
        Some(arn) => requirement.when("iam:permissionsboundary", arn.as_str()),
        None => requirement,
    }
}

pub(crate) fn missing<E: Entity>(name: &str) -> IamError {
    IamError::NoSuchEntity(format!("The {} with name {name} cannot be found.", E::NOUN))
}

/// Writes a changed entity, provided that nobody else has changed it since it was read.
///
/// Whatever comes to hang on a user or a role (keys, policies, profiles) also writes its record, if
/// only as it was. So its deletion, conditional on the record's revision, cannot overlook any of it.
pub(crate) fn rewrite<E: Entity>(txn: &mut Txn, account: AccountId, read: &Stored<E>, new: &E) {
    let key = E::key(account, read.name());
    txn.unchanged(key.clone(), Some(read.revision)).put(key, new);
}

/// Refuses to delete what policies are still attached to or written into.
///
/// # Errors
///
/// `DeleteConflict`.
pub(crate) fn bare(grants: &Grants) -> Result<(), IamError> {
    if !grants.attached.is_empty() {
        return Err(IamError::DeleteConflict(
            "Cannot delete entity, must detach all policies first.",
        ));
    }
    if !grants.inline.is_empty() {
        return Err(IamError::DeleteConflict(
            "Cannot delete entity, must delete policies first.",
        ));
    }
    Ok(())
}

/// A boundary as answers show it.
pub(crate) fn shown_boundary(grants: &Grants) -> Option<wire::AttachedPermissionsBoundary> {
    let arn = grants.boundary.as_ref()?;
    Some(wire::AttachedPermissionsBoundary {
        // What AWS answers, whatever its model says.
        permissions_boundary_type: Some("Policy".to_owned()),
        permissions_boundary_arn: Some(arn.to_string()),
    })
}

impl Entity for User {
    const ENTITY: EntityKind = EntityKind::User;
    const NOUN: &'static str = "user";
    const QUOTA: &'static str = "User";
    const INLINE_LIMIT: usize = 2048;

    fn find<'a>(account: &'a Account, name: &str) -> Option<&'a Stored<User>> {
        account.user(name)
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn arn(&self, account: AccountId) -> Arn {
        User::arn(self, account)
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }

    fn grants(&self) -> &Grants {
        &self.grants
    }

    fn grants_mut(&mut self) -> &mut Grants {
        &mut self.grants
    }

    fn key(account: AccountId, name: &str) -> Key {
        keys::user(account, name)
    }
}

impl Entity for Group {
    const ENTITY: EntityKind = EntityKind::Group;
    const NOUN: &'static str = "group";
    const QUOTA: &'static str = "Group";
    const INLINE_LIMIT: usize = 5120;

    fn find<'a>(account: &'a Account, name: &str) -> Option<&'a Stored<Group>> {
        account.group(name)
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn arn(&self, account: AccountId) -> Arn {
        Group::arn(self, account)
    }

    fn tags(&self) -> &[Tag] {
        &[] // AWS has no tags for groups
    }

    fn grants(&self) -> &Grants {
        &self.grants
    }

    fn grants_mut(&mut self) -> &mut Grants {
        &mut self.grants
    }

    fn key(account: AccountId, name: &str) -> Key {
        keys::group(account, name)
    }
}

impl Entity for Role {
    const ENTITY: EntityKind = EntityKind::Role;
    const NOUN: &'static str = "role";
    const QUOTA: &'static str = "Role";
    const INLINE_LIMIT: usize = 10240;

    fn find<'a>(account: &'a Account, name: &str) -> Option<&'a Stored<Role>> {
        account.role(name)
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn arn(&self, account: AccountId) -> Arn {
        Role::arn(self, account)
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }

    fn grants(&self) -> &Grants {
        &self.grants
    }

    fn grants_mut(&mut self) -> &mut Grants {
        &mut self.grants
    }

    fn key(account: AccountId, name: &str) -> Key {
        keys::role(account, name)
    }

    fn is_service_linked(&self) -> bool {
        self.path.starts_with(SERVICE_LINKED_PATH)
    }
}
