//! `ssm:DeleteParameters`: remove up to ten parameters.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use super::delete_parameter::delete;
use crate::deleted::deleting;
use crate::{ParameterError, ParameterName, View, wire};

/// What to remove.
#[derive(Clone, Debug)]
pub struct DeleteParameters {
    names: Vec<ParameterName>,
}

impl Operation for DeleteParameters {
    const ACTION: &'static str = "ssm:DeleteParameters";
    type Wire = wire::DeleteParametersRequest;
    type Output = wire::DeleteParametersResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteParametersRequest) -> Result<DeleteParameters, ParameterError> {
        let mut names: Vec<ParameterName> = Vec::new();
        for name in wire.names.unwrap_or_default() {
            let name = name.parse()?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(DeleteParameters { names })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let requirements = |name| deleting(Self::ACTION, name, call, view);
        Ok(self.names.iter().flat_map(requirements).collect())
    }

    fn decide(
        request: Authorized<DeleteParameters>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteParametersResult>, ParameterError> {
        let mut txn = Txn::new();
        let (mut deleted, mut invalid) = (Vec::new(), Vec::new());
        for (index, name) in request.names.iter().enumerate() {
            let Some(parameter) = view.parameter(call.scope, name, call.facts.now) else {
                invalid.push(name.to_string());
                continue;
            };
            // Both spellings of one name are one parameter, and a transaction takes each key once.
            if !request.names[..index]
                .iter()
                .any(|other| other.canonical() == name.canonical())
            {
                txn.merge(delete(call, view, parameter));
            }
            deleted.push(name.to_string());
        }
        let output = wire::DeleteParametersResult {
            deleted_parameters: Some(deleted),
            invalid_parameters: Some(invalid),
        };
        Ok(Decision::write(txn, output))
    }
}
