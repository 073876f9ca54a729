//! `ssm:LabelParameterVersion`: give labels to a version, taking them off others.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::label::{self, Sorted};
use crate::{ParameterError, ParameterName, View, access, wire};

/// Which labels to give to which version.
#[derive(Clone, Debug)]
pub struct LabelParameterVersion {
    name: ParameterName,
    /// The newest if it is left out.
    version: Option<i64>,
    labels: Sorted,
}

impl Operation for LabelParameterVersion {
    const ACTION: &'static str = "ssm:LabelParameterVersion";
    type Wire = wire::LabelParameterVersionRequest;
    type Output = wire::LabelParameterVersionResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::LabelParameterVersionRequest) -> Result<LabelParameterVersion, ParameterError> {
        Ok(LabelParameterVersion {
            name: wire.name.unwrap_or_default().parse()?,
            version: wire.parameter_version,
            labels: Sorted::by(&wire.labels.unwrap_or_default(), label::is_valid),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on(Self::ACTION, &self.name, call, view)])
    }

    fn decide(
        request: Authorized<LabelParameterVersion>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::LabelParameterVersionResult>, ParameterError> {
        let LabelParameterVersion {
            name,
            version,
            labels: Sorted { good, invalid },
        } = request.into_inner();
        let parameter = view
            .parameter(call.scope, &name, call.facts.now)
            .ok_or_else(|| ParameterError::NotFound(name.to_string()))?;
        let version = match version {
            Some(version) => parameter.kept(version, &name)?,
            None => parameter.current.number,
        };
        let labels = label::attach(&parameter.all_labels(), version, &good)?;
        let output = wire::LabelParameterVersionResult {
            invalid_labels: Some(invalid),
            parameter_version: Some(version),
        };
        Ok(Decision::write(
            label::write(call, &name, parameter, labels),
            output,
        ))
    }
}
