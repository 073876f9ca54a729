//! Deleted parameters: out of sight, and to be had back until they are purged.
//!
//! To delete is to move one record, whatever the length of the history: the parameter's own goes from
//! `p` to `dp`, and its older versions stay where they are. They are found there again because each
//! *life* of a name has a place of its own for its history: a name that is used anew while its last
//! life can still be brought back begins the next life, at version 1, with nothing of the last one in
//! its history. Only the last life is kept: when the name is deleted again, the one before is purged
//! in the same transaction. Or the two change places, and nothing is purged. So at any moment there are histories of at most two lives, those of the
//! records under `p` and `dp`.
//!
//! A deleted parameter's value is not held in memory; its name, its tags (which policies ask for) and
//! its KMS key (which must not be destroyed) are.

use kagiban_aws::Timestamp;
use kagiban_iam::records::Tag;
use kagiban_iam::{Call, Requirement, Scope, Stored};
use kagiban_kms::envelope::Address;
use kagiban_store::{Rev, Txn};

use crate::records::{DeletedParameter, OlderKeys, Parameter, ParameterType, keys};
use crate::tier::Tier;
use crate::{ParameterError, ParameterName, State, View, access, dependants};

/// What memory holds of a deleted parameter.
#[derive(Clone, Debug)]
pub struct Deleted {
    /// The name as its maker spelled it.
    pub name: Box<str>,
    /// The newest version's type.
    pub kind: ParameterType,
    /// The newest version's number.
    pub number: i64,
    /// The newest version's tier.
    pub tier: Tier,
    /// The tags it had.
    pub tags: Box<[Tag]>,
    /// When it was deleted.
    pub deleted: Timestamp,
    /// The ARN of who deleted it.
    pub deleted_by: Box<str>,
    /// When it is destroyed.
    pub purge: Timestamp,
    /// Where its history lies.
    pub(crate) life: u32,
    /// The KMS key that its newest version is encrypted under.
    pub(crate) address: Option<Box<Address>>,
    /// The other keys of its older versions.
    pub(crate) older_keys: Option<Box<OlderKeys>>,
    pub(crate) revision: Rev,
}

impl Deleted {
    pub(crate) fn of(record: &Stored<DeletedParameter>) -> Deleted {
        let parameter = &record.parameter;
        let current = &parameter.current;
        Deleted {
            name: parameter.name.clone(),
            kind: current.value.kind(),
            number: current.number,
            tier: current.tier,
            tags: parameter.tags.clone(),
            deleted: record.deleted,
            deleted_by: record.deleted_by.clone(),
            purge: record.purge,
            life: parameter.life,
            address: dependants::address(parameter).map(Box::new),
            older_keys: parameter.older_keys.clone(),
            revision: record.revision,
        }
    }

    /// The transaction that destroys it, provided nobody brought it back or deleted its name again.
    pub(crate) fn purge(&self, scope: Scope) -> Txn {
        let name = ParameterName::stored(&self.name);
        let place = keys::deleted(scope, &name);
        let mut txn = Txn::new();
        txn.unchanged(place.clone(), Some(self.revision))
            .delete(place)
            .delete_prefix(keys::versions(scope, &name, self.life));
        txn
    }
}

/// Who deletes, when, and what is there now.
pub(crate) struct Deleting<'d> {
    pub(crate) state: &'d State,
    pub(crate) scope: Scope,
    pub(crate) by: &'d str,
    pub(crate) now: Timestamp,
}

impl<'d> Deleting<'d> {
    /// What becomes of a parameter that has expired: nobody deletes it but its policy.
    pub(crate) fn of_expired(state: &'d State, scope: Scope, now: Timestamp) -> Deleting<'d> {
        let by = "ssm.amazonaws.com";
        Deleting {
            state,
            scope,
            by,
            now,
        }
    }

    /// The transaction that takes a parameter out of sight, as it was seen; and destroys what was
    /// deleted under its name before. Both are destroyed if the account keeps nothing.
    pub(crate) fn delete(&self, parameter: &Stored<Parameter>) -> Txn {
        let key = keys::parameter(self.scope, &ParameterName::stored(&parameter.name));
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(parameter.revision)).delete(key);
        txn.merge(self.set_aside(parameter));
        txn
    }

    /// The same but for the parameter's own record.
    pub(crate) fn set_aside(&self, parameter: &Stored<Parameter>) -> Txn {
        let Deleting { state, scope, .. } = *self;
        let name = ParameterName::stored(&parameter.name);
        let place = keys::deleted(scope, &name);
        let before = state.deleted(scope, &name);
        let mut txn = Txn::new();
        txn.unchanged(place.clone(), before.map(|before| before.revision))
            .delete(keys::resource_policy(scope, &name)); // whoever brings it back may share it again
        if let Some(before) = before {
            txn.delete_prefix(keys::versions(scope, &name, before.life));
        }
        match self.kept(parameter) {
            Some(kept) => txn.put(place, &kept),
            None => txn
                .delete(place)
                .delete_prefix(keys::versions(scope, &name, parameter.life)),
        };
        txn
    }

    /// The transaction by which a parameter and the one deleted before it under its name change places:
    /// `back` is what comes back, with the revision at which it was seen. Nothing is destroyed, so both
    /// histories stay where they are. None if the account keeps nothing.
    pub(crate) fn swap(&self, parameter: &Stored<Parameter>, back: &Parameter, seen: Rev) -> Option<Txn> {
        let name = ParameterName::stored(&parameter.name);
        let key = keys::parameter(self.scope, &name);
        let place = keys::deleted(self.scope, &name);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(parameter.revision))
            .unchanged(place.clone(), Some(seen))
            .delete(keys::resource_policy(self.scope, &name))
            .put(place, &self.kept(parameter)?)
            .put(key, back);
        Some(txn)
    }

    /// What is kept of a parameter; none if the account keeps nothing.
    fn kept(&self, parameter: &Stored<Parameter>) -> Option<DeletedParameter> {
        let retention = self.state.settings(self.scope).retention?;
        Some(DeletedParameter {
            parameter: Parameter::clone(parameter),
            deleted: self.now,
            deleted_by: self.by.into(),
            purge: self.now.plus(retention),
            rest: Default::default(),
        })
    }
}

impl<'v> View<'v> {
    /// What was deleted last under a name.
    ///
    /// # Errors
    ///
    /// `NothingDeleted` if nothing was, or if it is purged.
    pub(crate) fn deleted(&self, scope: Scope, name: &ParameterName) -> Result<&'v Deleted, ParameterError> {
        self.ssm
            .deleted(scope, name)
            .ok_or_else(|| ParameterError::NothingDeleted(name.to_string()))
    }
}

/// To do `action` to a deleted parameter, whose tags count as they did while it was there.
pub(crate) fn on_deleted(
    action: &'static str,
    name: &ParameterName,
    call: &Call<'_>,
    view: &View<'_>,
) -> Requirement {
    match view.ssm.deleted(call.scope, name) {
        Some(deleted) => {
            let requirement = Requirement::on(action, name.arn(call.scope), call.scope.account);
            access::tagged(requirement, &deleted.tags)
        }
        None => access::on(action, name, call, view),
    }
}

/// What it takes to delete a parameter: the action on it and, if something deleted under its name before
/// is destroyed with that, what it takes to purge that.
pub(crate) fn deleting(
    action: &'static str,
    name: &ParameterName,
    call: &Call<'_>,
    view: &View<'_>,
) -> impl Iterator<Item = Requirement> {
    let purges = view.parameter(call.scope, name, call.facts.now).is_some()
        && view.ssm.deleted(call.scope, name).is_some();
    let purge = purges.then(|| on_deleted("ssm:DeleteParameter", name, call, view));
    std::iter::once(access::on(action, name, call, view)).chain(purge)
}
