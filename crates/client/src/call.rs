//! Calls of a service in AWS's JSON 1.1 protocol.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::backoff::Backoff;
use crate::http::{Answer, Http, Text};
use crate::{Connector, Endpoint, Error, Signer};

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

/// Calls a service.
#[derive(Debug)]
pub struct Client {
    endpoint: Endpoint,
    http: Http,
}

impl Client {
    /// A client that has not connected yet.
    pub fn new(endpoint: Endpoint, connector: Connector) -> Client {
        let http = Http::new(connector, endpoint.url.clone());
        Client { endpoint, http }
    }

    /// What it calls.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Calls an operation; one that is throttled is called again, five times at most.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub async fn call<T: DeserializeOwned>(
        &self,
        operation: &str,
        body: &impl Serialize,
        signer: &Signer<'_>,
    ) -> Result<T, Error> {
        let mut text = Zeroizing::new(Vec::with_capacity(ROOM));
        serde_json::to_writer(&mut *text, body).map_err(|error| Error::Setting(error.to_string()))?;
        let mut backoff = Backoff::of_call();
        loop {
            let refused = match self.once(operation, text.clone(), signer).await {
                Err(error) if is_throttled(&error) => error,
                ended => return understand(&ended?),
            };
            let Some(pause) = backoff.pause() else {
                return Err(refused);
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn once(&self, operation: &str, body: Text, signer: &Signer<'_>) -> Result<Text, Error> {
        let path = match self.endpoint.url.path() {
            "" => "/",
            path => path,
        };
        let target = format!("{}.{operation}", self.endpoint.service.target_prefix());
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target.as_str()),
        ];
        let answer = self.http.post(path, &headers, body, signer).await?;
        match answer.status {
            200 => Ok(answer.body),
            _ => Err(refusal(&answer)),
        }
    }
}

fn refusal(answer: &Answer) -> Error {
    let Refusal { code, message } = serde_json::from_slice(&answer.body).unwrap_or_default();
    match code.rsplit('#').next().filter(|code| !code.is_empty()) {
        Some(code) => Error::Refused {
            code: code.to_owned(),
            message,
            decision: answer.decision.clone(),
        },
        None => Error::Answer(format!("HTTP status {}", answer.status)),
    }
}

fn is_throttled(error: &Error) -> bool {
    matches!(error, Error::Refused { code, .. } if THROTTLED.contains(&code.as_str()))
}

/// The parser's own words might quote a value, so that only the place is told.
fn understand<T: DeserializeOwned>(answer: &Text) -> Result<T, Error> {
    serde_json::from_slice(answer).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Error::Answer(format!("it is not what the operation answers ({place})"))
    })
}
