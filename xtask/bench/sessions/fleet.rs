//! Agents without a machine: registered nodes that hold a control channel, all in this process.
//!
//! Each does what our agent does and as soon as our agent would: it asks for a token, opens the channel,
//! pings, and dials again under the agent's rules when the channel is lost.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use kagiban_aws::SecretString;
use kagiban_client::websocket::{self, WebSocket};
use kagiban_client::{
    Backoff, Client, Connector, Credentials, Endpoint, Http, Service, Signer, Unsigned, join, parse_url,
    spread,
};
use kagiban_session::open::OpenControlChannel;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, interval, sleep};
use tokio_tungstenite::tungstenite::Message;

use super::enrolment::{Enrolment, FINGERPRINT};
use crate::client::Address;
use crate::identity::REGION;

const VERSION: &str = "3.3.1000.0";

/// As the agent pings.
const PING: Duration = Duration::from_secs(54);
/// As the agent's: a channel that lasted as long was well.
const WELL: Duration = Duration::from_secs(60);

/// A node, and what it signs with.
pub(super) struct Agent {
    node: String,
    credentials: Credentials,
    place: Rc<Place>,
}

/// Where the server is.
struct Place {
    connector: Connector,
    endpoint: Endpoint,
}

/// A role's credentials.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RoleToken {
    access_key_id: String,
    secret_access_key: SecretString,
    session_token: SecretString,
}

/// How many agents are connected.
#[derive(Clone, Default)]
pub(super) struct Connected(Rc<Cell<usize>>);

/// Has all nodes ask for their credentials and tell about themselves, one after the other.
///
/// # Errors
///
/// The server refuses.
pub(super) async fn gather(address: &Address, enrolment: &Enrolment) -> Result<Vec<Agent>> {
    let endpoint = Endpoint {
        service: Service::Ssm,
        url: parse_url(&address.url())?,
        region: REGION.parse()?,
    };
    let connector = Connector::new(None)?;
    let client = Client::new(endpoint.clone(), connector.clone());
    let place = Rc::new(Place { connector, endpoint });
    let mut agents = Vec::with_capacity(enrolment.nodes.len());
    for node in &enrolment.nodes {
        let credentials = lease(&client, node, enrolment).await?;
        agents.push(Agent {
            node: node.clone(),
            credentials,
            place: Rc::clone(&place),
        });
    }
    Ok(agents)
}

async fn lease(client: &Client, node: &str, enrolment: &Enrolment) -> Result<Credentials> {
    let region = client.endpoint().region;
    let prove = |request: &Unsigned<'_>| enrolment.prove(request, node, region);
    let body = json!({"Fingerprint": FINGERPRINT});
    let token: RoleToken = client
        .call("RequestManagedInstanceRoleToken", &body, &Signer::Other(&prove))
        .await?;
    let credentials = Credentials {
        access_key_id: token.access_key_id,
        secret: token.secret_access_key,
        session_token: Some(token.session_token),
    };
    let information = json!({
        "AgentName": "amazon-ssm-agent", "AgentStatus": "Active", "AgentVersion": VERSION,
        "ComputerName": "bench", "IPAddress": "127.0.0.1", "InstanceId": node,
        "PlatformName": "Linux", "PlatformType": "Linux", "PlatformVersion": "1",
    });
    let signer = Signer::Key(&credentials, region, "ssm");
    let _empty: Value = client
        .call("UpdateInstanceInformation", &information, &signer)
        .await?;
    Ok(credentials)
}

impl Agent {
    /// Holds the control channel for ever.
    pub(super) async fn hold(self, connected: Connected) {
        let mut backoff = patience();
        loop {
            let began = Instant::now();
            if let Ok(socket) = self.open().await {
                connected.one_more();
                serve(socket).await;
                connected.one_less();
            }
            let pause = match began.elapsed() >= WELL {
                true => {
                    backoff = patience();
                    spread(Duration::from_secs(2))
                }
                false => backoff.pause().unwrap_or(WELL),
            };
            sleep(pause).await;
        }
    }

    async fn open(&self) -> Result<WebSocket> {
        let Place { connector, endpoint } = &*self.place;
        let signer = Signer::Key(&self.credentials, endpoint.region, "ssmmessages");
        let path = format!("/v1/control-channel/{}", self.node);
        let http = Http::new(connector.clone(), endpoint.url.clone());
        let body = json!({"MessageSchemaVersion": "1.0", "RequestId": uuid()?}).to_string();
        let headers = [("content-type", "application/json")];
        let answer = http
            .post(&path, &headers, body.into_bytes().into(), &signer)
            .await?;
        ensure!(answer.status == 201, "the server answered {}", answer.status);
        let url = join(&endpoint.url, &format!("{path}?role=subscribe&stream=input"))?;
        let mut socket = websocket::connect(connector, &url, &signer).await?;
        let token = token(std::str::from_utf8(&answer.body)?)?;
        let opening = OpenControlChannel::new(uuid()?, token.into(), VERSION.into(), "linux".into());
        socket.send(Message::text(opening.to_text())).await?;
        Ok(socket)
    }
}

/// Listens and pings until the channel is lost; reading answers the server's pings.
async fn serve(mut socket: WebSocket) {
    let mut pings = interval(PING);
    loop {
        let is_well = tokio::select! {
            frame = socket.next() => matches!(frame, Some(Ok(frame)) if !frame.is_close()),
            _ = pings.tick() => {
                let ping = Message::Ping(Bytes::from_static(b"keepalive"));
                socket.send(ping).await.is_ok()
            }
        };
        if !is_well {
            return;
        }
    }
}

/// The agent's.
fn patience() -> Backoff {
    Backoff::new(Duration::from_secs(1), Duration::from_secs(20), u32::MAX)
}

fn token(xml: &str) -> Result<String> {
    let rest = xml.split_once("<TokenValue>").context("no token")?.1;
    let token = rest.split_once("</TokenValue>").context("no end of the token")?.0;
    Ok(token.to_owned())
}

fn uuid() -> Result<String> {
    let mut random = [0; 16];
    aws_lc_rs::rand::fill(&mut random)?;
    let mut names = kagiban_session::message::MessageIds::new(random);
    Ok(names.take().to_string())
}

impl Connected {
    pub(super) fn count(&self) -> usize {
        self.0.get()
    }

    fn one_more(&self) {
        self.0.set(self.0.get() + 1);
    }

    fn one_less(&self) {
        self.0.set(self.0.get() - 1);
    }
}
