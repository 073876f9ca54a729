//! Many connections to one port in one session: smux streams, each with a connection of its own.
//!
//! What waits for slow connections is bounded for all together, as the protocol has it (4 MiB): beyond
//! that the session is not read until some of it is written. The other way, a connection is not read while
//! what came from connections waits for the session.
//!
//! A client may open and close streams as fast as it can, and not read what it is told of them: there are
//! only so many connections at a time, counting those that are about to end; what comes in one message is
//! taken in a few pieces at a time; and nothing more is read while too much waits to be sent.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use kagiban_session::channel::Side;
use kagiban_session::message::PayloadType;
use kagiban_session::payload::{EndOfStream, Flag};
use kagiban_session::smux::{BUDGET_BYTES, Event, Multiplexer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::yield_now;

use super::peer::{Input, Out, Peer, Sent};
use super::session_failure;
use super::target::Target;
use crate::failure::Failure;

/// What may wait for the session before connections are no longer read.
const UNSENT: usize = 1 << 20;

/// What may wait for the session before it is no longer read, either. Connections alone do not fill that; the
/// answers to streams that are opened and closed and never looked at do.
const MOST_UNSENT: usize = 2 * UNSENT;

/// How many connections there may be. One more is closed at once.
// DIFFERS: AWS's agent has no bound of its own; a process has 1024 descriptors in most places.
const CONNECTIONS: usize = 1000;

/// How many things that the client has done are looked at before others have their turn.
const EVENTS_AT_ONCE: usize = 256;

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
    fn is_spent(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) >= BUDGET_BYTES
    }
}

/// Data that waits for a connection, until this is dropped.
#[derive(Debug)]
struct Waiting {
    data: Bytes,
    budget: Arc<Budget>,
}

impl Waiting {
    /// What the smallest piece takes, however little is in it.
    const LEAST: usize = 128;

    fn new(data: Bytes, budget: &Arc<Budget>) -> Waiting {
        let waiting = Waiting {
            data,
            budget: Arc::clone(budget),
        };
        budget.waiting.fetch_add(waiting.cost(), Ordering::Relaxed);
        waiting
    }

    fn cost(&self) -> usize {
        Self::LEAST + self.data.len()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.budget.waiting.fetch_sub(self.cost(), Ordering::Relaxed);
        self.budget.freed.notify_one();
    }
}

/// All connections of a session.
struct Streams {
    mux: Multiplexer,
    target: Target,
    budget: Arc<Budget>,
    open: HashMap<u32, mpsc::UnboundedSender<Waiting>>,
    /// Places for connections, of which one that is about to end still has its own.
    places: Arc<Semaphore>,
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
    let mut streams = Streams::new(target, ports);
    let ended = streams
        .run(&mut peer.input, &peer.out, &mut from_ports, &to_client)
        .await;
    sender.abort();
    ended.map(|()| EndOfStream::default())
}

impl Streams {
    fn new(target: Target, ports: mpsc::Sender<FromPort>) -> Streams {
        Streams {
            mux: Multiplexer::new(Side::Agent),
            target,
            budget: Arc::default(),
            open: HashMap::new(),
            places: Arc::new(Semaphore::new(CONNECTIONS)),
            ports,
        }
    }

    async fn run(
        &mut self,
        input: &mut Input,
        out: &Out,
        from_ports: &mut mpsc::Receiver<FromPort>,
        to_client: &mpsc::Sender<Bytes>,
    ) -> Result<(), Failure> {
        let budget = Arc::clone(&self.budget);
        let mut has_more = false;
        loop {
            tokio::select! {
                sent = input.next(), if !has_more && self.is_readable() => match sent? {
                    Sent::Bytes(bytes) => {
                        self.mux.receive(&bytes).map_err(session_failure)?;
                        has_more = self.settle();
                    }
                    Sent::End => return Ok(()),
                    Sent::NoMore | Sent::Disconnect | Sent::Size(_) => {}
                },
                () = yield_now(), if has_more => has_more = self.settle(),
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

    /// Whether more may be taken in.
    fn is_readable(&self) -> bool {
        !self.budget.is_spent() && self.mux.unsent() < MOST_UNSENT
    }

    /// Hands some of what has come from the client to the connections; returns whether there may be more.
    fn settle(&mut self) -> bool {
        for _ in 0..EVENTS_AT_ONCE {
            match self.mux.take() {
                None => return false,
                Some(Event::Opened(stream)) => self.open(stream),
                Some(Event::Data(stream, data)) => {
                    if let Some(to_port) = self.open.get(&stream) {
                        let _may_have_ended = to_port.send(Waiting::new(data, &self.budget));
                    }
                }
                Some(Event::Finished(stream)) => drop(self.open.remove(&stream)),
            }
        }
        true
    }

    fn open(&mut self, stream: u32) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return self.mux.finish(stream);
        };
        let (to_port, for_port) = mpsc::unbounded_channel();
        self.open.insert(stream, to_port);
        let connection = Connection {
            stream,
            for_port,
            early: VecDeque::new(),
            ports: self.ports.clone(),
            _place: place,
        };
        tokio::spawn(connection.serve(self.target.clone()));
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
    for_port: mpsc::UnboundedReceiver<Waiting>,
    /// What has come before there was a connection.
    early: VecDeque<Waiting>,
    ports: mpsc::Sender<FromPort>,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    async fn serve(mut self, target: Target) {
        let last = match self.connect(&target).await {
            None => FromPort::Finished(self.stream),
            Some(Err(_)) => FromPort::Failed(self.stream),
            Some(Ok(stream)) => {
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

    /// Connects with the port; `None` if the client ends the stream first, and has sent nothing on it.
    async fn connect(&mut self, target: &Target) -> Option<io::Result<TcpStream>> {
        let mut connecting = pin!(target.connect());
        let mut has_ended = false;
        loop {
            tokio::select! {
                connected = &mut connecting => return Some(connected),
                data = self.for_port.recv(), if !has_ended => match data {
                    Some(data) => self.early.push_back(data),
                    None if self.early.is_empty() => return None,
                    None => has_ended = true,
                }
            }
        }
    }

    async fn write(&mut self, to_port: &mut OwnedWriteHalf) {
        while let Some(waiting) = self.next().await {
            if to_port.write_all(&waiting.data).await.is_err() {
                return;
            }
        }
        let _may_be_closed = to_port.shutdown().await;
    }

    async fn next(&mut self) -> Option<Waiting> {
        match self.early.pop_front() {
            None => self.for_port.recv().await,
            early => early,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kagiban_session::document::Port;
    use tokio::net::TcpListener;

    use super::*;

    /// The streams of a session to a port that takes connections and says nothing, and what they say.
    async fn streams() -> (Streams, mpsc::Receiver<FromPort>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = Port {
            port_number: listener.local_addr().unwrap().port(),
            ..Port::default()
        };
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((connection, _)) = listener.accept().await {
                held.push(connection);
            }
        });
        let target = Target::find(&port, &[]).await.unwrap();
        let (ports, from_ports) = mpsc::channel(8);
        (Streams::new(target, ports), from_ports)
    }

    impl Streams {
        fn alive(&self) -> usize {
            CONNECTIONS - self.places.available_permits()
        }

        /// Takes in all that a client has to say.
        fn hear_all(&mut self, client: &mut Multiplexer) {
            while let Some(bytes) = client.transmit(64 << 10) {
                self.mux.receive(&bytes).unwrap();
                while self.settle() {}
            }
        }

        /// Lets the client know what it has to know.
        fn tell(&mut self, client: &mut Multiplexer, from_ports: &mut mpsc::Receiver<FromPort>) {
            while let Ok(FromPort::Finished(stream) | FromPort::Failed(stream)) = from_ports.try_recv() {
                self.finish(stream);
            }
            while let Some(bytes) = self.mux.transmit(64 << 10) {
                client.receive(&bytes).unwrap();
            }
            while client.take().is_some() {}
        }
    }

    #[tokio::test]
    async fn a_client_that_opens_and_closes_streams_all_the_time_has_only_so_many_connections() {
        let (mut streams, mut from_ports) = streams().await;
        let mut client = Multiplexer::new(Side::Client);
        let mut most = 0;
        for _ in 0..1_000 {
            for _ in 0..100 {
                let stream = client.open().unwrap();
                client.finish(stream);
            }
            streams.hear_all(&mut client);
            most = most.max(streams.alive()).max(streams.open.len());
            assert!(streams.mux.unsent() <= 100 * 8, "an answer each, and no more");
            streams.tell(&mut client, &mut from_ports);
            yield_now().await;
        }
        assert!((1..=CONNECTIONS).contains(&most), "{most}");
        assert!(streams.open.is_empty());
        let ended = async {
            while streams.alive() > 0 {
                streams.tell(&mut client, &mut from_ports);
                yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), ended)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_stream_too_many_is_closed_at_once_and_the_others_go_on() {
        let (mut streams, mut from_ports) = streams().await;
        let mut client = Multiplexer::new(Side::Client);
        let opened = [(); CONNECTIONS + 1].map(|()| client.open().unwrap());
        streams.hear_all(&mut client);
        streams.tell(&mut client, &mut from_ports);
        let open = opened.iter().filter(|stream| client.is_open(**stream)).count();
        assert_eq!((open, streams.alive()), (CONNECTIONS, CONNECTIONS));
        assert!(!client.is_open(opened[CONNECTIONS]));
    }

    #[tokio::test]
    async fn a_client_that_reads_nothing_is_not_read_any_more() {
        let (mut streams, _from_ports) = streams().await;
        let mut client = Multiplexer::new(Side::Client);
        let mut rounds = 0;
        while streams.is_readable() {
            for _ in 0..1_000 {
                let stream = client.open().unwrap();
                client.finish(stream);
            }
            streams.hear_all(&mut client);
            client = Multiplexer::new(Side::Client);
            rounds += 1;
            assert!(rounds < 1_000, "{}", streams.mux.unsent());
        }
        assert!(streams.mux.unsent() < MOST_UNSENT + 1_000 * 8);
    }

    #[tokio::test]
    async fn what_waits_is_counted_until_it_is_written_or_given_up() {
        let (mut streams, _from_ports) = streams().await;
        let mut client = Multiplexer::new(Side::Client);
        let stream = client.open().unwrap();
        client.send(stream, &Bytes::from_static(b"x"));
        streams.hear_all(&mut client);
        let waiting = |streams: &Streams| streams.budget.waiting.load(Ordering::Relaxed);
        assert_eq!(waiting(&streams), Waiting::LEAST + 1);
        let written = async {
            while waiting(&streams) > 0 {
                yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), written)
            .await
            .unwrap();
    }
}
