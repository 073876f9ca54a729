//! `ssm:CreateActivation`: let machines register as managed nodes.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::nodes::activation::Wanted;
use crate::records::Rights;
use crate::{ParameterError, View, access, tags, wire};

/// What is to be made.
#[derive(Clone, Debug)]
pub struct CreateActivation {
    wanted: Wanted,
}

impl Operation for CreateActivation {
    const ACTION: &'static str = "ssm:CreateActivation";
    type Wire = wire::CreateActivationRequest;
    type Output = wire::CreateActivationResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    // RegistrationMetadata is for internal use at AWS, and not kept.
    fn parse(wire: wire::CreateActivationRequest) -> Result<CreateActivation, ParameterError> {
        let limit = wire
            .registration_limit
            .and_then(|limit| u32::try_from(limit).ok());
        Ok(CreateActivation {
            wanted: Wanted {
                rights: Rights::Role(wire.iam_role.unwrap_or_default().into()),
                description: wire.description,
                default_instance_name: wire.default_instance_name,
                limit: limit.unwrap_or(1),
                expires: wire.expiration_date,
                tags: tags::parse(wire.tags)?,
            },
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let Wanted { rights, tags, .. } = &self.wanted;
        let create = access::requesting(access::on_all(Self::ACTION, call), tags);
        Ok(vec![create, view.passing(call.scope, rights)])
    }

    fn decide(
        request: Authorized<CreateActivation>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateActivationResult>, ParameterError> {
        let wanted = request.into_inner().wanted;
        view.role(call.scope, &wanted.rights, None, with.now)?;
        let (txn, made) = wanted.make(call, with)?;
        let output = wire::CreateActivationResult {
            activation_id: Some(made.id),
            activation_code: Some(made.code),
        };
        Ok(Decision::write(txn, output))
    }
}
