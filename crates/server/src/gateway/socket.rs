//! One WebSocket: it is read and written at the same time, pinged, and closed in good order.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::outbox::{Inbox, Item};
use super::terms::{FAREWELL, PING};

/// How long a socket that is not let in may take to hear it.
const STRANGERS_FAREWELL: Duration = Duration::from_secs(2);

/// What reads and writes on a socket may be.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Stream for S {}

/// Whoever is told what comes in.
pub(super) trait Listener: Send {
    /// Takes in a binary frame; while it has not returned, nothing more is read.
    fn heard(&mut self, frame: Bytes) -> impl Future<Output = ()> + Send;
}

/// How much a socket reads at once, and gathers before it writes.
///
/// A control channel carries pings for weeks and a message now and then, and there is one for each node; for
/// a larger message the buffers grow.
const BUSY_BUFFER: usize = 32 * 1024;
const QUIET_BUFFER: usize = 512;

/// Takes over a connection whose upgrade was answered.
pub(super) async fn accept<S: Stream>(stream: S, busy: bool) -> WebSocketStream<S> {
    let buffer = if busy { BUSY_BUFFER } else { QUIET_BUFFER };
    let config = WebSocketConfig::default()
        .read_buffer_size(buffer)
        .write_buffer_size(buffer)
        .max_message_size(Some(kagiban_session::message::MAX_FRAME_BYTES))
        .max_frame_size(Some(kagiban_session::message::MAX_FRAME_BYTES));
    WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await
}

/// Reads the first frame, which is text and says who is there; `None` if nothing of the kind comes.
pub(super) async fn first_text<S: Stream>(
    socket: &mut WebSocketStream<S>,
    patience: Duration,
) -> Option<String> {
    let read = async {
        loop {
            match socket.next().await?.ok()? {
                Message::Text(text) => return Some(text.as_str().to_owned()),
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Binary(_) | Message::Close(_) | Message::Frame(_) => return None,
            }
        }
    };
    timeout(patience, read).await.ok().flatten()
}

/// Closes a socket that nobody has got to know.
pub(super) async fn refuse<S: Stream>(mut socket: WebSocketStream<S>, code: CloseCode, why: &'static str) {
    let frame = CloseFrame {
        code,
        reason: why.into(),
    };
    let farewell = async {
        if socket.close(Some(frame)).await.is_ok() {
            while let Some(Ok(_)) = socket.next().await {}
        }
    };
    let _ = timeout(STRANGERS_FAREWELL, farewell).await; // whoever does not listen is left
}

/// Tells a socket one thing, and closes it.
pub(super) async fn dismiss<S: Stream>(
    mut socket: WebSocketStream<S>,
    frame: Bytes,
    code: CloseCode,
    why: &'static str,
) {
    let told = timeout(STRANGERS_FAREWELL, socket.send(Message::Binary(frame))).await;
    if let Ok(Ok(())) = told {
        refuse(socket, code, why).await;
    }
}

/// Serves a socket until it is closed from either side, or silent for too long.
pub(super) async fn serve<S: Stream>(
    socket: WebSocketStream<S>,
    mut inbox: Inbox,
    silence: Duration,
    mut listener: impl Listener,
) {
    let (mut sink, mut source) = socket.split();
    let closing = inbox.closing.clone();
    let written = AtomicU64::new(0);
    let told_to_go = async {
        closing.begun().await;
        let mut before = None;
        while before != Some(written.load(Ordering::Relaxed)) {
            before = Some(written.load(Ordering::Relaxed));
            sleep(FAREWELL).await;
        }
    };
    let closed = tokio::select! {
        () = read(&mut source, silence, &mut listener) => false,
        ended = write(&mut sink, &mut inbox, &written) => ended.is_ok(),
        () = told_to_go => false,
    };
    drop(inbox);
    if closed {
        // With input unread TCP would reset the connection, and what was written last be lost.
        let _ = timeout(FAREWELL, async { while let Some(Ok(_)) = source.next().await {} }).await;
    } else {
        let _ = timeout(Duration::from_secs(1), sink.close()).await; // a courtesy
    }
}

async fn read<S: Stream>(
    source: &mut SplitStream<WebSocketStream<S>>,
    silence: Duration,
    listener: &mut impl Listener,
) {
    loop {
        match timeout(silence, source.next()).await {
            Ok(Some(Ok(Message::Binary(frame)))) => {
                listener.heard(frame).await;
            }
            Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) => return,
            Ok(Some(Ok(Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => {}
            Err(_silent) => {
                tracing::debug!("a channel was silent for too long");
                return;
            }
        }
    }
}

/// Writes until the inbox says that it is over; counts what is written.
async fn write<S: Stream>(
    sink: &mut SplitSink<WebSocketStream<S>, Message>,
    inbox: &mut Inbox,
    written: &AtomicU64,
) -> Result<(), Error> {
    let mut pings = interval(PING);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.tick().await; // the first one comes at once
    loop {
        let item = tokio::select! {
            item = inbox.next() => item,
            _ = pings.tick() => {
                sink.send(Message::Ping(Bytes::from_static(b"keepalive"))).await?;
                continue;
            }
        };
        let mut next = item;
        while let Some(item) = next {
            if let Written::Last = put(sink, item).await? {
                return Ok(());
            }
            written.fetch_add(1, Ordering::Relaxed);
            next = inbox.ready();
        }
        sink.flush().await?;
    }
}

enum Written {
    One,
    Last,
}

async fn put<S: Stream>(
    sink: &mut SplitSink<WebSocketStream<S>, Message>,
    item: Item,
) -> Result<Written, Error> {
    match item {
        Item::Frame(frame, _space) => {
            sink.feed(Message::Binary(frame)).await?;
            Ok(Written::One)
        }
        Item::Close(code, why) => {
            let frame = CloseFrame {
                code,
                reason: why.into(),
            };
            sink.send(Message::Close(Some(frame))).await?;
            Ok(Written::Last)
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::super::outbox::outbox;
    use super::super::terms::CONTROL_SILENCE;
    use super::*;

    struct Deaf;

    impl Listener for Deaf {
        async fn heard(&mut self, _frame: Bytes) {}
    }

    #[tokio::test]
    async fn a_channel_that_waits_takes_little() {
        let (near, _far) = duplex(1);
        let quiet = accept(near, false).await;
        let buffer = quiet.get_config().read_buffer_size;
        let (_outbox, inbox) = outbox();
        let task = size_of_val(&serve(quiet, inbox, CONTROL_SILENCE, Deaf));
        assert!(buffer <= 1024 && task <= 3 * 1024, "{buffer} {task}");
    }
}
