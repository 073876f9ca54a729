//! `kagiban:PurgeDeletedParameter`: destroy a deleted parameter before its time.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use super::wire;
use crate::deleted::on_deleted;
use crate::{ParameterError, ParameterName, View};

/// What to destroy.
#[derive(Clone, Debug)]
pub struct PurgeDeletedParameter {
    name: ParameterName,
}

impl Operation for PurgeDeletedParameter {
    const ACTION: &'static str = "kagiban:PurgeDeletedParameter";
    type Wire = wire::PurgeDeletedParameterRequest;
    type Output = wire::PurgeDeletedParameterResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::PurgeDeletedParameterRequest) -> Result<PurgeDeletedParameter, ParameterError> {
        Ok(PurgeDeletedParameter {
            name: wire.name.unwrap_or_default().parse()?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![on_deleted("ssm:DeleteParameter", &self.name, call, view)])
    }

    fn decide(
        request: Authorized<PurgeDeletedParameter>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::PurgeDeletedParameterResponse>, ParameterError> {
        let txn = view.deleted(call.scope, &request.name)?.purge(call.scope);
        Ok(Decision::write(txn, wire::PurgeDeletedParameterResponse {}))
    }
}
