//! A client with a terminal at a node, in this process: our own protocol, without a program around it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use kagiban_client::data_channel::{self, Dial, Dialled, Inlet, News, NotDialled, Outlet};
use kagiban_client::{Connector, Credentials, Signer, Url, websocket};
use kagiban_session::channel::{Channel, Event, Side, Start};
use kagiban_session::handshake::{Extensions, HandshakeRequest, HandshakeResponse, ProcessedAction, Version};
use kagiban_session::message::{MessageIds, PayloadType};
use kagiban_session::open::OpenDataChannel;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::node::Node;
use crate::identity::{Identity, REGION};

/// How long a session may take to begin, and a key to come back.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program on a terminal that says back each key, once, as an editor does; `ready` comes first.
const COMMAND: &str = "stty raw -echo; echo ready; exec cat";

/// An open session.
pub(super) struct Shell {
    pub(super) session: String,
    outlet: Outlet,
    inlet: Inlet,
}

/// Its socket; one that is lost is not replaced.
struct Dialler {
    connector: Connector,
    url: Url,
    token: String,
    credentials: Credentials,
    is_fresh: bool,
}

impl Shell {
    /// Starts a session as the root user, and waits until the program runs.
    ///
    /// # Errors
    ///
    /// The server refuses, or the node does not begin.
    pub(super) async fn open(node: &Node) -> Result<Shell> {
        let request = json!({
            "Target": node.id, "DocumentName": "AWS-StartInteractiveCommand",
            "Parameters": {"command": [COMMAND]},
        });
        let started = node.ask("StartSession", &request).await?;
        let member = |name: &str| started[name].as_str().context("a session's member");
        let dialler = Dialler::new(member("StreamUrl")?, member("TokenValue")?, node.connector()?)?;
        let start = Start {
            now: Instant::now(),
            unix_ms: SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64,
            random: random()?,
        };
        let opened = data_channel::open(Channel::new(Side::Client, start), dialler, PATIENCE).await;
        let (outlet, inlet) = match opened {
            Ok(opened) => opened,
            Err(NotDialled::Again(error)) => return Err(error.into()),
            Err(NotDialled::Over(why)) => bail!("{why}"),
        };
        let session = member("SessionId")?.to_owned();
        let mut shell = Shell {
            session,
            outlet,
            inlet,
        };
        shell.begin().await?;
        Ok(shell)
    }

    /// Answers the handshake, and waits for the program's word.
    async fn begin(&mut self) -> Result<()> {
        let mut said = Vec::new();
        while !said.ends_with(b"ready\n") {
            let (payload_type, payload) = self.next().await?;
            match payload_type {
                PayloadType::HandshakeRequest => self.respond(&payload).await?,
                PayloadType::Output => said.extend_from_slice(&payload),
                _ => {}
            }
        }
        Ok(())
    }

    async fn respond(&self, payload: &[u8]) -> Result<()> {
        let request = HandshakeRequest::parse(payload)?;
        let actions = request.requested_client_actions.iter();
        let done = actions
            .map(|action| ProcessedAction::done(action, Value::Null))
            .collect();
        let fast = request.extensions.as_ref().and_then(Extensions::fast);
        let response = HandshakeResponse::new(done, fast.map(|_| Extensions::ours()));
        let fast = fast.context("our own agent speaks our own dialect")?;
        self.outlet
            .send(PayloadType::HandshakeResponse, response.to_bytes())
            .await?;
        Ok(self.outlet.speak_fast(fast).await?)
    }

    /// Types a key, and waits until it is shown.
    ///
    /// # Errors
    ///
    /// The session ends, or something else is shown.
    pub(super) async fn echo(&mut self, key: u8) -> Result<()> {
        let typed = Bytes::copy_from_slice(&[key]);
        self.outlet.send(PayloadType::Output, typed).await?;
        match self.next().await? {
            (PayloadType::Output, shown) if *shown == [key] => Ok(()),
            (_, other) => bail!("a key was typed, and {} bytes came", other.len()),
        }
    }

    async fn next(&mut self) -> Result<(PayloadType, Bytes)> {
        loop {
            match timeout(PATIENCE, self.inlet.next())
                .await
                .context("the node is silent")?
            {
                Some(News::Event(Event::Data {
                    payload_type,
                    payload,
                })) => return Ok((payload_type, payload)),
                Some(News::Event(Event::PeerPresent | Event::PeerAway)) => {}
                Some(News::Event(Event::Closed { output })) => bail!("the session was closed: {output}"),
                Some(News::Over(why)) => bail!("{why}"),
                Some(News::Interrupted | News::Resumed) => bail!("the connection was lost"),
                None => bail!("the session has ended"),
            }
        }
    }
}

impl Dialler {
    fn new(url: &str, token: &str, connector: Connector) -> Result<Dialler> {
        let root = Identity::root();
        Ok(Dialler {
            connector,
            url: url.parse()?,
            token: token.to_owned(),
            credentials: root.for_programs(),
            is_fresh: true,
        })
    }
}

impl Dial for Dialler {
    async fn dial(&mut self) -> Result<Dialled, NotDialled> {
        if !std::mem::take(&mut self.is_fresh) {
            return Err(NotDialled::Over("the connection was lost".to_owned()));
        }
        let region = REGION.parse().expect("it is a Region");
        let signer = Signer::Key(&self.credentials, region, "ssmmessages");
        let socket = websocket::connect(&self.connector, &self.url, &signer).await?;
        let mut names = MessageIds::new(*b"the bench's ends");
        let open = OpenDataChannel::of_client(
            names.take().to_string(),
            self.token.clone().into(),
            names.take().to_string(),
            Version::CLIENT.to_string(),
        );
        Ok(Dialled {
            socket,
            first_frame: open.to_text().into(),
        })
    }
}

fn random() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes)?;
    Ok(bytes)
}
