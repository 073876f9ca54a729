//! What the sign-in and the pages share: the tickets that were given out, and who bears them.

use std::sync::Arc;
use std::time::SystemTime;

use kagiban_aws::sigv4::SignatureError;
use kagiban_aws::{AccessKeyId, AccountId, Arn, Region, SecretString, Timestamp};
use kagiban_iam::authenticate::Candidate;

use super::cookie;
use super::origin::Origin;
use super::tickets::Tickets;
use crate::config::{BaseUrl, Config};
use crate::edge::Edge;
use crate::http::Request;

/// The console's own state; the rest is the edge's.
pub(super) struct Desk {
    pub(super) edge: Arc<Edge>,
    /// Sign-in tokens.
    pub(super) tokens: Tickets<Arc<Visitor>>,
    /// Sessions of browsers, by their cookies.
    pub(super) sessions: Tickets<Arc<Visitor>>,
    /// Which Region is shown unless another one is asked for.
    pub(super) region: Region,
    public_url: Option<BaseUrl>,
}

/// Who has signed in, as it was proven then. It is proven anew each time something is asked on their behalf.
#[derive(Debug)]
pub(super) struct Visitor {
    pub(super) access_key_id: AccessKeyId,
    pub(super) token: SecretString,
    pub(super) arn: Arn,
    /// The user or role whose rights they are.
    pub(super) behind: Arn,
    pub(super) account: AccountId,
    /// When the session ends: with the credentials at the latest.
    pub(super) until: Timestamp,
}

/// Sign-in tokens, and sessions, at most: their credentials take a kilobyte or two each.
const MOST: usize = 1024;
const MOST_OF_ONE: usize = 8;

impl Desk {
    pub(super) fn new(config: &Config, edge: Arc<Edge>) -> Desk {
        Desk {
            edge,
            tokens: Tickets::new(MOST, MOST_OF_ONE),
            sessions: Tickets::new(MOST, MOST_OF_ONE),
            region: config.region,
            public_url: config.public_url.clone(),
        }
    }

    /// Where the browser that sends a request is.
    pub(super) fn origin(&self, request: &Request) -> Option<Origin> {
        Origin::of(request, self.public_url.as_ref())
    }

    /// Whose session a request's cookie names, and the cookie.
    pub(super) fn visitor<'r>(
        &self,
        request: &'r Request,
        origin: &Origin,
    ) -> Option<(&'r str, Arc<Visitor>)> {
        let cookie = cookie::find(&request.headers, origin)?;
        Some((cookie, self.sessions.look(cookie, now())?))
    }

    /// Proves anew who has signed in.
    ///
    /// # Errors
    ///
    /// The credentials have expired, or are not known any more.
    pub(super) fn proven(&self, visitor: &Visitor) -> Result<Candidate, SignatureError> {
        let id = visitor.access_key_id.as_str();
        self.edge.bearer(id, &visitor.token, now())
    }
}

/// What the clock says.
pub(super) fn now() -> Timestamp {
    SystemTime::now().into()
}
