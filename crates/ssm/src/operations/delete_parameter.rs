//! `ssm:DeleteParameter`: remove a parameter with all its versions, labels and tags.
//!
//! To AWS's clients it is gone. Our own service can bring it back for a while.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, Stored, With};
use kagiban_store::Txn;

use crate::deleted::{Deleting, deleting};
use crate::records::Parameter;
use crate::{ParameterError, ParameterName, View, wire};

/// What to remove.
#[derive(Clone, Debug)]
pub struct DeleteParameter {
    name: ParameterName,
}

impl Operation for DeleteParameter {
    const ACTION: &'static str = "ssm:DeleteParameter";
    type Wire = wire::DeleteParameterRequest;
    type Output = wire::DeleteParameterResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteParameterRequest) -> Result<DeleteParameter, ParameterError> {
        Ok(DeleteParameter {
            name: wire.name.unwrap_or_default().parse()?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(deleting(Self::ACTION, &self.name, call, view).collect())
    }

    fn decide(
        request: Authorized<DeleteParameter>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteParameterResult>, ParameterError> {
        let parameter = view.parameter(call.scope, &request.name, call.facts.now);
        let parameter = parameter.ok_or_else(|| ParameterError::NotFound(request.name.to_string()))?;
        let txn = delete(call, view, parameter);
        Ok(Decision::write(txn, wire::DeleteParameterResult {}))
    }
}

/// Takes a parameter out of sight for a caller, as it was seen.
pub(super) fn delete(call: &Call<'_>, view: &View<'_>, parameter: &Stored<Parameter>) -> Txn {
    Deleting {
        state: view.ssm,
        scope: call.scope,
        by: call.caller.arn.as_str(),
        now: call.facts.now,
    }
    .delete(parameter)
}
