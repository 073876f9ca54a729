//! A port of this machine that leads to one the node can reach: many connections over one session, or,
//! with agents that are older than that, one after the other.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use kagiban_session::channel::Side;
use kagiban_session::message::PayloadType;
use kagiban_session::payload::Flag;
use kagiban_session::smux::{self, Event, Multiplexer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;

use super::listener::{Halves, Listener};
use super::talk::{Conversation, Heard, Opened, Out};
use super::{End, Manner};
use crate::failure::Failure;
use crate::platform::signals::Endings;
use crate::style::safe;

/// What may wait to be sent before no more is read from the connections.
const UNSENT: usize = 256 << 10;

/// Has the session until it ends, or `stop` holds; connections come and go.
///
/// # Errors
///
/// If the node sends what is no smux.
pub(super) async fn run(
    opened: Opened,
    session: &str,
    listener: &Listener,
    manner: &Manner,
    stop: watch::Receiver<bool>,
) -> Result<End, Failure> {
    let session = safe(session);
    manner.say(&format!("{} opened for sessionId {session}.", listener.name()));
    manner.say("Waiting for connections...");
    let accepted = format!("\nConnection accepted for session [{session}]");
    let out = opened.conversation.out.clone();
    let (written, for_node) = mpsc::channel(1);
    let sending = tokio::spawn(send(for_node, out.clone()));
    let (said, heard) = mpsc::channel(8);
    let mut streams = Streams {
        mux: Multiplexer::new(Side::Client),
        is_multiplexed: opened.agent.agent_multiplexes(),
        out: out.clone(),
        open: HashMap::new(),
        budget: Arc::default(),
        said,
        first: Some(accepted),
        manner: manner.clone(),
        stop,
    };
    let ended = streams.run(opened.conversation, listener, heard, written).await;
    sending.abort();
    ended
}

/// Sends what the connections have said.
async fn send(mut from: mpsc::Receiver<(PayloadType, Bytes)>, out: Out) {
    while let Some((payload_type, bytes)) = from.recv().await {
        let sent = match payload_type {
            PayloadType::Output => out.send(bytes).await,
            other => out.put(other, bytes).await,
        };
        if sent.is_err() {
            return;
        }
    }
}

/// All connections of a session.
struct Streams {
    mux: Multiplexer,
    is_multiplexed: bool,
    out: Out,
    open: HashMap<u32, Connection>,
    budget: Arc<Budget>,
    said: mpsc::Sender<(u32, Option<Bytes>)>,
    /// The line for the first connection.
    first: Option<String>,
    manner: Manner,
    stop: watch::Receiver<bool>,
}

/// What waits to be written to connections, all together.
#[derive(Default)]
struct Budget {
    bytes: AtomicUsize,
    freed: Notify,
}

/// A connection's tasks; when this is dropped it is closed, after what there is has been written.
struct Connection {
    to_write: mpsc::UnboundedSender<Bytes>,
    reading: JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// The number of the one connection that an old agent can have.
const ONLY: u32 = 0;

impl Streams {
    async fn run(
        &mut self,
        mut conversation: Conversation,
        listener: &Listener,
        mut heard: mpsc::Receiver<(u32, Option<Bytes>)>,
        written: mpsc::Sender<(PayloadType, Bytes)>,
    ) -> Result<End, Failure> {
        let mut endings = Endings::new()?;
        let mut stop = self.stop.clone();
        let budget = Arc::clone(&self.budget);
        loop {
            let may_accept = self.is_multiplexed || self.open.is_empty();
            tokio::select! {
                came = conversation.next(), if !budget.is_spent() => if let Some(end) = self.hear(came?)? {
                    conversation.until_over().await;
                    return Ok(end);
                },
                () = budget.freed.notified(), if budget.is_spent() => (),
                accepted = listener.accept(), if may_accept => match accepted {
                    Ok(halves) => self.accept(halves),
                    Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
                },
                Some((stream, bytes)) = heard.recv(), if self.mux.unsent() < UNSENT => {
                    self.forward(stream, bytes, &written).await;
                }
                permit = written.reserve(), if self.mux.unsent() > 0 => match permit {
                    Ok(permit) => if let Some(bytes) = self.mux.transmit(self.out.longest()) {
                        permit.send((PayloadType::Output, bytes));
                    },
                    Err(_) => drop(self.mux.transmit(usize::MAX)), // it has ended; that is heard above
                },
                () = endings.next() => break,
                () = async { drop(stop.wait_for(|stop| *stop).await) } => break,
            }
        }
        self.manner.say("Terminate signal received, exiting.");
        conversation.leave().await;
        Ok(End::default())
    }

    /// Deals with what came from the node.
    fn hear(&mut self, heard: Heard) -> Result<Option<End>, Failure> {
        match heard {
            Heard::Output(bytes) if self.is_multiplexed => {
                let received = self.mux.receive(&bytes);
                received.map_err(|error| Failure::Answer(error.to_string()))?;
                self.settle();
            }
            Heard::Output(bytes) => self.write(ONLY, bytes),
            Heard::Flag(Flag::ConnectToPortError) => {
                eprintln!("Connection to destination port failed, check SSM Agent logs.");
            }
            Heard::Interrupted => eprintln!("The connection is lost; trying again."),
            Heard::Resumed => eprintln!("The connection is back."),
            Heard::End(end) => {
                let broken = Some(end.reason).filter(|reason| !reason.is_empty());
                return Ok(Some(End {
                    broken,
                    ..End::default()
                }));
            }
            Heard::Closed(why) => {
                return Ok(Some(End {
                    closed: Some(why),
                    cut_off: true, // it is this end that ends a forward
                    ..End::default()
                }));
            }
            Heard::Over(why) => {
                return Ok(Some(End {
                    broken: Some(why),
                    ..End::default()
                }));
            }
            Heard::StdErr(_) | Heard::ExitCode(_) | Heard::Flag(_) => (),
        }
        Ok(None)
    }

    fn settle(&mut self) {
        while let Some(event) = self.mux.take() {
            match event {
                Event::Data(stream, bytes) => self.write(stream, bytes),
                Event::Finished(stream) => drop(self.open.remove(&stream)),
                Event::Opened(_) => (), // only the client opens
            }
        }
    }

    fn write(&mut self, stream: u32, bytes: Bytes) {
        let Some(connection) = self.open.get(&stream) else {
            return;
        };
        self.budget.bytes.fetch_add(bytes.len(), Ordering::Relaxed);
        if let Err(unsent) = connection.to_write.send(bytes) {
            self.budget.give_back(unsent.0.len());
        }
    }

    fn accept(&mut self, (mut from, mut to): Halves) {
        let stream = match self.is_multiplexed {
            true => self.mux.open(),
            false => Some(ONLY),
        };
        let Some(stream) = stream else {
            return; // as many as there may be
        };
        if let Some(line) = self.first.take() {
            self.manner.say(&line);
        }
        let (said, budget) = (self.said.clone(), Arc::clone(&self.budget));
        let (to_write, mut writes) = mpsc::unbounded_channel::<Bytes>();
        let reading = tokio::spawn(async move {
            let mut piece = vec![0; smux::MAX_DATA];
            while let Ok(length @ 1..) = from.read(&mut piece).await {
                let bytes = Bytes::copy_from_slice(&piece[..length]);
                if said.send((stream, Some(bytes))).await.is_err() {
                    return;
                }
            }
            let _gone = said.send((stream, None)).await;
        });
        tokio::spawn(async move {
            let mut is_open = true;
            while let Some(bytes) = writes.recv().await {
                is_open = is_open && to.write_all(&bytes).await.is_ok();
                budget.give_back(bytes.len());
            }
            let _gone = to.shutdown().await;
        });
        self.open.insert(stream, Connection { to_write, reading });
    }

    /// Sends what a connection has said; nothing is its end.
    async fn forward(
        &mut self,
        stream: u32,
        bytes: Option<Bytes>,
        written: &mpsc::Sender<(PayloadType, Bytes)>,
    ) {
        if self.is_multiplexed {
            match bytes {
                Some(bytes) => self.mux.send(stream, &bytes),
                None => {
                    self.mux.finish(stream);
                    self.open.remove(&stream);
                }
            }
            return;
        }
        let message = match bytes {
            Some(bytes) => (PayloadType::Output, bytes),
            None => {
                self.open.remove(&stream);
                (PayloadType::Flag, Flag::DisconnectToPort.to_bytes())
            }
        };
        let _ended = written.send(message).await;
    }
}

impl Budget {
    fn is_spent(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) >= smux::BUDGET_BYTES
    }

    fn give_back(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.freed.notify_one();
    }
}
