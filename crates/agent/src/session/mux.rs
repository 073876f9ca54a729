//! Many connections to one port in one session: smux streams, each with a connection of its own.
//!
//! What waits for slow connections is bounded for all together, as the protocol has it (4 MiB): beyond
//! that the session is not read until some of it is written. The other way, a connection is not read while
//! what came from connections waits for the session.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use kagiban_session::channel::Side;
use kagiban_session::message::PayloadType;
use kagiban_session::payload::{EndOfStream, Flag};
use kagiban_session::smux::{BUDGET_BYTES, Event, Multiplexer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::{Notify, mpsc};

use super::peer::{Input, Out, Peer, Sent};
use super::session_failure;
use super::target::Target;
use crate::failure::Failure;

/// What may wait for the session before connections are no longer read.
const UNSENT: usize = 1 << 20;

/// How much is read from a connection at once.
const PIECE: usize = 32 << 10;

/// What a connection has to say.
enum FromPort {
    Data(u32, Bytes),
    Failed(u32),
    Finished(u32),
}

/// Bytes that wait for connections.
#[derive(Debug, Default)]
struct Budget {
    waiting: AtomicUsize,
    freed: Notify,
}

impl Budget {
    fn add(&self, bytes: usize) {
        self.waiting.fetch_add(bytes, Ordering::Relaxed);
    }

    fn free(&self, bytes: usize) {
        self.waiting.fetch_sub(bytes, Ordering::Relaxed);
        self.freed.notify_one();
    }

    fn is_spent(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) >= BUDGET_BYTES
    }
}

/// All connections of a session.
struct Streams {
    mux: Multiplexer,
    target: Target,
    budget: Arc<Budget>,
    open: HashMap<u32, mpsc::UnboundedSender<Bytes>>,
    ports: mpsc::Sender<FromPort>,
}

/// Serves connections until the session ends.
///
/// # Errors
///
/// If the client sends what is no smux, or the channel is lost for good.
pub(super) async fn serve(peer: &mut Peer, target: Target) -> Result<EndOfStream, Failure> {
    let (ports, mut from_ports) = mpsc::channel(8);
    let (to_client, for_client) = mpsc::channel(1);
    let sender = tokio::spawn(send(for_client, peer.out.clone()));
    let mut streams = Streams {
        mux: Multiplexer::new(Side::Agent),
        target,
        budget: Arc::default(),
        open: HashMap::new(),
        ports,
    };
    let ended = streams
        .run(&mut peer.input, &peer.out, &mut from_ports, &to_client)
        .await;
    sender.abort();
    ended.map(|()| EndOfStream::default())
}

impl Streams {
    async fn run(
        &mut self,
        input: &mut Input,
        out: &Out,
        from_ports: &mut mpsc::Receiver<FromPort>,
        to_client: &mpsc::Sender<Bytes>,
    ) -> Result<(), Failure> {
        let budget = Arc::clone(&self.budget);
        loop {
            tokio::select! {
                sent = input.next(), if !budget.is_spent() => match sent? {
                    Sent::Bytes(bytes) => {
                        self.mux.receive(&bytes).map_err(session_failure)?;
                        self.settle();
                    }
                    Sent::End => return Ok(()),
                    Sent::NoMore | Sent::Disconnect | Sent::Size(_) => {}
                },
                () = budget.freed.notified(), if budget.is_spent() => {}
                Some(said) = from_ports.recv(), if self.mux.unsent() < UNSENT => self.hear(said, out).await?,
                permit = to_client.reserve(), if self.mux.unsent() > 0 => {
                    let permit = permit.map_err(session_failure)?;
                    if let Some(bytes) = self.mux.transmit(out.max_payload()) {
                        permit.send(bytes);
                    }
                }
            }
        }
    }

    /// Hands what has come from the client to the connections.
    fn settle(&mut self) {
        while let Some(event) = self.mux.take() {
            match event {
                Event::Opened(stream) => {
                    let (to_port, for_port) = mpsc::unbounded_channel();
                    self.open.insert(stream, to_port);
                    let connection = Connection {
                        stream,
                        for_port,
                        ports: self.ports.clone(),
                        budget: Arc::clone(&self.budget),
                    };
                    tokio::spawn(connection.serve(self.target.clone()));
                }
                Event::Data(stream, data) => {
                    let length = data.len();
                    self.budget.add(length);
                    let taken = self
                        .open
                        .get(&stream)
                        .is_some_and(|to_port| to_port.send(data).is_ok());
                    if !taken {
                        self.budget.free(length);
                    }
                }
                Event::Finished(stream) => drop(self.open.remove(&stream)),
            }
        }
    }

    async fn hear(&mut self, said: FromPort, out: &Out) -> Result<(), Failure> {
        match said {
            FromPort::Data(stream, data) => self.mux.send(stream, &data),
            FromPort::Failed(stream) => {
                out.flag(Flag::ConnectToPortError).await?;
                self.finish(stream);
            }
            FromPort::Finished(stream) => self.finish(stream),
        }
        Ok(())
    }

    fn finish(&mut self, stream: u32) {
        self.open.remove(&stream);
        self.mux.finish(stream);
    }
}

async fn send(mut for_client: mpsc::Receiver<Bytes>, out: Out) {
    while let Some(bytes) = for_client.recv().await {
        if out.send(PayloadType::Output, bytes).await.is_err() {
            return;
        }
    }
}

/// One stream's connection with the port.
struct Connection {
    stream: u32,
    for_port: mpsc::UnboundedReceiver<Bytes>,
    ports: mpsc::Sender<FromPort>,
    budget: Arc<Budget>,
}

impl Connection {
    async fn serve(mut self, target: Target) {
        let last = match target.connect().await {
            Err(_) => FromPort::Failed(self.stream),
            Ok(stream) => {
                let (mut from_port, mut to_port) = stream.into_split();
                let (ports, number) = (self.ports.clone(), self.stream);
                let reading = async {
                    let mut buffer = vec![0; PIECE];
                    while let Ok(count @ 1..) = from_port.read(&mut buffer).await {
                        let data = Bytes::copy_from_slice(&buffer[..count]);
                        if ports.send(FromPort::Data(number, data)).await.is_err() {
                            return;
                        }
                    }
                };
                // Either end closes both ways, as AWS's peers do.
                tokio::select! {
                    () = reading => {}
                    () = self.write(&mut to_port) => {}
                }
                FromPort::Finished(self.stream)
            }
        };
        let _session_may_have_ended = self.ports.send(last).await;
    }

    async fn write(&mut self, to_port: &mut OwnedWriteHalf) {
        while let Some(data) = self.for_port.recv().await {
            let written = to_port.write_all(&data).await;
            self.budget.free(data.len());
            if written.is_err() {
                return;
            }
        }
        let _may_be_closed = to_port.shutdown().await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.for_port.close();
        while let Ok(data) = self.for_port.try_recv() {
            self.budget.free(data.len());
        }
    }
}
