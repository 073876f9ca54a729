//! The permissions boundary that a user or a role is made with.

use kagiban_aws::{AccountId, Arn};
use kagiban_store::Txn;

use crate::entity::bounded;
use crate::managed_policy::PolicyArn;
use crate::records::keys::{self, EntityKind};
use crate::records::{Attachment, Grants};
use crate::{Account, IamError, Requirement};

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
    /// `NoSuchEntity` if there is no such policy.
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
        policy.attachable(account, id, txn)?;
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
