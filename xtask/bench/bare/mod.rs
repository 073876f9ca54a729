//! The least that a tunnel is made of: WebSockets, and a relay that says to one what the other says.
//!
//! It knows nobody and numbers nothing. The ends are programs of their own, as the agent's and the client's
//! are, so that bytes cross as many processes as in a session.

mod end;
pub(crate) mod programs;
mod relay;

use std::net::SocketAddr;
use std::num::NonZero;
use std::thread::available_parallelism;

use anyhow::Result;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use end::FAR;
pub(crate) use end::{NEAR, open};

/// As our gateway's.
const BUFFER: usize = 32 << 10;
const MAX_FRAME_BYTES: usize = 4 << 20;

pub(crate) type Socket = WebSocketStream<TcpStream>;

#[derive(clap::Subcommand)]
pub(crate) enum Program {
    /// Brings together those who come by `/near` and by `/far`
    Relay {
        #[arg(long)]
        listen: SocketAddr,
    },
    /// Takes connections, each of which becomes a WebSocket
    Near {
        #[arg(long)]
        relay: SocketAddr,
        #[arg(long)]
        listen: SocketAddr,
    },
    /// Makes a connection for each WebSocket that somebody has come to
    Far {
        #[arg(long)]
        relay: SocketAddr,
        #[arg(long)]
        connect: SocketAddr,
    },
    /// Says back what is said, over so many WebSockets
    Echo {
        #[arg(long)]
        relay: SocketAddr,
        #[arg(long)]
        count: usize,
    },
}

/// Runs one of the programs until it is killed.
///
/// # Errors
///
/// The address is of no use, or the relay is gone.
pub(crate) fn run(program: &Program) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(available_parallelism().map_or(1, NonZero::get))
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match *program {
            Program::Relay { listen } => relay::serve(listen).await,
            Program::Near { relay, listen } => end::near(relay, listen).await,
            Program::Far { relay, connect } => end::far(relay, connect).await,
            Program::Echo { relay, count } => end::echo(relay, count).await,
        }
    })
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(Some(MAX_FRAME_BYTES))
        .max_frame_size(Some(MAX_FRAME_BYTES))
}
