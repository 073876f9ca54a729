//! `ssm:UnlabelParameterVersion`: take labels off a version.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::label::{self, Sorted};
use crate::{ParameterError, ParameterName, View, access, wire};

/// Which labels to take off which version.
#[derive(Clone, Debug)]
pub struct UnlabelParameterVersion {
    name: ParameterName,
    version: i64,
    labels: Vec<String>,
}

impl Operation for UnlabelParameterVersion {
    const ACTION: &'static str = "ssm:UnlabelParameterVersion";
    type Wire = wire::UnlabelParameterVersionRequest;
    type Output = wire::UnlabelParameterVersionResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UnlabelParameterVersionRequest) -> Result<UnlabelParameterVersion, ParameterError> {
        Ok(UnlabelParameterVersion {
            name: wire.name.unwrap_or_default().parse()?,
            version: wire.parameter_version.unwrap_or_default(),
            labels: wire.labels.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on(Self::ACTION, &self.name, call, view)])
    }

    fn decide(
        request: Authorized<UnlabelParameterVersion>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UnlabelParameterVersionResult>, ParameterError> {
        let name = &request.name;
        let parameter = view
            .parameter(call.scope, name, call.facts.now)
            .ok_or_else(|| ParameterError::NotFound(name.to_string()))?;
        let version = parameter.kept(request.version, name)?;
        let on_it = |label: &str| parameter.labelled(label) == Some(version);
        let Sorted { good, invalid } = Sorted::by(&request.labels, on_it);
        let mut labels = parameter.all_labels();
        labels.retain(|label, _| !good.iter().any(|removed| **removed == **label));
        let output = wire::UnlabelParameterVersionResult {
            removed_labels: Some(good),
            invalid_labels: Some(invalid),
        };
        Ok(Decision::write(
            label::write(call, name, parameter, labels),
            output,
        ))
    }
}
