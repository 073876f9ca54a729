//! A data channel that outlives its sockets: [`session::Channel`](kagiban_session::channel::Channel) driven
//! over WebSockets.
//!
//! A task of its own reads, writes, pings and, when the socket is gone, has the caller's [`Dial`] make
//! another; what was not acknowledged is then sent again, and nobody above notices but by [`News`]. Whoever
//! sends waits while too much is on the way, and whoever does not read stops the reading: nothing here grows
//! without bound. Reading never waits for writing, since two ends that do would wait for each other.

mod driver;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use kagiban_session::channel::{Channel, Event};
use kagiban_session::handshake::FastMode;
use kagiban_session::message::{MessageType, PayloadType};
use tokio::sync::{mpsc, oneshot, watch};
use zeroize::Zeroizing;

use crate::Error;
use crate::websocket::WebSocket;

/// How many messages wait between the task and who uses it, either way.
const QUEUE: usize = 4;

/// A fresh socket, and the text with which it opens the channel.
#[derive(Debug)]
pub struct Dialled {
    /// The socket.
    pub socket: WebSocket,
    /// The first frame; there is a token in it.
    pub first_frame: Zeroizing<String>,
}

/// Why there is no fresh socket.
#[derive(Debug)]
pub enum NotDialled {
    /// It may work later.
    Again(Error),
    /// The session is over; the text is for a person.
    Over(String),
}

impl From<Error> for NotDialled {
    fn from(error: Error) -> NotDialled {
        NotDialled::Again(error)
    }
}

/// Makes sockets: the first, and one more each time that one was lost.
pub trait Dial: Send + 'static {
    /// Makes the next one.
    fn dial(&mut self) -> impl Future<Output = Result<Dialled, NotDialled>> + Send;
}

/// What comes out of a channel.
#[derive(Debug)]
pub enum News {
    /// Something has arrived.
    Event(Event),
    /// The socket is gone; another is being made.
    Interrupted,
    /// It goes on, over a fresh one.
    Resumed,
    /// It does not go on, and this is the last news; the text is for a person.
    Over(String),
}

/// The channel has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the data channel has ended")]
pub struct Ended;

/// What the task is asked to do, in this order.
#[derive(Debug)]
enum Command {
    Send(PayloadType, Bytes),
    Announce(MessageType, Bytes),
    SpeakFast(FastMode),
    HoldUntilHeard,
    Drain(oneshot::Sender<()>),
}

/// The end of a channel that messages are put into. The channel ends when all of these are gone.
#[derive(Clone, Debug)]
pub struct Outlet {
    commands: mpsc::Sender<Command>,
    /// As [`Channel::progress`].
    progress: watch::Receiver<u64>,
    max_payload: Arc<AtomicUsize>,
}

/// The end of a channel that news come out of. The channel ends when it is gone.
#[derive(Debug)]
pub struct Inlet {
    news: mpsc::Receiver<News>,
}

/// Opens a channel: dials once, and begins to drive it.
///
/// `patience` is how long a lost socket is tried to be replaced before the channel is over.
///
/// # Errors
///
/// If the first socket cannot be made.
pub async fn open<D: Dial>(
    channel: Channel,
    mut dial: D,
    patience: Duration,
) -> Result<(Outlet, Inlet), NotDialled> {
    let dialled = dial.dial().await?;
    let (commands, orders) = mpsc::channel(QUEUE);
    let (report, news) = mpsc::channel(QUEUE);
    let max_payload = Arc::new(AtomicUsize::new(channel.max_payload()));
    let (taken, progress) = watch::channel(0);
    let driver = driver::Driver::new(channel, orders, report, taken);
    tokio::spawn(driver.drive(dial, dialled, patience));
    let outlet = Outlet {
        commands,
        progress,
        max_payload,
    };
    Ok((outlet, Inlet { news }))
}

impl Outlet {
    /// Sends a message of the stream, as soon as there is room for it.
    ///
    /// # Errors
    ///
    /// If the channel has ended.
    pub async fn send(&self, payload_type: PayloadType, payload: Bytes) -> Result<(), Ended> {
        self.order(Command::Send(payload_type, payload)).await
    }

    /// Sends a message that is no part of the stream, once.
    ///
    /// # Errors
    ///
    /// If the channel has ended.
    pub async fn announce(&self, message_type: MessageType, payload: Bytes) -> Result<(), Ended> {
        self.order(Command::Announce(message_type, payload)).await
    }

    /// Speaks the fast dialect after all that was sent so far, with an end that described itself so.
    ///
    /// # Errors
    ///
    /// If the channel has ended.
    pub async fn speak_fast(&self, peer: FastMode) -> Result<(), Ended> {
        let longest = peer.max_payload_bytes.min(FastMode::OURS.max_payload_bytes);
        let longest = usize::try_from(longest).expect("no longer than our own");
        self.max_payload.store(longest, Ordering::Relaxed);
        self.order(Command::SpeakFast(peer)).await
    }

    /// Sends nothing more until the other end has spoken; see [`Channel::hold_until_heard`].
    ///
    /// # Errors
    ///
    /// If the channel has ended.
    pub async fn hold_until_heard(&self) -> Result<(), Ended> {
        self.order(Command::HoldUntilHeard).await
    }

    /// Waits until all that was sent so far has been acknowledged.
    ///
    /// # Errors
    ///
    /// If the channel ends before.
    pub async fn drained(&self) -> Result<(), Ended> {
        let (done, is_done) = oneshot::channel();
        self.order(Command::Drain(done)).await?;
        is_done.await.map_err(|_| Ended)
    }

    /// The same for as long as the other end goes on taking something: however slow it is, `patience` is for
    /// the time from one piece to the next.
    ///
    /// # Errors
    ///
    /// If the channel ends before, or nothing was taken for that long.
    pub async fn drained_while_taken(&self, patience: Duration) -> Result<(), Ended> {
        let mut progress = self.progress.clone();
        let mut drained = pin!(self.drained());
        loop {
            tokio::select! {
                drained = &mut drained => return drained,
                taken = tokio::time::timeout(patience, progress.changed()) => match taken {
                    Ok(Ok(())) => (),
                    Ok(Err(_)) | Err(_) => return Err(Ended),
                },
            }
        }
    }

    /// The longest payload that should be sent.
    pub fn max_payload(&self) -> usize {
        self.max_payload.load(Ordering::Relaxed)
    }

    async fn order(&self, command: Command) -> Result<(), Ended> {
        self.commands.send(command).await.map_err(|_| Ended)
    }
}

impl Inlet {
    /// The next news; `None` after [`News::Over`].
    pub async fn next(&mut self) -> Option<News> {
        self.news.recv().await
    }
}

#[cfg(test)]
mod tests;
