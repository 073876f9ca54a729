//! Signed calls of a service in AWS's JSON 1.1 protocol, over one connection as long as it lasts.

use std::cell::RefCell;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::rt::{Read, Write};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use kagiban_aws::SecretString;
use kagiban_aws::sigv4::{self, HttpRequest};
use rustls::pki_types::ServerName;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use crate::backoff::Backoff;
use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::tls;

/// How long one attempt may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The longest answer that is read.
const MAX_ANSWER: usize = 32 << 20;

/// Servers close idle connections; one that is younger than this is safe to use again.
const KEPT: Duration = Duration::from_secs(4);

/// Room for the largest value in its most verbose escape, so that no copy is left by growing.
const ROOM: usize = 128 << 10;

/// The codes that mean: the same again, later.
const THROTTLED: [&str; 4] = [
    "ThrottlingException",
    "Throttling",
    "RequestLimitExceeded",
    "TooManyUpdates",
];

/// What an error looks like.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(rename = "__type", default)]
    code: String,
    #[serde(default, alias = "Message")]
    message: String,
}

/// Request and answer may hold secrets: their bytes are wiped.
type Text = Zeroizing<Vec<u8>>;

/// Calls a service.
pub(crate) struct Client {
    endpoint: Endpoint,
    runtime: Runtime,
    kept: RefCell<Option<(SendRequest<Full<Bytes>>, Instant)>>,
}

impl Client {
    /// A client that has not connected yet.
    ///
    /// # Errors
    ///
    /// If the system has nothing left to wait with.
    pub(crate) fn new(endpoint: Endpoint) -> Result<Client, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Client {
            endpoint,
            runtime,
            kept: RefCell::new(None),
        })
    }

    /// Whom and where it calls.
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Calls an operation; one that is throttled is called again, five times at most.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn call<T: DeserializeOwned>(
        &self,
        operation: &str,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        let mut text = Zeroizing::new(Vec::with_capacity(ROOM));
        serde_json::to_writer(&mut *text, body).map_err(|error| Failure::Setting(error.to_string()))?;
        let mut backoff = Backoff::of_call();
        loop {
            let refused = match self.once(operation, text.clone()) {
                Err(failure) if is_throttled(&failure) => failure,
                ended => return understand(&ended?),
            };
            let Some(pause) = backoff.pause() else {
                return Err(refused);
            };
            std::thread::sleep(pause);
        }
    }

    fn once(&self, operation: &str, body: Text) -> Result<Text, Failure> {
        let request = self.signed(operation, body)?;
        let answer = self
            .runtime
            .block_on(async { tokio::time::timeout(PATIENCE, self.send(request)).await });
        let (status, answer) = answer.map_err(|_| self.unreachable(&"no answer within a minute"))??;
        if status == 200 {
            return Ok(answer);
        }
        let Refusal { code, message } = serde_json::from_slice(&answer).unwrap_or_default();
        match code.rsplit('#').next().filter(|code| !code.is_empty()) {
            Some(code) => Err(Failure::Refused {
                code: code.to_owned(),
                message,
            }),
            None => Err(Failure::Answer(format!("HTTP status {status}"))),
        }
    }

    fn signed(&self, operation: &str, body: Text) -> Result<Request<Full<Bytes>>, Failure> {
        let endpoint = &self.endpoint;
        let path = match endpoint.url.path() {
            "" => "/",
            path => path,
        };
        let target = format!("{}.{operation}", endpoint.service.target_prefix());
        let headers = [
            ("host", endpoint.authority()),
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target.as_str()),
        ];
        let request = HttpRequest {
            method: "POST",
            path,
            query: "",
            headers: headers.as_slice(),
            body: body.as_slice(),
        };
        let credentials = sigv4::Credentials {
            access_key_id: &endpoint.credentials.access_key_id,
            secret: endpoint.credentials.secret.expose(),
            session_token: endpoint
                .credentials
                .session_token
                .as_ref()
                .map(SecretString::expose),
        };
        let now = SystemTime::now().into();
        let name = endpoint.service.signing_name();
        let added = sigv4::sign(&request, &credentials, endpoint.region, name, now)
            .map_err(|error| Failure::Setting(format!("the request cannot be signed: {error}")))?;
        let agent = concat!("kagiban/", env!("CARGO_PKG_VERSION"));
        let all = headers
            .into_iter()
            .chain([("user-agent", agent)])
            .chain(added.headers());
        let builder = all.fold(Request::post(path), |builder, (name, value)| {
            builder.header(name, value)
        });
        drop(added);
        builder
            .body(Full::new(Bytes::from_owner(body)))
            .map_err(|error| Failure::Setting(format!("the request cannot be made: {error}")))
    }

    async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<(u16, Text), Failure> {
        let kept = self.kept.take().filter(|(_, since)| since.elapsed() < KEPT);
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
        self.read(answer.map_err(|error| self.unreachable(&error))?, sender)
            .await
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Failure> {
        let url = &self.endpoint.url;
        let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
        let secure = url.scheme_str() == Some("https");
        let port = url.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let socket = TcpStream::connect((host, port)).await;
        let socket = socket.map_err(|error| self.unreachable(&error))?;
        socket.set_nodelay(true)?;
        if !secure {
            return self.handshake(TokioIo::new(socket)).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|error| self.unreachable(&error))?;
        let tls = TlsConnector::from(tls::config(self.endpoint.ca_bundle.as_deref())?);
        let socket = tls
            .connect(name, socket)
            .await
            .map_err(|error| self.unreachable(&error))?;
        self.handshake(TokioIo::new(socket)).await
    }

    async fn handshake<S>(&self, socket: S) -> Result<SendRequest<Full<Bytes>>, Failure>
    where
        S: Read + Write + Unpin + Send + 'static,
    {
        let handshake = http1::handshake(socket).await;
        let (sender, connection) = handshake.map_err(|error| self.unreachable(&error))?;
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn read(
        &self,
        answer: Response<Incoming>,
        sender: SendRequest<Full<Bytes>>,
    ) -> Result<(u16, Text), Failure> {
        let status = answer.status().as_u16();
        let mut body = answer.into_body();
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(MAX_ANSWER);
        let mut text = Zeroizing::new(Vec::with_capacity(announced.clamp(ROOM, MAX_ANSWER)));
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| Failure::Answer(error.to_string()))?;
            let data = frame.into_data().unwrap_or_default();
            if text.len() + data.len() > MAX_ANSWER {
                return Err(Failure::Answer("it has no end".to_owned()));
            }
            text.extend_from_slice(&data);
        }
        self.kept.replace(Some((sender, Instant::now())));
        Ok((status, text))
    }

    fn unreachable(&self, cause: &impl ToString) -> Failure {
        Failure::Unreachable {
            url: self.endpoint.shown(),
            cause: cause.to_string(),
        }
    }
}

fn is_throttled(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { code, .. } if THROTTLED.contains(&code.as_str()))
}

/// The parser's own words might quote a value, so that only the place is told.
fn understand<T: DeserializeOwned>(answer: &Text) -> Result<T, Failure> {
    serde_json::from_slice(answer).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Failure::Answer(format!("it is not what the operation answers ({place})"))
    })
}
