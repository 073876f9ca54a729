//! `kagiban:UndeleteParameter`: bring a deleted parameter back, with its versions, labels and tags.
//!
//! One whose policy let it expire comes back without that policy, or it would be gone again. If the name
//! is in use by then, the two change places on request: of a name only the last deletion is kept, so
//! whoever deleted the newer one first would destroy the older.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, Stored, With};
use kagiban_store::{Key, Txn};

use super::wire;
use crate::deleted::{Deleted, Deleting, on_deleted};
use crate::records::{DeletedParameter, Parameter, keys};
use crate::{ParameterError, ParameterName, View, access, quotas};

/// What to bring back.
#[derive(Clone, Debug)]
pub struct UndeleteParameter {
    name: ParameterName,
    /// Whether what has the name by now becomes the deleted one.
    swap: bool,
}

impl Operation for UndeleteParameter {
    const ACTION: &'static str = "kagiban:UndeleteParameter";
    type Wire = wire::UndeleteParameterRequest;
    type Output = wire::UndeleteParameterResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UndeleteParameterRequest) -> Result<UndeleteParameter, ParameterError> {
        Ok(UndeleteParameter {
            name: wire.name.unwrap_or_default().parse()?,
            swap: wire.swap.unwrap_or_default(),
        })
    }

    /// Whoever may put a parameter may have it back; to swap takes what it takes to delete the other, too.
    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let put = on_deleted("ssm:PutParameter", &self.name, call, view);
        let deletes = self.swap && view.parameter(call.scope, &self.name, call.facts.now).is_some();
        let delete = deletes.then(|| access::on("ssm:DeleteParameter", &self.name, call, view));
        let put = put.when("ssm:overwrite", false);
        Ok([put].into_iter().chain(delete).collect())
    }

    fn cold(&self, call: &Call<'_>, view: &View<'_>) -> Vec<Key> {
        let deleted = view.ssm.deleted(call.scope, &self.name);
        deleted
            .map(|_| keys::deleted(call.scope, &self.name))
            .into_iter()
            .collect()
    }

    fn decide(
        request: Authorized<UndeleteParameter>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::UndeleteParameterResponse>, ParameterError> {
        let UndeleteParameter { name, swap } = request.into_inner();
        let deleted = view.deleted(call.scope, &name)?;
        let place = keys::deleted(call.scope, &name);
        let entry = with.cold.iter().find(|entry| entry.key == place);
        let entry = entry.ok_or(ParameterError::Internal)?;
        let record: DeletedParameter = entry.record().map_err(|_| ParameterError::Internal)?;
        let parameter = record.parameter.revived(with.now);
        // One that has expired is about to take the deleted one's place.
        let txn = match view.ssm.parameter(call.scope, &name) {
            None => put_back(deleted, &parameter, call, view)?,
            Some(_) if !swap => return Err(ParameterError::NameInUse(name.to_string())),
            Some(live) => change_places(live, deleted, &parameter, call, view)?,
        };
        let output = wire::UndeleteParameterResponse {
            name: Some(parameter.name.to_string()),
            version: Some(deleted.number),
            tier: Some(deleted.tier.as_str().to_owned()),
        };
        Ok(Decision::write(txn, output))
    }
}

/// The name is free.
fn put_back(
    deleted: &Deleted,
    parameter: &Parameter,
    call: &Call<'_>,
    view: &View<'_>,
) -> Result<Txn, ParameterError> {
    if quotas::is_full(view.ssm, call.scope, deleted.tier) {
        return Err(ParameterError::TooManyParameters(deleted.tier));
    }
    let name = ParameterName::stored(&parameter.name);
    let (place, key) = (
        keys::deleted(call.scope, &name),
        keys::parameter(call.scope, &name),
    );
    let mut txn = Txn::new();
    txn.unchanged(place.clone(), Some(deleted.revision)).delete(place);
    txn.absent(key.clone()).put(key, parameter);
    Ok(txn)
}

/// The name is in use, and both are kept.
fn change_places(
    live: &Stored<Parameter>,
    deleted: &Deleted,
    parameter: &Parameter,
    call: &Call<'_>,
    view: &View<'_>,
) -> Result<Txn, ParameterError> {
    let changes_tier = live.current.tier != deleted.tier;
    if changes_tier && quotas::is_full(view.ssm, call.scope, deleted.tier) {
        return Err(ParameterError::TooManyParameters(deleted.tier));
    }
    let now = call.facts.now;
    let deleting = match live.has_expired(now) {
        true => Deleting::of_expired(view.ssm, call.scope, now),
        false => Deleting {
            state: view.ssm,
            scope: call.scope,
            by: call.caller.arn.as_str(),
            now,
        },
    };
    let swapped = deleting.swap(live, parameter, deleted.revision);
    swapped.ok_or_else(|| ParameterError::SwapDestroys(live.name.to_string()))
}
