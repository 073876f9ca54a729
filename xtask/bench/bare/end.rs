use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

use super::{Socket, config};

pub(crate) const NEAR: &str = "/near";
pub(crate) const FAR: &str = "/far";

/// How much is read from a connection at once.
const PIECE: usize = 64 << 10;

/// Comes to a relay, and waits there for the other end.
///
/// # Errors
///
/// The relay is not there.
pub(crate) async fn open(relay: SocketAddr, path: &str) -> Result<Socket> {
    let stream = TcpStream::connect(relay).await?;
    stream.set_nodelay(true)?;
    let url = format!("ws://{relay}{path}");
    let opened = tokio_tungstenite::client_async_with_config(url, stream, Some(config())).await;
    let (socket, _) = opened.context("no WebSocket")?;
    Ok(socket)
}

pub(super) async fn near(relay: SocketAddr, listen: SocketAddr) -> Result<()> {
    let listener = TcpListener::bind(listen).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let mut first = [0];
        if stream.peek(&mut first).await.unwrap_or_default() == 0 {
            continue; // somebody has looked whether we are here
        }
        carry(stream, open(relay, NEAR).await?).await?;
    }
}

pub(super) async fn far(relay: SocketAddr, connect: SocketAddr) -> Result<()> {
    loop {
        let mut socket = open(relay, FAR).await?;
        let Some(first) = socket.next().await else {
            continue;
        };
        let mut stream = TcpStream::connect(connect).await?;
        stream.write_all(&first?.into_data()).await?;
        carry(stream, socket).await?;
    }
}

pub(super) async fn echo(relay: SocketAddr, count: usize) -> Result<()> {
    let mut all = JoinSet::new();
    for _ in 0..count {
        let mut socket = open(relay, FAR).await?;
        all.spawn(async move {
            while let Some(message) = socket.next().await {
                socket.send(message?).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = all.join_next().await {
        ended??;
    }
    Ok(())
}

/// Carries bytes both ways until either side has no more.
async fn carry(stream: TcpStream, socket: Socket) -> Result<()> {
    stream.set_nodelay(true)?;
    let (from_port, to_port) = stream.into_split();
    let (to_relay, from_relay) = socket.split();
    tokio::select! {
        sent = send(from_port, to_relay) => sent,
        received = receive(from_relay, to_port) => received,
    }
}

async fn send(mut from: OwnedReadHalf, mut to: SplitSink<Socket, Message>) -> Result<()> {
    let mut buffer = vec![0; PIECE];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        to.send(Message::binary(buffer[..count].to_vec())).await?;
    }
    Ok(())
}

async fn receive(mut from: SplitStream<Socket>, mut to: OwnedWriteHalf) -> Result<()> {
    while let Some(Ok(message)) = from.next().await {
        if to.write_all(&message.into_data()).await.is_err() {
            break;
        }
    }
    Ok(())
}
