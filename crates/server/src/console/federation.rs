//! `/federation`: credentials into a sign-in token, a sign-in token into a session, a session into nothing.
//!
//! Source: IAM User Guide, "Enabling custom identity broker access to the AWS console".

use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{HeaderValue, LOCATION, SET_COOKIE, USER_AGENT};
use kagiban_aws::wire::query::{Form, member};
use kagiban_aws::{Fault, SecretString, Timestamp};
use kagiban_iam::Caller;
use serde::Serialize;

use super::desk::{Desk, Visitor, now};
use super::document::json;
use super::error::FederationError;
use super::origin::Origin;
use super::presented::{Presented, session_duration, session_end};
use super::{cookie, page};
use crate::audit::{Event, Outcome};
use crate::edge::form;
use crate::http::{Request, Response};
use crate::request_id::RequestId;

/// The members of the form that count; others, such as `Issuer`, are passed over.
#[derive(Default)]
struct Asked {
    action: String,
    session: Option<SecretString>,
    session_duration: Option<String>,
    destination: Option<String>,
    signin_token: Option<SecretString>,
    redirect_uri: Option<String>,
}

/// Credentials that fill a token's room, escaped twice over.
const MAX_FORM: usize = 64 * 1024;

/// How long a sign-in token is good for.
const TOKEN_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// As the audit log calls it; AWS's own trail does, too.
const SERVICE: &str = "signin";

impl Desk {
    /// Answers what is asked of the sign-in.
    pub(super) async fn federate(&self, request: &Request, id: RequestId) -> Response {
        let (asked, origin) = match (Asked::read(request), self.origin(request)) {
            (Ok(asked), Some(origin)) => (asked, origin),
            (Err(refused), _) => return refused.response(),
            (_, None) => return FederationError::Host.response(),
        };
        match asked.action.as_str() {
            "getSigninToken" => match self.signin_token(&asked, request, id).await {
                Ok(answer) => answer,
                Err(refused) => refused.response(),
            },
            "login" => match self.log_in(&asked, request, &origin, id).await {
                Ok(answer) => answer,
                Err(refused) => page::closed(refused.status(), &refused.to_string()),
            },
            "logout" => self.log_out(&asked, request, &origin, id).await,
            _ => FederationError::Action.response(),
        }
    }

    async fn signin_token(
        &self,
        asked: &Asked,
        request: &Request,
        id: RequestId,
    ) -> Result<Response, FederationError> {
        const OPERATION: &str = "GetSigninToken";

        let visitor = match self.admitted(asked) {
            Ok(visitor) => visitor,
            Err(refused) => return Err(self.refuse(OPERATION, refused, request, id).await),
        };
        self.audit(&told(OPERATION, Some(&visitor), request, &id)).await?;
        let expires = visitor.until.min(now().plus(TOKEN_LIFETIME));
        let token = self
            .tokens
            .issue(visitor.behind.clone(), Arc::new(visitor), expires, now());
        request.acquaintance.make();
        Ok(json(StatusCode::OK, &Answer { signin_token: &token }))
    }

    /// Who brings credentials, if these are proven and open a console.
    fn admitted(&self, asked: &Asked) -> Result<Visitor, FederationError> {
        let session = asked.session.as_ref().ok_or(FederationError::Session)?;
        let presented = Presented::parse(session.expose())?;
        let duration = asked
            .session_duration
            .as_deref()
            .map(session_duration)
            .transpose()?;
        let token = presented.token()?;
        if !self.edge.is_ready() {
            return Err(not_ready());
        }
        let caller = self
            .edge
            .proven_bearer(&presented.session_id, &presented.session_key, token, now())
            .map_err(FederationError::Credentials)?;
        Visitor::of(&caller, token, duration, now())
    }

    async fn log_in(
        &self,
        asked: &Asked,
        request: &Request,
        origin: &Origin,
        id: RequestId,
    ) -> Result<Response, FederationError> {
        const OPERATION: &str = "ConsoleLogin";

        let (destination, visitor) = match self.redeemed(asked, origin) {
            Ok(redeemed) => redeemed,
            Err(refused) => return Err(self.refuse(OPERATION, refused, request, id).await),
        };
        self.audit(&told(OPERATION, Some(&visitor), request, &id)).await?;
        // A browser has one session: the one before must not live on where nobody sees it.
        if let Some((before, _)) = self.visitor(request, origin) {
            self.sessions.take(before, now());
        }
        let (behind, until) = (visitor.behind.clone(), visitor.until);
        let session = self.sessions.issue(behind, visitor, until, now());
        request.acquaintance.make();
        Ok(redirect(destination).with(SET_COOKIE, cookie::set(origin, &session)))
    }

    /// Where a sign-in token leads, and who has it. It is spent only if it could have led there.
    fn redeemed(
        &self,
        asked: &Asked,
        origin: &Origin,
    ) -> Result<(HeaderValue, Arc<Visitor>), FederationError> {
        let home = origin.at("/console");
        let destination = asked.destination.as_deref().unwrap_or(&home);
        let destination = origin
            .console_page(destination)
            .ok_or(FederationError::Destination)?;
        if !self.edge.is_ready() {
            return Err(not_ready());
        }
        let token = asked.signin_token.as_ref();
        let visitor = token.and_then(|token| self.tokens.take(token.expose(), now()));
        let visitor = visitor.ok_or(FederationError::SigninToken)?;
        self.proven(&visitor).map_err(FederationError::Credentials)?;
        Ok((destination, visitor))
    }

    /// Ends the session, if there is one; only then is the browser told to forget it, so that another site
    /// whose requests come without the cookie signs out nobody.
    async fn log_out(&self, asked: &Asked, request: &Request, origin: &Origin, id: RequestId) -> Response {
        let next = match &asked.redirect_uri {
            Some(next) => match origin.own_page(next) {
                Some(next) => redirect(next),
                None => return FederationError::Destination.response(),
            },
            None => page::signed_out(),
        };
        let Some((session, _)) = self.visitor(request, origin) else {
            return next;
        };
        let Some(visitor) = self.sessions.take(session, now()) else {
            return next;
        };
        let next = next.with(SET_COOKIE, cookie::clear(origin));
        // The session is over in any case: what has no room in the log must not keep it open.
        match self
            .audit(&told("ConsoleLogout", Some(&visitor), request, &id))
            .await
        {
            Ok(()) => next,
            Err(refused) => refused.response().with(SET_COOKIE, cookie::clear(origin)),
        }
    }

    /// Audits a refusal. Nobody is named: nobody has proven who they are.
    async fn refuse(
        &self,
        operation: &'static str,
        refused: FederationError,
        request: &Request,
        id: RequestId,
    ) -> FederationError {
        let (outcome, rule) = match &refused {
            FederationError::Unavailable(fault) => (Outcome::Failed { code: fault.code }, None),
            refused => (Outcome::Denied, Some(refused.code())),
        };
        let event = Event {
            outcome,
            rule,
            ..told(operation, None, request, &id)
        };
        match self.audit(&event).await {
            Ok(()) => refused,
            Err(unavailable) => unavailable,
        }
    }

    async fn audit(&self, event: &Event<'_>) -> Result<(), FederationError> {
        Ok(self.edge.record_sign_in(event).await?)
    }
}

impl Visitor {
    fn of(
        caller: &Caller,
        token: &SecretString,
        duration: Option<Duration>,
        now: Timestamp,
    ) -> Result<Visitor, FederationError> {
        let claims = caller.claims().ok_or(FederationError::LongLived)?;
        Ok(Visitor {
            access_key_id: caller.access_key_id,
            behind: caller.behind(),
            token: token.clone(),
            arn: caller.arn.clone(),
            account: caller.account,
            until: session_end(claims, duration, now)?,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    signin_token: &'a SecretString,
}

impl Asked {
    fn read(request: &Request) -> Result<Asked, FederationError> {
        let unreadable = |_: Fault| FederationError::Form;
        let form = form(request).filter(|form| form.len() <= MAX_FORM);
        let form = form.and_then(Form::parse).ok_or(FederationError::Form)?;
        let action: Option<String> = member(&form, "Action").map_err(unreadable)?;
        Ok(Asked {
            action: action.ok_or(FederationError::Action)?,
            session: member(&form, "Session").map_err(unreadable)?,
            session_duration: member(&form, "SessionDuration").map_err(unreadable)?,
            destination: member(&form, "Destination").map_err(unreadable)?,
            signin_token: member(&form, "SigninToken").map_err(unreadable)?,
            redirect_uri: member(&form, "redirect_uri").map_err(unreadable)?,
        })
    }
}

/// What the audit log is told: nothing of what was sent but by whom, from where and with which program.
fn told<'e>(
    operation: &'static str,
    visitor: Option<&'e Visitor>,
    request: &'e Request,
    id: &'e RequestId,
) -> Event<'e> {
    let agent = request.headers.get(USER_AGENT);
    Event {
        request_id: id.as_str(),
        source_ip: Some(request.peer),
        service: SERVICE,
        principal: visitor.map(|visitor| visitor.arn.as_str()),
        access_key_id: visitor.map(|visitor| visitor.access_key_id.as_str()),
        account: visitor.map(|visitor| visitor.account),
        user_agent: agent.and_then(|agent| agent.to_str().ok()),
        resources: Vec::new(),
        ..Event::own(now(), operation, "".into())
    }
}

fn not_ready() -> FederationError {
    let fault = Fault::sender("ServiceUnavailable", "the store is being read; try again");
    FederationError::Unavailable(fault)
}

fn redirect(to: HeaderValue) -> Response {
    let mut to = to;
    to.set_sensitive(true); // after signing out it may be a link that signs in
    page::guarded(Response::empty(StatusCode::FOUND)).with(LOCATION, to)
}
