//! The clock on a connection: who dawdles is cut off.
//!
//! Timers are kept lazily. Each request only notes the time; a sleeping timer looks, when it
//! fires, whether anything happened since and sleeps on for the rest. So the busy connection of
//! a benchmark sets no timer per request, and the silent one is still closed on time.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::Limits;
use super::listener::Place;

/// What a connection is waiting for. The service sets it, the stream under hyper obeys.
#[derive(Clone, Debug, Default)]
pub(super) struct Phase(Arc<AtomicU8>);

const HEAD: u8 = 0;
const BUSY: u8 = 1;
const ANSWERING: u8 = 2;
const IDLE: u8 = 3;
const REFUSED: u8 = 4;
const LINGERING: u8 = 5;
const UPGRADED: u8 = 6;

impl Phase {
    /// A request has been read; from here on its own limits count.
    pub(super) fn busy(&self) {
        self.set(BUSY);
    }

    /// The answer is on its way; once it is out, the connection is idle.
    pub(super) fn answering(&self) {
        self.set(ANSWERING);
    }

    /// The answer is on its way, and the rest of the request will not be read.
    pub(super) fn refused(&self) {
        self.set(REFUSED);
    }

    /// The connection speaks another protocol now, which has its own rules.
    pub(super) fn upgraded(&self) {
        self.set(UPGRADED);
    }

    fn set(&self, phase: u8) {
        self.0.store(phase, Ordering::Relaxed); // one task reads and writes it
    }

    fn now(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A stream that ends when the client takes too long.
pub(super) struct Paced<S> {
    stream: S,
    phase: Phase,
    limits: Limits,
    /// When what is being waited for began.
    since: Instant,
    reading: Option<Pin<Box<Sleep>>>,
    writing: Option<Pin<Box<Sleep>>>,
    lingered_bytes: usize,
    _place: Place,
}

/// How long, and for how many bytes, a refused client is listened to after its answer. Closing
/// with unread input makes TCP reset the connection, and the answer would be lost with it.
const LINGER_TIME: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 16 * 1024 * 1024;

impl<S> Paced<S> {
    pub(super) fn new(stream: S, phase: Phase, limits: Limits, place: Place) -> Paced<S> {
        Paced {
            stream,
            phase,
            limits,
            since: Instant::now(),
            reading: None,
            writing: None,
            lingered_bytes: 0,
            _place: place,
        }
    }

    /// The moment at which the present wait for input is over, if it ever is.
    fn read_deadline(&self) -> Option<Instant> {
        match self.phase.now() {
            HEAD => Some(self.since + self.limits.head_time),
            IDLE => Some(self.since + self.limits.idle_time),
            LINGERING => Some(self.since + LINGER_TIME),
            _ => None,
        }
    }

    /// Ready when the client has been silent for too long.
    fn poll_dawdling(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        while let Some(deadline) = self.read_deadline() {
            let timer = self
                .reading
                .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            if timer.deadline() > deadline {
                timer.as_mut().reset(deadline);
            }
            ready!(timer.as_mut().poll(cx));
            if Instant::now() >= deadline {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }

    /// Ready when the client has left an answer unread for too long.
    fn poll_stuck(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        if self.phase.now() == UPGRADED {
            return Poll::Pending;
        }
        let allowed = self.limits.write_time;
        let timer = self
            .writing
            .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + allowed)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }

    /// Input arrived. The first byte after a pause starts a request's clock.
    fn note_input(&mut self) {
        if self.phase.now() == IDLE {
            self.phase.set(HEAD);
            self.since = Instant::now();
        }
    }

    /// All output is with the kernel. After an answer, that starts the pause.
    fn note_flushed(&mut self) {
        self.writing = None;
        if self.phase.now() == ANSWERING {
            self.phase.set(IDLE);
            self.since = Instant::now();
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Paced<S> {
    fn or_stuck<T>(&mut self, cx: &mut Context<'_>, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match poll {
            Poll::Pending => self.poll_stuck(cx).map(Err),
            ready => ready,
        }
    }

    /// Reads and forgets what a refused client still sends, within bounds.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [0; 8 * 1024];
        while self.lingered_bytes < LINGER_BYTES {
            let mut buffer = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.lingered_bytes += buffer.filled().len();
                }
                Poll::Ready(_) => break,
                Poll::Pending => return self.poll_dawdling(cx).map(|_over| Ok(())),
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        match Pin::new(&mut this.stream).poll_read(cx, buffer) {
            Poll::Pending => this.poll_dawdling(cx).map(Err),
            ready => {
                this.note_input();
                ready
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.or_stuck(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.or_stuck(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        let flushed = ready!(self.or_stuck(cx, flushed));
        self.note_flushed();
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.phase.now() != LINGERING {
            let closed = Pin::new(&mut self.stream).poll_shutdown(cx);
            ready!(self.or_stuck(cx, closed))?;
            if self.phase.now() != REFUSED {
                return Poll::Ready(Ok(()));
            }
            self.phase.set(LINGERING);
            self.since = Instant::now();
        }
        self.poll_linger(cx)
    }
}
