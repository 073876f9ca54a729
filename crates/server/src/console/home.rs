//! `/console` and `/console/home`: who has signed in, and the parameters of a Region that they may see.

use hyper::StatusCode;
use kagiban_aws::Region;
use kagiban_aws::wire::query::{Form, member};
use kagiban_iam::authenticate::Candidate;

use super::desk::{Desk, Visitor, now};
use super::listing::Listing;
use super::page::{self, Home};
use crate::http::{Request, Response};

/// What is to be shown; anything unreadable counts as not said.
#[derive(Default)]
struct View {
    region: Option<String>,
    next: Option<String>,
}

impl Desk {
    /// Answers with a page: to who has signed in, and can still prove it.
    pub(super) async fn page(&self, request: &Request) -> Response {
        let Some(origin) = self.origin(request) else {
            return page::closed(
                StatusCode::BAD_REQUEST,
                "the request does not say which host it is for",
            );
        };
        if !self.edge.is_ready() {
            return page::closed(
                StatusCode::SERVICE_UNAVAILABLE,
                "the store is being read; try again",
            );
        }
        let Some((cookie, visitor)) = self.visitor(request, &origin) else {
            return page::closed(StatusCode::FORBIDDEN, "you are not signed in, or not any more");
        };
        let bearer = match self.proven(&visitor) {
            Ok(bearer) => bearer,
            Err(_gone) => {
                self.sessions.take(cookie, now());
                return page::closed(
                    StatusCode::FORBIDDEN,
                    "the credentials that you signed in with are not valid any more",
                );
            }
        };
        request.acquaintance.make();
        match request.path() {
            "/console" | "/console/" | "/console/home" => {
                self.home(&visitor, &bearer, View::of(request), request).await
            }
            _ => page::missing(),
        }
    }

    async fn home(&self, visitor: &Visitor, bearer: &Candidate, view: View, request: &Request) -> Response {
        let asked = view.region.as_deref().filter(|region| !region.is_empty());
        let refused = |sentence: String| Listing::Refused {
            sentence,
            request_id: String::new(),
        };
        let (region, listing) = match asked.map_or(Ok(self.region), str::parse::<Region>) {
            Ok(region) => {
                let listed = self.parameters((visitor, bearer), region, view.next.as_deref(), request);
                let listed = listed
                    .await
                    .unwrap_or_else(|unsigned| refused(unsigned.to_string()));
                (region, listed)
            }
            Err(_) => (self.region, refused("No Region has such a name.".to_owned())),
        };
        page::home(&Home {
            visitor,
            region,
            listing: &listing,
        })
    }
}

impl View {
    fn of(request: &Request) -> View {
        let Some(form) = Form::parse(request.query().as_bytes()) else {
            return View::default();
        };
        let text = |name| member(&form, name).ok().flatten();
        View {
            region: text("region"),
            next: text("next"),
        }
    }
}
