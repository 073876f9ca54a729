//! `kagiban:ListWebhooks`: the webhooks, and how they fare.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use super::wire;
use crate::records::Webhook;
use crate::{ParameterError, View};

/// All webhooks.
#[derive(Clone, Debug)]
pub struct ListWebhooks;

impl Operation for ListWebhooks {
    const ACTION: &'static str = "kagiban:ListWebhooks";
    type Wire = wire::ListWebhooksRequest;
    type Output = wire::ListWebhooksResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(_wire: wire::ListWebhooksRequest) -> Result<ListWebhooks, ParameterError> {
        Ok(ListWebhooks)
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        _request: Authorized<ListWebhooks>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListWebhooksResponse>, ParameterError> {
        let webhooks = view.ssm.webhooks(call.scope).into_iter();
        let all = webhooks.flat_map(|webhooks| {
            let all = webhooks.all();
            all.map(|(name, webhook)| printed(name, webhook, webhooks.letters(name).count()))
        });
        Ok(Decision::read(wire::ListWebhooksResponse {
            webhooks: Some(all.collect()),
        }))
    }
}

/// A webhook as answers have it.
pub(super) fn printed(name: &str, webhook: &Webhook, dead_letters: usize) -> wire::Webhook {
    wire::Webhook {
        name: Some(name.to_owned()),
        url: Some(webhook.url.to_string()),
        path: Some(webhook.path.to_string()),
        recursive: Some(webhook.recursive),
        created_date: Some(webhook.created),
        created_by: Some(webhook.creator.to_string()),
        last_delivery: webhook.last_delivery,
        last_failure: webhook.last_failure.as_deref().map(str::to_owned),
        dead_letters: Some(i32::try_from(dead_letters).unwrap_or(i32::MAX)),
    }
}
