//! Which grant covers a request.
//!
//! Three questions are asked of grants: may this be done with the key, may this be passed on to somebody
//! else, may this one be given back.

use std::sync::Arc;

use kagiban_iam::{Covering, Grants, Requirement};
use kagiban_policy::{Context, Principal};

use super::{Constraints, GrantOperation, KeyGrants, Pinned};
use crate::Found;
use crate::records::Grant;

impl Grant {
    fn allows(&self, operation: GrantOperation) -> bool {
        self.operations.contains(&operation)
    }

    /// Whether the grant allows an operation with the key in these circumstances.
    pub(crate) fn covers(&self, operation: GrantOperation, context: &dyn Context) -> bool {
        self.allows(operation) && (operation.ignores_context() || self.constraints.hold(context))
    }

    /// Whether the grant's bearer may give somebody else no more than these operations within these
    /// constraints: the grant has to allow as much, and to be as lax.
    pub(crate) fn may_pass_on(&self, operations: &[GrantOperation], constraints: &Constraints) -> bool {
        self.allows(GrantOperation::CreateGrant)
            && operations.iter().all(|operation| self.allows(*operation))
            && constraints.are_within(&self.constraints)
    }
}

impl KeyGrants {
    /// The grant to `who` that `covers`, the one that names them most closely.
    fn covering(&self, who: &Principal<'_>, covers: impl Fn(&Grant) -> bool) -> Option<Covering> {
        Pinned::of(who).iter().find_map(|(name, reach)| {
            let grant = self.to(name).find(|grant| covers(grant))?;
            Some(Covering {
                grant: grant.id.clone(),
                reach: *reach,
            })
        })
    }
}

impl Found {
    /// The same requirement with the key's grants, if there are any and they can allow it.
    pub(crate) fn granted(&self, requirement: Requirement) -> Requirement {
        let Some(grants) = &self.grants else {
            return requirement;
        };
        match GrantOperation::of_action(&requirement.action) {
            // Which grants count for these depends on more than the action.
            Some(GrantOperation::CreateGrant | GrantOperation::RetireGrant) | None => requirement,
            Some(operation) => requirement.granted_by(Using {
                grants: grants.clone(),
                operation,
            }),
        }
    }
}

/// Those who want to do something with a key.
#[derive(Debug)]
struct Using {
    grants: Arc<KeyGrants>,
    operation: GrantOperation,
}

impl Grants for Using {
    fn covering(&self, who: &Principal<'_>, context: &dyn Context) -> Option<Covering> {
        self.grants
            .covering(who, |grant| grant.covers(self.operation, context))
    }
}

/// Those who want to pass on what a grant allows them.
#[derive(Debug)]
pub(crate) struct PassedOn {
    pub(crate) grants: Arc<KeyGrants>,
    pub(crate) operations: Vec<GrantOperation>,
    pub(crate) constraints: Constraints,
}

impl Grants for PassedOn {
    fn covering(&self, who: &Principal<'_>, context: &dyn Context) -> Option<Covering> {
        self.grants.covering(who, |grant| {
            grant.may_pass_on(&self.operations, &self.constraints) && grant.constraints.hold_source(context)
        })
    }
}

/// Those who want to give a grant back: its retiring principal, its grantee if it says so, and the
/// account that gave it.
#[derive(Debug)]
pub(crate) struct Retiring(pub(crate) Arc<Grant>);

impl Grants for Retiring {
    fn covering(&self, who: &Principal<'_>, _context: &dyn Context) -> Option<Covering> {
        let grant = &self.0;
        let grantee = grant
            .allows(GrantOperation::RetireGrant)
            .then_some(&grant.grantee);
        let issuer = Pinned::account(grant.issuing_account);
        let entitled = [grant.retiring.as_ref(), grantee, Some(&issuer)];
        let reach = entitled
            .into_iter()
            .flatten()
            .filter_map(|one| one.reach(who))
            .max()?;
        Some(Covering {
            grant: grant.id.clone(),
            reach,
        })
    }
}
