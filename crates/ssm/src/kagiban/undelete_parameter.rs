//! `kagiban:UndeleteParameter`: bring a deleted parameter back, with its versions, labels and tags.
//!
//! One whose policy let it expire comes back without that policy, or it would be gone again.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::{Key, Txn};

use super::wire;
use crate::deleted::on_deleted;
use crate::records::{DeletedParameter, keys};
use crate::{ParameterError, ParameterName, View, quotas};

/// What to bring back.
#[derive(Clone, Debug)]
pub struct UndeleteParameter {
    name: ParameterName,
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
        })
    }

    /// Whoever may put a parameter may have it back.
    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let put = on_deleted("ssm:PutParameter", &self.name, call, view);
        Ok(vec![put.when("ssm:overwrite", false)])
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
        let UndeleteParameter { name } = request.into_inner();
        let deleted = view.deleted(call.scope, &name)?;
        // One that has expired is about to take the deleted one's place.
        if view.ssm.parameter(call.scope, &name).is_some() {
            return Err(ParameterError::NameInUse(name.to_string()));
        }
        if quotas::is_full(view.ssm, call.scope, deleted.tier) {
            return Err(ParameterError::TooManyParameters(deleted.tier));
        }
        let (place, key) = (
            keys::deleted(call.scope, &name),
            keys::parameter(call.scope, &name),
        );
        let entry = with.cold.iter().find(|entry| entry.key == place);
        let entry = entry.ok_or(ParameterError::Internal)?;
        let record: DeletedParameter = entry.record().map_err(|_| ParameterError::Internal)?;
        let parameter = record.parameter.revived(with.now);
        let mut txn = Txn::new();
        txn.unchanged(place.clone(), Some(deleted.revision)).delete(place);
        txn.absent(key.clone()).put(key, &parameter);
        let output = wire::UndeleteParameterResponse {
            name: Some(parameter.name.to_string()),
            version: Some(deleted.number),
            tier: Some(deleted.tier.as_str().to_owned()),
        };
        Ok(Decision::write(txn, output))
    }
}
