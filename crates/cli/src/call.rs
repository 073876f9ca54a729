//! One signed call of an operation in AWS's JSON 1.1 protocol.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use kagiban_aws::SecretString;
use kagiban_aws::sigv4::{self, HttpRequest};
use rustls::pki_types::ServerName;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::tls;

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The longest answer that is read.
const MAX_ANSWER: usize = 32 << 20;

/// What an error looks like.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(rename = "__type", default)]
    code: String,
    #[serde(default, alias = "Message")]
    message: String,
}

impl Endpoint {
    /// Calls an operation of `service`, whose target prefix is `prefix`.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn call(&self, service: &str, target: &str, body: &Value) -> Result<Value, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let request = self.signed(service, target, body)?;
        let answer = runtime.block_on(async { tokio::time::timeout(PATIENCE, self.send(request)).await });
        let (status, answer) = answer.map_err(|_| self.unreachable(&"no answer within a minute"))??;
        if status == 200 {
            return serde_json::from_slice(&answer).map_err(|error| Failure::Answer(error.to_string()));
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

    fn signed(&self, service: &str, target: &str, body: &Value) -> Result<Request<Full<Bytes>>, Failure> {
        let body = body.to_string();
        let path = match self.url.path() {
            "" => "/",
            path => path,
        };
        let headers = [
            ("host", self.authority()),
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target),
        ];
        let request = HttpRequest {
            method: "POST",
            path,
            query: "",
            headers: headers.as_slice(),
            body: body.as_bytes(),
        };
        let credentials = sigv4::Credentials {
            access_key_id: &self.credentials.access_key_id,
            secret: self.credentials.secret.expose(),
            session_token: self.credentials.session_token.as_ref().map(SecretString::expose),
        };
        let now = SystemTime::now().into();
        let added = sigv4::sign(&request, &credentials, self.region, service, now)
            .map_err(|error| Failure::Setting(format!("the request cannot be signed: {error}")))?;
        let agent = concat!("kagiban/", env!("CARGO_PKG_VERSION"));
        let all = headers
            .into_iter()
            .chain([("user-agent", agent)])
            .chain(added.headers());
        let builder = all.fold(Request::post(path), |builder, (name, value)| {
            builder.header(name, value)
        });
        builder
            .body(Full::from(body))
            .map_err(|error| Failure::Setting(format!("the request cannot be made: {error}")))
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<(u16, Bytes), Failure> {
        let host = self.url.host().unwrap_or_default().trim_matches(['[', ']']);
        let secure = self.url.scheme_str() == Some("https");
        let port = self.url.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let socket = TcpStream::connect((host, port)).await;
        let socket = socket.map_err(|error| self.unreachable(&error))?;
        if !secure {
            return self.exchange(TokioIo::new(socket), request).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|error| self.unreachable(&error))?;
        let tls = TlsConnector::from(tls::config(self.ca_bundle.as_deref())?);
        let socket = tls
            .connect(name, socket)
            .await
            .map_err(|error| self.unreachable(&error))?;
        self.exchange(TokioIo::new(socket), request).await
    }

    async fn exchange<S>(&self, socket: S, request: Request<Full<Bytes>>) -> Result<(u16, Bytes), Failure>
    where
        S: Read + Write + Unpin + Send + 'static,
    {
        let handshake = http1::handshake(socket).await;
        let (mut sender, connection) = handshake.map_err(|error| self.unreachable(&error))?;
        tokio::spawn(connection);
        let answer = sender.send_request(request).await;
        let answer: Response<_> = answer.map_err(|error| self.unreachable(&error))?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
        let body = body.map_err(|error| Failure::Answer(error.to_string()))?;
        Ok((status, body.to_bytes()))
    }

    /// Host and port, as the header has them.
    fn authority(&self) -> &str {
        let authority = self.url.authority().map(hyper::http::uri::Authority::as_str);
        let authority = authority.unwrap_or_default();
        authority.rsplit('@').next().unwrap_or(authority)
    }

    fn unreachable(&self, cause: &impl ToString) -> Failure {
        Failure::Unreachable {
            url: shown(&self.url),
            cause: cause.to_string(),
        }
    }
}

/// Without what may be a secret.
fn shown(url: &Uri) -> String {
    let port = url.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    let (scheme, host) = (
        url.scheme_str().unwrap_or_default(),
        url.host().unwrap_or_default(),
    );
    format!("{scheme}://{host}{port}")
}
