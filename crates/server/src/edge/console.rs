//! The edge as the console uses it: whose temporary credentials somebody brings without a signature, what
//! they may do, and the record of who signs in.

use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper::{HeaderMap, Method, Uri};
use kagiban_aws::sigv4::{Credentials, HttpRequest, SignatureError, sign};
use kagiban_aws::{AccessKeyId, Fault, Region, SecretString, Timestamp};
use kagiban_iam::Caller;
use kagiban_iam::authenticate::{Candidate, candidate};

use super::proof::{Signed, same};
use super::{Edge, nodes};
use crate::audit::{Event, Urgency};
use crate::http::{Acquaintance, Handler as _, Request, Response};

/// A call of a JSON service on somebody's behalf.
pub(crate) struct Errand {
    /// The signing name, such as `ssm`.
    pub(crate) service: &'static str,
    /// Such as `AmazonSSM.DescribeParameters`.
    pub(crate) target: &'static str,
    /// Where.
    pub(crate) region: Region,
    /// The members, as JSON.
    pub(crate) body: Vec<u8>,
}

impl Edge {
    /// Whether there is anything to answer from.
    pub(crate) fn is_ready(&self) -> bool {
        self.memory.ready()
    }

    /// Whose temporary credentials these are, and the secret that belongs to them.
    ///
    /// # Errors
    ///
    /// As for a request that is signed with them: they are not known (any more), or have expired.
    pub(crate) fn bearer(
        &self,
        id: &str,
        token: &SecretString,
        now: Timestamp,
    ) -> Result<Candidate, SignatureError> {
        self.with_snapshot(|snapshot| {
            let sessions = &snapshot.keys.sessions;
            candidate(id, Some(token.expose()), &snapshot.world.iam, sessions, now)
                .and_then(|candidate| nodes::alive(candidate, snapshot))
        })
    }

    /// Who brings temporary credentials, if all three parts of them belong together.
    ///
    /// # Errors
    ///
    /// As [`Edge::bearer`]; of another secret nothing is said but that the credentials are not known.
    pub(crate) fn proven_bearer(
        &self,
        id: &str,
        secret: &SecretString,
        token: &SecretString,
        now: Timestamp,
    ) -> Result<Caller, SignatureError> {
        let candidate = self.bearer(id, token, now)?;
        match same(&candidate.secret, secret) {
            true => Ok(candidate.caller),
            false => Err(SignatureError::InvalidToken),
        }
    }

    /// Runs an errand for a bearer of temporary credentials, in the circumstances of the request `from`.
    ///
    /// It goes the way of every request: signed with the bearer's secret, proven, authorized, counted and
    /// audited. So there is no second way in, and nothing that a policy would not see.
    ///
    /// # Errors
    ///
    /// It cannot be signed: the clock is out of range.
    pub(crate) async fn run_errand(
        &self,
        errand: Errand,
        bearer: &Candidate,
        token: &SecretString,
        from: &Request,
    ) -> Result<Response, SignatureError> {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("console"));
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-amz-json-1.1"),
        );
        headers.insert("x-amz-target", HeaderValue::from_static(errand.target));
        if let Some(agent) = from.headers.get(USER_AGENT) {
            headers.insert(USER_AGENT, agent.clone());
        }
        self.sign_errand(&errand, bearer, token, &mut headers)?;
        let request = Request {
            method: Method::POST,
            uri: Uri::from_static("/"),
            headers,
            body: errand.body.into(),
            peer: from.peer,
            secure: from.secure,
            upgrade: None,
            acquaintance: Acquaintance::default(),
        };
        Ok(self.handle(request).await)
    }

    fn sign_errand(
        &self,
        errand: &Errand,
        bearer: &Candidate,
        token: &SecretString,
        headers: &mut HeaderMap,
    ) -> Result<(), SignatureError> {
        let id: AccessKeyId = bearer.caller.access_key_id;
        let credentials = Credentials {
            access_key_id: id.as_str(),
            secret: bearer.secret.expose(),
            session_token: Some(token.expose()),
        };
        let request = HttpRequest {
            method: "POST",
            path: "/",
            query: "",
            headers: &Signed(headers),
            body: &errand.body,
        };
        let now = Timestamp::from(std::time::SystemTime::now());
        let added = sign(&request, &credentials, errand.region, errand.service, now)?;
        for (name, value) in added.headers() {
            let mut value = HeaderValue::from_str(value).map_err(|_| SignatureError::InvalidToken)?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(())
    }

    /// Audits who signs in or out, before they are answered.
    ///
    /// # Errors
    ///
    /// `ServiceUnavailable` if the log cannot take it.
    pub(crate) async fn record_sign_in(&self, event: &Event<'_>) -> Result<(), Fault> {
        let queued = self.queue(event)?;
        self.recorded(queued, Urgency::Kernel).await
    }
}
