//! `kagiban:ListDeadLetters`: what a webhook could not deliver, as far as the caller may read it.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Key;

use super::wire;
use crate::page::Listing;
use crate::records::{DeadLetter, Told, keys};
use crate::webhooks::Reader;
use crate::{ParameterError, View};

const MAX_RESULTS: i32 = 50;

/// Whose dead letters, and where the listing goes on.
#[derive(Clone, Debug)]
pub struct ListDeadLetters {
    webhook: String,
    most: usize,
    token: Option<String>,
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
            most: usize::try_from(wire.max_results.unwrap_or(MAX_RESULTS)).unwrap_or_default(),
            token: wire.next_token,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn cold(&self, call: &Call<'_>, view: &View<'_>) -> Vec<Key> {
        let page = self.page(call, view).unwrap_or_default(); // refused below
        let places = page.places.into_iter();
        places
            .map(|place| keys::dead_letter(call.scope, &self.webhook, place))
            .collect()
    }

    fn decide(
        request: Authorized<ListDeadLetters>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::ListDeadLettersResponse>, ParameterError> {
        let next = request.page(call, view)?.next;
        let mut reader = Reader::new(view, call);
        let letters = with.cold.iter().map(|entry| {
            let mut letter: DeadLetter = entry.record().map_err(|_| ParameterError::Internal)?;
            letter.events.retain(|told| reader.may_learn(told));
            Ok(printed(letter))
        });
        let letters: Result<_, ParameterError> = letters.collect();
        let listing = request.listing(call);
        Ok(Decision::read(wire::ListDeadLettersResponse {
            dead_letters: Some(letters?),
            next_token: next.map(|place| view.pages.seal(listing, place, with.now, with.entropy)),
        }))
    }
}

/// Where the letters lie that are listed together, and where those of the next page begin.
#[derive(Default)]
struct Page<'v> {
    places: Vec<&'v str>,
    next: Option<&'v str>,
}

impl ListDeadLetters {
    fn page<'v>(&self, call: &Call<'_>, view: &View<'v>) -> Result<Page<'v>, ParameterError> {
        view.webhook(call.scope, &self.webhook)?;
        let from = match &self.token {
            Some(token) => view.pages.open(self.listing(call), token, call.facts.now)?,
            None => String::new(),
        };
        let webhooks = view.ssm.webhooks(call.scope);
        let page = webhooks.map(|webhooks| webhooks.page_of_letters(&self.webhook, &from, self.most));
        let (places, next) = page.unwrap_or_default();
        Ok(Page { places, next })
    }

    fn listing(&self, call: &Call<'_>) -> Listing<'_> {
        Listing {
            action: Self::ACTION,
            scope: call.scope,
            filters: &self.webhook,
        }
    }
}

fn printed(letter: DeadLetter) -> wire::DeadLetter {
    wire::DeadLetter {
        id: Some(letter.id.into()),
        date: Some(letter.date),
        attempts: Some(i32::try_from(letter.attempts).unwrap_or(i32::MAX)),
        last_error: Some(letter.last_error.into()),
        events: Some(letter.events.into_iter().map(event).collect()),
    }
}

/// An event as it was to be delivered.
fn event(told: Told) -> wire::ParameterEvent {
    wire::ParameterEvent {
        kind: Some(told.kind.into()),
        name: Some(told.name.into()),
        version: told.version,
        r#type: told.r#type.map(Into::into),
        date: Some(told.date),
    }
}
