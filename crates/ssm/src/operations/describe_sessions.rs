//! `ssm:DescribeSessions`: sessions that last, or those of the last thirty days.

use std::cmp::Reverse;

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, Stored, With};

use crate::page::Listing;
use crate::records::Session;
use crate::sessions::{Filters, Sessions};
use crate::{ParameterError, View, access, wire};

/// Where AWS does not say, the model's most.
const DEFAULT_RESULTS: i32 = 200;

/// Which sessions to list.
#[derive(Clone, Debug)]
pub struct DescribeSessions {
    filters: Filters,
    most: usize,
    token: Option<String>,
}

impl Operation for DescribeSessions {
    const ACTION: &'static str = "ssm:DescribeSessions";
    type Wire = wire::DescribeSessionsRequest;
    type Output = wire::DescribeSessionsResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DescribeSessionsRequest) -> Result<DescribeSessions, ParameterError> {
        Ok(DescribeSessions {
            filters: Filters::parse(wire.state, wire.filters)?,
            most: usize::try_from(wire.max_results.unwrap_or(DEFAULT_RESULTS)).unwrap_or_default(),
            token: wire.next_token,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_all(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<DescribeSessions>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::DescribeSessionsResponse>, ParameterError> {
        let listing = Listing {
            action: Self::ACTION,
            scope: call.scope,
            filters: &request.filters.text,
        };
        let from = match &request.token {
            Some(token) => Some(place(&view.pages.open(listing, token, with.now)?)?),
            None => None,
        };
        let sessions = view.ssm.sessions(call.scope);
        let sessions = sessions.into_iter().flat_map(Sessions::all);
        let mut found: Vec<(Place<'_>, &Stored<Session>)> = sessions
            .filter(|(id, session)| request.filters.accept(id, session))
            .map(|(id, session)| ((Reverse(session.started.millis()), id), session))
            .filter(|(place, _)| from.as_ref().is_none_or(|(at, id)| *place >= (*at, id.as_str())))
            .collect();
        found.sort_unstable_by_key(|(place, _)| *place);
        let next = found
            .get(request.most)
            .map(|((at, id), _)| format!("{}/{id}", at.0));
        let described = found.iter().take(request.most);
        Ok(Decision::read(wire::DescribeSessionsResponse {
            sessions: Some(
                described
                    .map(|((_, id), session)| describe(id, session))
                    .collect(),
            ),
            next_token: next.map(|place| view.pages.seal(listing, &place, with.now, with.entropy)),
        }))
    }
}

/// Where a session is in the list: the newest come first.
type Place<'p> = (Reverse<i64>, &'p str);

fn place(text: &str) -> Result<(Reverse<i64>, String), ParameterError> {
    let (at, id) = text.split_once('/').ok_or(ParameterError::Internal)?;
    let at = at.parse().map_err(|_| ParameterError::Internal)?;
    Ok((Reverse(at), id.to_owned()))
}

fn describe(id: &str, session: &Session) -> wire::Session {
    let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    wire::Session {
        session_id: Some(id.to_owned()),
        target: Some(session.target.to_string()),
        status: Some(session.status.as_str().to_owned()),
        start_date: Some(session.started),
        end_date: session.ended,
        document_name: text(&session.document_name),
        owner: Some(session.owner.to_string()),
        reason: text(&session.reason),
        details: text(&session.details),
        output_url: Some(Default::default()),
        max_session_duration: session.longest_minutes.map(|minutes| minutes.to_string()),
        access_type: Some(wire::access_type::STANDARD.to_owned()),
    }
}
