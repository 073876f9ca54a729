use kagiban_client::data_channel::{Dial, Dialled, NotDialled};
use kagiban_client::{Error, Signer, websocket};
use kagiban_session::open::OpenDataChannel;
use zeroize::Zeroizing;

use crate::data::Data;
use crate::failure::Failure;
use crate::node::{Lease, Server, channel_request};
use crate::random;

/// What the gateway says of a session that it will not open again.
const OVER: &str = "Session is already terminated";

/// Opens the agent's side of a session's data channel, as often as it takes.
pub(super) struct Dialler {
    data: Data,
    server: Server,
    session: String,
}

impl Dialler {
    pub(super) fn new(data: Data, server: Server, session: String) -> Dialler {
        Dialler {
            data,
            server,
            session,
        }
    }

    async fn once(&self) -> Result<Dialled, Error> {
        let server = &self.server;
        // Read each time: the agent keeps it fresh.
        let lease = Lease::load(&self.data).map_err(|failure| Error::Setting(failure.to_string()))?;
        let lease = lease.ok_or_else(|| Error::Setting("the agent has no credentials yet".to_owned()))?;
        let credentials = lease.credentials();
        let path = format!("/v1/data-channel/{}", self.session);
        let mut body = channel_request();
        body["ClientId"] = "".into();
        let token = server.channel_token(&path, &body, &credentials).await?;
        let url = server.gateway_url(&format!("{path}?role=publish_subscribe"))?;
        let signer = Signer::Key(&credentials, server.registration.region, "ssmmessages");
        let socket = websocket::connect(server.connector(), &url, &signer).await?;
        let opening = OpenDataChannel::of_agent(random::uuid(), token, server.registration.node.clone());
        Ok(Dialled {
            socket,
            first_frame: Zeroizing::new(opening.to_text()),
        })
    }
}

impl Dial for Dialler {
    async fn dial(&mut self) -> Result<Dialled, NotDialled> {
        // Whoever takes the directory away ends the session.
        if !self
            .data
            .session(&self.session)
            .is_ok_and(|directory| directory.root().exists())
        {
            return Err(NotDialled::Over("the session's directory is gone".to_owned()));
        }
        self.once().await.map_err(|error| match error {
            Error::Refused { message, .. } if message.contains(OVER) => NotDialled::Over(message),
            error => NotDialled::Again(error),
        })
    }
}

pub(super) fn not_opened(not: NotDialled) -> Failure {
    match not {
        NotDialled::Again(error) => Failure::Server(error),
        NotDialled::Over(text) => Failure::Session(text),
    }
}
