//! `kagiban:CreateWebhook`: have changes below a path delivered to a URL.
//!
//! What it tells is decided by the present policies of whoever made it, at each delivery, and on the terms
//! of the session that they made it in. It cannot be made in a session that policies of its own narrow, or
//! that ends with a managed node: the webhook is to outlive sessions.

use kagiban_aws::SecretString;
use kagiban_iam::{Author, Authorized, Call, Caller, Decision, Operation, Requirement, With, hex};
use kagiban_store::Txn;

use super::list_webhooks::printed;
use super::wire;
use crate::path::ParameterPath;
use crate::records::{Webhook, keys};
use crate::webhooks::Target;
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
        let author = author(call.caller)?;
        if let Some(address) = url.address().filter(|address| !(view.delivers_to)(*address)) {
            let sentence = format!(
                "webhooks are not delivered to {address}; this server's setting `webhooks` leaves out its own machine and \
                 what is link-local"
            );
            return Err(ParameterError::InvalidInput(sentence));
        }
        let there = view.ssm.webhooks(call.scope);
        if there.is_some_and(|there| there.get(&name).is_some()) {
            return Err(ParameterError::WebhookExists(name));
        }
        view.ssm.all_webhooks().admit(call.scope)?;
        let secret = hex(with.entropy.key::<32>().as_ref());
        let webhook = Webhook {
            url: url.into_inner(),
            path: path.as_str().into(),
            recursive,
            created: with.now,
            creator: call.caller.arn.as_str().into(),
            author: Some(author),
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
        txn.merge(
            view.ssm
                .all_webhooks()
                .one_at_a_time(call.scope.account, with.now),
        );
        let output = wire::CreateWebhookResponse {
            webhook: Some(printed(&name, &webhook, 0)),
            secret: Some(webhook.secret),
        };
        Ok(Decision::write(txn, output))
    }
}

/// Whose rights decide.
///
/// # Errors
///
/// `InvalidInput` for those who have less than the rights of the user or role behind them.
fn author(caller: &Caller) -> Result<Author, ParameterError> {
    let bounded = caller
        .session
        .as_ref()
        .is_some_and(|session| session.is_bounded());
    let author = Author::of(caller).filter(|_| !bounded);
    author.ok_or_else(|| {
        let sentence = "a session with policies of its own, or of a managed node, cannot make a webhook, \
                        which would outlive them";
        ParameterError::InvalidInput(sentence.to_owned())
    })
}
