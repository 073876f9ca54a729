//! `kagiban:CreateWebhook`: have changes below a path delivered to a URL.
//!
//! What it tells is decided by the present policies of whoever made it, at each delivery. So it cannot be
//! made in a session whose own policy says less than theirs: that policy would be forgotten.

use kagiban_aws::SecretString;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With, hex};
use kagiban_store::Txn;

use super::list_webhooks::printed;
use super::wire;
use crate::path::ParameterPath;
use crate::records::{Webhook, keys};
use crate::webhooks::{MOST, Target, Webhooks};
use crate::{ParameterError, View, access};

/// What to deliver, and where.
#[derive(Clone, Debug)]
pub struct CreateWebhook {
    name: String,
    url: Target,
    path: ParameterPath,
    recursive: bool,
}

impl Operation for CreateWebhook {
    const ACTION: &'static str = "kagiban:CreateWebhook";
    type Wire = wire::CreateWebhookRequest;
    type Output = wire::CreateWebhookResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreateWebhookRequest) -> Result<CreateWebhook, ParameterError> {
        Ok(CreateWebhook {
            name: wire.name.unwrap_or_default(),
            url: Target::parse(&wire.url.unwrap_or_default())?,
            path: ParameterPath::parse(&wire.path.unwrap_or_default())?,
            recursive: wire.recursive.unwrap_or(true),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![
            Requirement::on(Self::ACTION, "*", call.scope.account),
            access::on_path(&self.path, self.recursive, call),
        ])
    }

    fn decide(
        request: Authorized<CreateWebhook>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateWebhookResponse>, ParameterError> {
        let CreateWebhook {
            name,
            url,
            path,
            recursive,
        } = request.into_inner();
        let session = call.caller.session.as_ref();
        if session.is_some_and(|session| session.limits.is_some() || session.claims.policy.is_some()) {
            let narrowed =
                "a session with a policy of its own cannot make a webhook, which would outlive that policy";
            return Err(ParameterError::InvalidInput(narrowed.to_owned()));
        }
        let there = view.ssm.webhooks(call.scope);
        if there.is_some_and(|there| there.get(&name).is_some()) {
            return Err(ParameterError::WebhookExists(name));
        }
        if there.map_or(0, Webhooks::len) >= MOST {
            return Err(ParameterError::TooManyWebhooks(MOST));
        }
        let secret = hex(with.entropy.key::<32>().as_ref());
        let webhook = Webhook {
            url: url.into_inner(),
            path: path.as_str().into(),
            recursive,
            created: with.now,
            creator: call.caller.arn.as_str().into(),
            secret: SecretString::from(secret),
            position: view.ssm.feed().revision().0,
            last_delivery: None,
            last_failure: None,
            redelivers: false,
            rest: Default::default(),
        };
        let key = keys::webhook(call.scope, &name);
        let mut txn = Txn::new();
        txn.absent(key.clone()).put(key, &webhook);
        let output = wire::CreateWebhookResponse {
            webhook: Some(printed(&name, &webhook, 0)),
            secret: Some(webhook.secret),
        };
        Ok(Decision::write(txn, output))
    }
}
