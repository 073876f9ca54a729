//! `kagiban:WatchParameters`: what has changed below a path, once something has.
//!
//! The answer ends in a cursor, and the next request goes on there. It is sealed: it would tell how
//! much is written to the store, also of what the caller may not read. Nothing is told of values.

use std::time::Duration;

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, Wait, With};
use kagiban_store::Rev;

use super::wire;
use crate::changes::Change;
use crate::feed::{News, Question};
use crate::page::Listing;
use crate::path::ParameterPath;
use crate::{ParameterError, View, access};

const MOST: usize = 100;
const TIMEOUT_SECONDS: i32 = 30;

/// Which path to watch, from where, and for how long.
#[derive(Clone, Debug)]
pub struct WatchParameters {
    path: ParameterPath,
    recursive: bool,
    cursor: Option<String>,
    patience: Duration,
}

impl Operation for WatchParameters {
    const ACTION: &'static str = "kagiban:WatchParameters";
    type Wire = wire::WatchParametersRequest;
    type Output = wire::WatchParametersResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::WatchParametersRequest) -> Result<WatchParameters, ParameterError> {
        let seconds = wire.timeout_seconds.unwrap_or(TIMEOUT_SECONDS);
        Ok(WatchParameters {
            path: ParameterPath::parse(&wire.path.unwrap_or_default())?,
            recursive: wire.recursive.unwrap_or(true),
            cursor: wire.cursor,
            patience: Duration::from_secs(u64::try_from(seconds).unwrap_or_default()),
        })
    }

    /// As to read the path; each change is held against `ssm:GetParameter` as well.
    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_path(&self.path, self.recursive, call)])
    }

    fn waits(&self, call: &Call<'_>, view: &View<'_>, with: &With<'_>) -> Option<Wait> {
        let news = self.news(call, view, with).ok()?;
        let quiet = news.changes.is_empty() && !news.more && !self.patience.is_zero();
        quiet.then(|| Wait {
            scope: call.scope,
            topic: self.path.span(self.recursive).to_topic(),
            after: news.reached,
            patience: self.patience,
        })
    }

    fn decide(
        request: Authorized<WatchParameters>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::WatchParametersResponse>, ParameterError> {
        let news = request.news(call, view, with)?;
        let place = news.reached.to_string();
        let bound = request.bound(view);
        let cursor = view
            .pages
            .seal(listing(&bound, call), &place, with.now, with.entropy);
        Ok(Decision::read(wire::WatchParametersResponse {
            events: Some(news.changes.into_iter().map(printed).collect()),
            cursor: Some(cursor),
            truncated: Some(news.more),
        }))
    }
}

impl WatchParameters {
    fn news<'v>(
        &self,
        call: &Call<'_>,
        view: &View<'v>,
        with: &With<'_>,
    ) -> Result<News<'v>, ParameterError> {
        let question = Question {
            span: &self.path.span(self.recursive),
            after: self.after(call, view, with)?,
            most: MOST,
        };
        Ok(view.news(question, call)?)
    }

    /// Where the cursor is; without one, when the request came.
    fn after(&self, call: &Call<'_>, view: &View<'_>, with: &With<'_>) -> Result<Rev, ParameterError> {
        let Some(cursor) = &self.cursor else {
            return Ok(with.since.unwrap_or(view.ssm.feed().revision()));
        };
        let bound = self.bound(view);
        let opened = view.pages.open(listing(&bound, call), cursor, call.facts.now);
        let place = opened.map_err(|_| ParameterError::CursorExpired)?;
        place.parse().map(Rev).map_err(|_| ParameterError::Internal)
    }

    /// What a cursor is bound to, besides the account and Region.
    fn bound(&self, view: &View<'_>) -> String {
        let life = view.ssm.feed().life();
        format!("{life}|{}|{}", self.recursive, self.path.as_str())
    }
}

fn listing<'l>(bound: &'l str, call: &Call<'_>) -> Listing<'l> {
    Listing {
        action: WatchParameters::ACTION,
        scope: call.scope,
        filters: bound,
    }
}

/// A change as answers have it.
pub(crate) fn printed(change: &Change) -> wire::ParameterEvent {
    wire::ParameterEvent {
        kind: Some(change.kind.as_str().to_owned()),
        name: Some(change.name.to_string()),
        version: change.version,
        r#type: change.r#type.map(|kind| kind.as_str().to_owned()),
        date: Some(change.date),
    }
}
