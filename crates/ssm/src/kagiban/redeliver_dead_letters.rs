//! `kagiban:RedeliverDeadLetters`: try again what a webhook could not deliver, each once and in order,
//! until one fails again.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use super::wire;
use crate::webhooks::{Webhooks, moved};
use crate::{ParameterError, View};

/// Whose dead letters.
#[derive(Clone, Debug)]
pub struct RedeliverDeadLetters {
    webhook: String,
}

impl Operation for RedeliverDeadLetters {
    const ACTION: &'static str = "kagiban:RedeliverDeadLetters";
    type Wire = wire::RedeliverDeadLettersRequest;
    type Output = wire::RedeliverDeadLettersResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::RedeliverDeadLettersRequest) -> Result<RedeliverDeadLetters, ParameterError> {
        Ok(RedeliverDeadLetters {
            webhook: wire.webhook.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        request: Authorized<RedeliverDeadLetters>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::RedeliverDeadLettersResponse>, ParameterError> {
        let name = &request.webhook;
        let webhook = view.webhook(call.scope, name)?;
        let letters = |webhooks: &Webhooks| webhooks.letters(name).count();
        let count = view.ssm.webhooks(call.scope).map_or(0, letters);
        let output = wire::RedeliverDeadLettersResponse {
            redelivering: Some(i32::try_from(count).unwrap_or(i32::MAX)),
        };
        if count == 0 {
            return Ok(Decision::read(output));
        }
        let txn = moved(call.scope, name, webhook, |webhook| webhook.redelivers = true);
        Ok(Decision::write(txn, output))
    }
}
