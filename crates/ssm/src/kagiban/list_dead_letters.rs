//! `kagiban:ListDeadLetters`: what a webhook could not deliver.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Key;
use serde_json::Value;

use super::wire;
use crate::records::{DeadLetter, keys};
use crate::{ParameterError, View};

/// Whose dead letters.
#[derive(Clone, Debug)]
pub struct ListDeadLetters {
    webhook: String,
}

impl Operation for ListDeadLetters {
    const ACTION: &'static str = "kagiban:ListDeadLetters";
    type Wire = wire::ListDeadLettersRequest;
    type Output = wire::ListDeadLettersResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListDeadLettersRequest) -> Result<ListDeadLetters, ParameterError> {
        Ok(ListDeadLetters {
            webhook: wire.webhook.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn cold(&self, call: &Call<'_>, view: &View<'_>) -> Vec<Key> {
        match view.webhook(call.scope, &self.webhook) {
            Ok(_) => vec![keys::dead_letters(call.scope, &self.webhook)],
            Err(_) => Vec::new(),
        }
    }

    fn decide(
        request: Authorized<ListDeadLetters>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::ListDeadLettersResponse>, ParameterError> {
        view.webhook(call.scope, &request.webhook)?;
        let letters = with.cold.iter().map(|entry| {
            let letter: DeadLetter = entry.record().map_err(|_| ParameterError::Internal)?;
            Ok(printed(&letter))
        });
        Ok(Decision::read(wire::ListDeadLettersResponse {
            dead_letters: Some(letters.collect::<Result<_, ParameterError>>()?),
        }))
    }
}

fn printed(letter: &DeadLetter) -> wire::DeadLetter {
    let body: Value = serde_json::from_str(&letter.body).unwrap_or_default();
    let events = body["Events"].as_array().into_iter().flatten();
    wire::DeadLetter {
        id: Some(letter.id.to_string()),
        date: Some(letter.date),
        attempts: Some(i32::try_from(letter.attempts).unwrap_or(i32::MAX)),
        last_error: Some(letter.last_error.to_string()),
        events: Some(events.map(event).collect()),
    }
}

/// An event as it was delivered.
fn event(told: &Value) -> wire::ParameterEvent {
    let text = |name: &str| told[name].as_str().map(str::to_owned);
    wire::ParameterEvent {
        kind: text("Kind"),
        name: text("Name"),
        version: told["Version"].as_i64(),
        r#type: text("Type"),
        date: told["Date"].as_f64().map(timestamp),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "it was made of milliseconds")]
fn timestamp(seconds: f64) -> kagiban_aws::Timestamp {
    kagiban_aws::Timestamp::from_millis((seconds * 1000.0).round() as i64)
}
