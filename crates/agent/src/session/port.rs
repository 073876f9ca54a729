//! Ports: one connection at a time, or many in one session (see [`mux`]).

use bytes::Bytes;
use kagiban_session::document::Port;
use kagiban_session::message::PayloadType;
use kagiban_session::payload::{EndOfStream, Flag};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

use super::mux;
use super::peer::{Input, Out, Peer, Sent};
use super::target::Target;
use crate::failure::Failure;

/// Why a connection is over.
enum Left {
    /// The client has closed its own.
    ByClient,
    /// The port has closed it.
    ByPort,
    /// The session ends.
    Session,
}

/// Serves a port.
///
/// # Errors
///
/// If it may not be led to, cannot be connected with, or the channel is lost for good.
pub(super) async fn serve(peer: &mut Peer, port: &Port, denied: &[String]) -> Result<EndOfStream, Failure> {
    let target = Target::find(port, denied).await?;
    if port.is_forwarding && peer.version.client_multiplexes() {
        return mux::serve(peer, target).await;
    }
    let first = target.connect().await;
    let mut stream = match first {
        Ok(stream) => Some((stream, None)),
        Err(_) if port.is_forwarding => None, // the next connection may find it
        Err(error) => {
            return Err(Failure::Session(format!(
                "Unable to connect to specified port: {error}"
            )));
        }
    };
    loop {
        let taken = match stream.take() {
            Some(first) => Some(first),
            None => next(&mut peer.input, &peer.out, &target).await?,
        };
        let Some((stream, first)) = taken else {
            return Ok(EndOfStream::default());
        };
        match connected(peer, stream, first).await? {
            Left::Session => return Ok(EndOfStream::default()),
            Left::ByPort if !port.is_forwarding => return Ok(EndOfStream::default()),
            Left::ByClient | Left::ByPort => {}
        }
    }
}

/// Waits for the client's next connection, which shows by its first bytes.
async fn next(
    input: &mut Input,
    out: &Out,
    target: &Target,
) -> Result<Option<(TcpStream, Option<Bytes>)>, Failure> {
    loop {
        match input.next().await? {
            Sent::Bytes(bytes) => match target.connect().await {
                Ok(stream) => return Ok(Some((stream, Some(bytes)))),
                Err(_) => out.flag(Flag::ConnectToPortError).await?,
            },
            Sent::End => return Ok(None),
            Sent::Disconnect | Sent::NoMore | Sent::Size(_) => {}
        }
    }
}

async fn connected(peer: &mut Peer, stream: TcpStream, first: Option<Bytes>) -> Result<Left, Failure> {
    let (from_port, mut to_port) = stream.into_split();
    let mut pump = tokio::spawn(pump(from_port, peer.out.clone()));
    let mut waiting = first;
    let left = loop {
        if let Some(bytes) = waiting.take()
            && to_port.write_all(&bytes).await.is_err()
        {
            break Left::ByPort;
        }
        tokio::select! {
            sent = peer.input.next() => match sent? {
                Sent::Bytes(bytes) => waiting = Some(bytes),
                Sent::NoMore => {
                    let _may_be_closed = to_port.shutdown().await;
                }
                Sent::Disconnect => break Left::ByClient,
                Sent::End => break Left::Session,
                Sent::Size(_) => {}
            },
            _ = &mut pump => break Left::ByPort,
        }
    };
    pump.abort();
    Ok(left)
}

async fn pump(mut from: OwnedReadHalf, out: Out) {
    let mut buffer = vec![0; out.max_payload()];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let piece = Bytes::copy_from_slice(&buffer[..count]);
        if out.send(PayloadType::Output, piece).await.is_err() {
            return;
        }
    }
}
