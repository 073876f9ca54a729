//! Requests to one server, over one connection as long as it lasts.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use zeroize::Zeroizing;

use crate::endpoint::{authority, shown};
use crate::signer::Signer;
use crate::{Connector, Error};

/// Only a Kagiban server says it, and only with a denial.
const AUTHORIZATION_MESSAGE: &str = "x-kagiban-authorization-message";

/// How long one attempt may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The longest answer that is read.
const MAX_ANSWER: usize = 32 << 20;

/// Servers close idle connections; one that is younger than this is safe to use again.
const KEPT: Duration = Duration::from_secs(4);

/// What is made without a copy being left by growing.
const ROOM: usize = 4 << 10;

/// Request and answer may hold secrets: their bytes are wiped.
pub type Text = Zeroizing<Vec<u8>>;

/// A server over HTTP/1.1.
pub struct Http {
    connector: Connector,
    url: Uri,
    kept: Mutex<Option<(SendRequest<Full<Bytes>>, Instant)>>,
}

/// What a server answered.
pub struct Answer {
    /// Such as 200.
    pub status: u16,
    /// The body.
    pub body: Text,
    /// The server's clock, as its `Date` header has it.
    pub date: Option<String>,
    /// The request's id, of a Kagiban server's denial alone: what `kagiban explain` takes.
    pub decision: Option<String>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("url", &shown(&self.url))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Http {
    /// A server that nothing has connected to yet.
    pub fn new(connector: Connector, url: Uri) -> Http {
        Http {
            connector,
            url,
            kept: Mutex::new(None),
        }
    }

    /// Where it is.
    pub fn url(&self) -> &Uri {
        &self.url
    }

    /// How it is connected to.
    pub fn connector(&self) -> &Connector {
        &self.connector
    }

    /// Sends a `POST`; `headers` have lower-case names and are signed.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or does not answer within a minute.
    pub async fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: Text,
        signer: &Signer<'_>,
    ) -> Result<Answer, Error> {
        self.request("POST", path, headers, body, signer).await
    }

    /// Sends a request with any method; `path` may have a query.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or does not answer within a minute.
    pub async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Text,
        signer: &Signer<'_>,
    ) -> Result<Answer, Error> {
        let mut all = vec![("host", authority(&self.url))];
        all.extend_from_slice(headers);
        let (bare, query) = path.split_once('?').unwrap_or((path, ""));
        let added = signer.headers(method, bare, query, &all, &body)?;
        let agent = concat!("kagiban/", env!("CARGO_PKG_VERSION"));
        all.push(("user-agent", agent));
        let added = added.iter().map(|(name, value)| (*name, value.expose()));
        let builder = all.iter().copied().chain(added).fold(
            Request::builder().method(method).uri(path),
            |builder, (name, value)| builder.header(name, value),
        );
        let request = builder
            .body(Full::new(Bytes::from_owner(body)))
            .map_err(|error| Error::Setting(format!("the request cannot be made: {error}")))?;
        let answer = tokio::time::timeout(PATIENCE, self.send(request)).await;
        answer.map_err(|_| self.unreachable(&"no answer within a minute"))?
    }

    async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<Answer, Error> {
        let kept = self.keep(None).filter(|(_, since)| since.elapsed() < KEPT);
        if let Some((mut sender, _)) = kept
            && sender.ready().await.is_ok()
        {
            match sender.try_send_request(request).await {
                Ok(answer) => return self.read(answer, sender).await,
                // Nothing of it was sent, so that a new connection may send it.
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(self.unreachable(error.error())),
                },
            }
        }
        let mut sender = self.connect().await?;
        let answer = sender.send_request(request).await;
        let answer = answer.map_err(|error| match error.is_parse() {
            true => self.unreachable(&format!(
                "it speaks no HTTP ({error}); https:// may be meant, or another port"
            )),
            false => self.unreachable(&error),
        });
        self.read(answer?, sender).await
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Error> {
        let stream = self.connector.connect(&self.url).await?;
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|error| self.unreachable(&error))?;
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn read(
        &self,
        answer: Response<Incoming>,
        sender: SendRequest<Full<Bytes>>,
    ) -> Result<Answer, Error> {
        let status = answer.status().as_u16();
        let said = |name: &str| Some(answer.headers().get(name)?.to_str().ok()?.to_owned());
        let date = said("date");
        let decision = said(AUTHORIZATION_MESSAGE).and_then(|_| said("x-amzn-requestid"));
        let mut stream = answer.into_body();
        let announced = usize::try_from(stream.size_hint().lower()).unwrap_or(MAX_ANSWER);
        let mut body = Zeroizing::new(Vec::with_capacity(announced.clamp(ROOM, MAX_ANSWER)));
        while let Some(frame) = stream.frame().await {
            let frame = frame.map_err(|error| Error::Answer(error.to_string()))?;
            let data = frame.into_data().unwrap_or_default();
            if body.len() + data.len() > MAX_ANSWER {
                return Err(Error::Answer("it has no end".to_owned()));
            }
            append(&mut body, &data);
        }
        self.keep(Some((sender, Instant::now())));
        Ok(Answer {
            status,
            body,
            date,
            decision,
        })
    }

    /// Puts a connection away for the next request, and returns the one that was there.
    fn keep(
        &self,
        next: Option<(SendRequest<Full<Bytes>>, Instant)>,
    ) -> Option<(SendRequest<Full<Bytes>>, Instant)> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *kept, next)
    }

    fn unreachable(&self, cause: &impl ToString) -> Error {
        Error::Unreachable {
            url: shown(&self.url),
            cause: cause.to_string(),
        }
    }
}

/// Appends without leaving the old bytes behind where there was no room.
fn append(text: &mut Text, data: &[u8]) {
    if text.capacity() - text.len() < data.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity((text.len() + data.len()) * 2));
        larger.extend_from_slice(text);
        *text = larger;
    }
    text.extend_from_slice(data);
}
