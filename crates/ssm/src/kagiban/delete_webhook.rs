//! `kagiban:DeleteWebhook`: deliver no more, and forget what was not delivered.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use super::wire;
use crate::records::keys;
use crate::{ParameterError, View};

/// Which webhook to end.
#[derive(Clone, Debug)]
pub struct DeleteWebhook {
    name: String,
}

impl Operation for DeleteWebhook {
    const ACTION: &'static str = "kagiban:DeleteWebhook";
    type Wire = wire::DeleteWebhookRequest;
    type Output = wire::DeleteWebhookResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteWebhookRequest) -> Result<DeleteWebhook, ParameterError> {
        Ok(DeleteWebhook {
            name: wire.name.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        request: Authorized<DeleteWebhook>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteWebhookResponse>, ParameterError> {
        let webhook = view.webhook(call.scope, &request.name)?;
        let key = keys::webhook(call.scope, &request.name);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(webhook.revision))
            .delete(key)
            .delete_prefix(keys::dead_letters(call.scope, &request.name));
        Ok(Decision::write(txn, wire::DeleteWebhookResponse {}))
    }
}
