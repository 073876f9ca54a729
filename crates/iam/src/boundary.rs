//! The permissions boundary of a user or a role.

use kagiban_aws::{AccountId, Arn};
use kagiban_store::Txn;

use crate::entity::{Entity, bounded, rewrite};
use crate::managed_policy::PolicyArn;
use crate::records::keys::{self, EntityKind};
use crate::records::{Attachment, Grants};
use crate::{Account, IamError, Requirement, Stored};

/// The managed policy, if any, beyond which no other policy grants.
#[derive(Clone, Debug)]
pub(crate) struct Boundary(Option<PolicyArn>);

impl Boundary {
    /// Takes a member that may be left out.
    ///
    /// # Errors
    ///
    /// If it is not an ARN.
    pub(crate) fn optional(wire: Option<&str>) -> Result<Boundary, IamError> {
        wire.map(PolicyArn::parse).transpose().map(Boundary)
    }

    /// Takes a member that the wire demands.
    ///
    /// # Errors
    ///
    /// If it is not an ARN.
    pub(crate) fn required(wire: Option<&str>) -> Result<Boundary, IamError> {
        Boundary::optional(Some(wire.unwrap_or_default()))
    }

    pub(crate) fn arn(&self) -> Option<Arn> {
        self.0.as_ref().map(|policy| policy.arn().clone())
    }

    /// The requirement with `iam:PermissionsBoundary`: who may make only bounded users makes no other.
    pub(crate) fn on(&self, requirement: Requirement) -> Requirement {
        bounded(requirement, self.0.as_ref().map(PolicyArn::arn))
    }

    /// Marks the policy as in use.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity` if there is no such policy; `PolicyNotAttachable` as for attachments.
    pub(crate) fn mark(
        &self,
        account: &Account,
        id: AccountId,
        kind: EntityKind,
        entity: &str,
        txn: &mut Txn,
    ) -> Result<(), IamError> {
        let Some(policy) = &self.0 else {
            return Ok(());
        };
        policy.attachable(account, id, txn).map_err(|error| match error {
            // AWS's older word for a boundary is its scope.
            IamError::NoSuchEntity(_) => IamError::NoSuchEntity(format!(
                "Scope ARN: {} does not exist or is not attachable.",
                policy.arn()
            )),
            error => error,
        })?;
        let key = keys::boundary(id, policy.arn(), kind, entity);
        txn.absent(key.clone()).put(key, &Attachment::default());
        Ok(())
    }
}

/// Takes the mark of an entity that is deleted.
pub(crate) fn unmark(grants: &Grants, account: AccountId, kind: EntityKind, entity: &str, txn: &mut Txn) {
    if let Some(policy) = &grants.boundary {
        txn.delete(keys::boundary(account, policy, kind, entity));
    }
}

/// What a caller must be allowed who bounds an entity anew: `iam:PermissionsBoundary` is the
/// boundary that it will have.
pub(crate) fn target<E: Entity>(
    action: &'static str,
    account: &Account,
    id: AccountId,
    entity: &str,
    boundary: &Boundary,
) -> Requirement {
    boundary.on(E::target(action, account, id, entity))
}

/// Bounds an entity, in place of the boundary it may have.
///
/// # Errors
///
/// If either is not there.
pub(crate) fn put<E: Entity>(
    account: &Account,
    id: AccountId,
    entity: &str,
    boundary: &Boundary,
) -> Result<Txn, IamError> {
    let entity = E::modifiable(account, entity)?;
    if entity.grants().boundary == boundary.arn() {
        return Ok(Txn::new());
    }
    let mut txn = Txn::new();
    boundary.mark(account, id, E::ENTITY, entity.name(), &mut txn)?;
    replace(id, entity, boundary.arn(), &mut txn);
    Ok(txn)
}

/// Takes an entity's boundary away.
///
/// # Errors
///
/// If there is no such entity.
pub(crate) fn delete<E: Entity>(account: &Account, id: AccountId, entity: &str) -> Result<Txn, IamError> {
    let entity = E::modifiable(account, entity)?;
    let mut txn = Txn::new();
    // UNSURE: whether AWS refuses to take what is not there.
    if entity.grants().boundary.is_some() {
        replace(id, entity, None, &mut txn);
    }
    Ok(txn)
}

fn replace<E: Entity>(id: AccountId, entity: &Stored<E>, boundary: Option<Arn>, txn: &mut Txn) {
    unmark(entity.grants(), id, E::ENTITY, entity.name(), txn);
    let mut new = E::clone(entity);
    new.grants_mut().boundary = boundary;
    rewrite(txn, id, entity, &new);
}
