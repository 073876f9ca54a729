use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream::SplitSink;
use futures_util::{SinkExt as _, StreamExt as _};
use kagiban_session::channel::Channel;
use kagiban_session::message::{Message, MessageType};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message as Frame;

use super::{Command, Dial, Dialled, News, NotDialled};
use crate::Backoff;
use crate::websocket::WebSocket;

/// Middle boxes forget connections that are idle for some minutes; this is well below.
const PING_EVERY: Duration = Duration::from_secs(25);

/// A socket from which nothing was heard for so long, pongs included, is lost.
const SILENCE: Duration = Duration::from_secs(60);

/// How long a first frame may take to be written.
const GREETING: Duration = Duration::from_secs(10);

/// The state that outlives sockets.
pub(super) struct Driver {
    channel: Channel,
    orders: mpsc::Receiver<Command>,
    report: mpsc::Sender<News>,
    /// The news that are to be told before what the channel has.
    fresh: VecDeque<News>,
    /// The news that waits for its reader.
    next: Option<News>,
    /// The gateway has said that the session is over; its socket is of no more use.
    is_closed: bool,
    /// Who waits for all to be acknowledged.
    draining: Vec<oneshot::Sender<()>>,
    /// Where it is told how much the other end has taken.
    taken: watch::Sender<u64>,
}

/// Why a socket is no longer driven.
enum Left {
    /// It is gone.
    Lost,
    /// Nobody wants the channel any more.
    Unwanted,
}

impl Driver {
    pub(super) fn new(
        channel: Channel,
        orders: mpsc::Receiver<Command>,
        report: mpsc::Sender<News>,
        taken: watch::Sender<u64>,
    ) -> Driver {
        Driver {
            channel,
            orders,
            report,
            fresh: VecDeque::new(),
            next: None,
            is_closed: false,
            draining: Vec::new(),
            taken,
        }
    }

    pub(super) async fn drive<D: Dial>(mut self, mut dial: D, first: Dialled, patience: Duration) {
        let mut dialled = first;
        loop {
            if let Left::Unwanted = self.serve(dialled).await {
                return;
            }
            if self.is_closed {
                return self.tell_the_end("the session is over".to_owned()).await;
            }
            self.fresh.push_back(News::Interrupted);
            dialled = match self.replace(&mut dial, patience).await {
                Ok(dialled) => dialled,
                Err(over) => return self.tell_the_end(over).await,
            };
            self.fresh.push_back(News::Resumed);
            self.channel.reconnected(Instant::now());
        }
    }

    /// What has arrived is still told, then the end.
    async fn tell_the_end(mut self, over: String) {
        while let Some(news) = self.take() {
            if self.report.send(news).await.is_err() {
                return;
            }
        }
        let _unheard = self.report.send(News::Over(over)).await;
    }

    /// Drives the channel over one socket, until it is lost.
    async fn serve(&mut self, dialled: Dialled) -> Left {
        let (sink, mut stream) = dialled.socket.split();
        let mut writer = Writer::new(sink);
        let text = dialled.first_frame.as_str().to_owned();
        if !matches!(timeout(GREETING, writer.greet(text)).await, Ok(Ok(()))) {
            return Left::Lost;
        }
        let (mut heard, mut pinged) = (Instant::now(), Instant::now());
        loop {
            let now = Instant::now();
            if now >= pinged + PING_EVERY {
                pinged = now;
                writer.ping = true;
            }
            writer.load(&mut self.channel, now);
            self.settle();
            let readable = self.channel.readable();
            if !readable {
                heard = now; // it may have pongs for us that nobody reads
            } else if now >= heard + SILENCE {
                return Left::Lost;
            }
            let due = self.channel.deadline().filter(|_| !writer.has_frame());
            let wake = [heard + SILENCE, pinged + PING_EVERY]
                .into_iter()
                .chain(due)
                .min();
            tokio::select! {
                written = poll_fn(|cx| writer.poll(cx)), if !writer.is_idle() => {
                    if written.is_err() {
                        return Left::Lost;
                    }
                }
                frame = stream.next(), if readable => {
                    heard = Instant::now();
                    if !self.hear(frame, heard) {
                        return Left::Lost;
                    }
                }
                left = self.attend(now) => if left {
                    return Left::Unwanted;
                },
                () = sleep_until(wake.unwrap_or(now).into()) => (),
            }
        }
    }

    /// Takes in what came from the socket; false if it is the end of it.
    fn hear(
        &mut self,
        frame: Option<Result<Frame, tokio_tungstenite::tungstenite::Error>>,
        now: Instant,
    ) -> bool {
        let bytes = match frame {
            Some(Ok(Frame::Binary(bytes))) => bytes,
            Some(Ok(Frame::Text(text))) => Bytes::from(text),
            Some(Ok(Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_))) => return true,
            Some(Ok(Frame::Close(_)) | Err(_)) | None => return false,
        };
        // As the peers: what is no message is passed over. If it was one, it comes again.
        if let Ok(message) = Message::parse(bytes) {
            self.is_closed |= message.message_type == MessageType::ChannelClosed;
            self.channel.receive(message, now);
        }
        true
    }

    /// Waits for who uses the channel: does one thing for them. True if they are gone.
    async fn attend(&mut self, now: Instant) -> bool {
        if self.next.is_none() {
            self.next = self
                .fresh
                .pop_front()
                .or_else(|| self.channel.take(now).map(News::Event));
        }
        let command = tokio::select! {
            command = self.orders.recv(), if self.channel.writable() => command,
            permit = self.report.reserve(), if self.next.is_some() => {
                if let (Ok(permit), Some(news)) = (permit, self.next.take()) {
                    permit.send(news);
                }
                return false;
            }
            () = self.report.closed() => None,
        };
        match command {
            Some(command) => self.obey(command),
            None => return true,
        }
        false
    }

    fn take(&mut self) -> Option<News> {
        let fresh = self.next.take().or_else(|| self.fresh.pop_front());
        fresh.or_else(|| self.channel.take(Instant::now()).map(News::Event))
    }

    fn obey(&mut self, command: Command) {
        let now = Instant::now();
        match command {
            Command::Send(payload_type, payload) => {
                let sent = self.channel.send(payload_type, payload, now);
                sent.expect("commands are taken while the channel is writable");
            }
            Command::Announce(message_type, payload) => self.channel.announce(message_type, payload, now),
            Command::SpeakFast(peer) => self.channel.speak_fast(peer, now),
            Command::HoldUntilHeard => self.channel.hold_until_heard(now),
            Command::Drain(done) => self.draining.push(done),
        }
    }

    /// Tells those who wait for it how much is acknowledged, and that all is.
    fn settle(&mut self) {
        let progress = self.channel.progress();
        self.taken
            .send_if_modified(|taken| std::mem::replace(taken, progress) != progress);
        if self.channel.is_drained() {
            for done in self.draining.drain(..) {
                let _gone = done.send(());
            }
        }
    }

    /// Makes a socket for the one that was lost; meanwhile what is sent is kept, within the bound.
    async fn replace<D: Dial>(&mut self, dial: &mut D, patience: Duration) -> Result<Dialled, String> {
        let mut dialling = pin!(again_and_again(dial, patience));
        loop {
            let now = Instant::now();
            tokio::select! {
                dialled = &mut dialling => return dialled,
                left = self.attend(now) => if left {
                    return Err("the channel was left".to_owned());
                },
            }
        }
    }
}

async fn again_and_again<D: Dial>(dial: &mut D, patience: Duration) -> Result<Dialled, String> {
    let (first, longest) = (Duration::from_millis(200), Duration::from_secs(5));
    let mut backoff = Backoff::new(first, longest, u32::MAX);
    let since = Instant::now();
    loop {
        let failed = match dial.dial().await {
            Ok(dialled) => return Ok(dialled),
            Err(NotDialled::Over(why)) => return Err(why),
            Err(NotDialled::Again(error)) => error,
        };
        let pause = backoff.pause().unwrap_or(longest);
        if since.elapsed() + pause > patience {
            return Err(failed.to_string());
        }
        tokio::time::sleep(pause).await;
    }
}

/// The writing side of a socket: one frame at a time, taken from the channel when the socket can have it.
struct Writer {
    sink: SplitSink<WebSocket, Frame>,
    frame: Option<Frame>,
    ping: bool,
    unflushed: bool,
}

type Written = Result<(), tokio_tungstenite::tungstenite::Error>;

impl Writer {
    fn new(sink: SplitSink<WebSocket, Frame>) -> Writer {
        Writer {
            sink,
            frame: None,
            ping: true, // tells whether the way back works, as AWS's plugin does
            unflushed: false,
        }
    }

    async fn greet(&mut self, text: String) -> Written {
        self.sink.send(Frame::text(text)).await
    }

    fn load(&mut self, channel: &mut Channel, now: Instant) {
        if self.frame.is_some() {
            return;
        }
        self.frame = match std::mem::take(&mut self.ping) {
            true => Some(Frame::Ping(Bytes::from_static(b"keepalive"))),
            false => channel.transmit(now).map(Frame::Binary),
        };
    }

    fn has_frame(&self) -> bool {
        self.frame.is_some()
    }

    fn is_idle(&self) -> bool {
        self.frame.is_none() && !self.unflushed
    }

    /// Ready when something was done.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Written> {
        if self.frame.is_none() {
            ready!(self.sink.poll_flush_unpin(cx))?;
            self.unflushed = false;
            return Poll::Ready(Ok(()));
        }
        ready!(self.sink.poll_ready_unpin(cx))?;
        let frame = self.frame.take().expect("there is one, as was seen above");
        self.unflushed = true;
        Poll::Ready(self.sink.start_send_unpin(frame))
    }
}
