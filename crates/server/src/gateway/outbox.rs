//! What waits to be written to one socket: in order, and never much of it.
//!
//! Relayed frames take space, and who has none to take waits; so a client that reads slowly slows its agent
//! down, and the server's memory stays as it is. The few frames of the gateway's own go without asking.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::terms::OUTBOX_BYTES;
use crate::http::Shutdown;

/// Where frames for one socket are put; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Outbox {
    /// Boxed, because the queue keeps room for many, in thousands of sockets that are silent.
    items: mpsc::UnboundedSender<Box<Item>>,
    space: Arc<Semaphore>,
    closing: Shutdown,
}

/// Where the socket takes them from. Once it is dropped nobody waits for space any more.
#[derive(Debug)]
pub(super) struct Inbox {
    items: mpsc::UnboundedReceiver<Box<Item>>,
    space: Arc<Semaphore>,
    /// The word that the socket is to be closed; a slow reader has only so long from then on.
    pub(super) closing: Shutdown,
}

/// One thing to write.
#[derive(Debug)]
pub(super) enum Item {
    /// A frame, and the space that it takes until it is written.
    Frame(Bytes, Option<Space>),
    /// The end.
    Close(CloseCode, &'static str),
}

/// Space in an outbox; given back on drop.
#[derive(Debug)]
pub(super) struct Space(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

/// A new outbox and its other end.
pub(super) fn outbox() -> (Outbox, Inbox) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let space = Arc::new(Semaphore::new(OUTBOX_BYTES));
    let closing = Shutdown::new();
    let inbox = Inbox {
        items: receiver,
        space: Arc::clone(&space),
        closing: closing.clone(),
    };
    let outbox = Outbox {
        items: sender,
        space,
        closing,
    };
    (outbox, inbox)
}

impl Outbox {
    /// Waits for as much space as a frame takes; `None` once the socket is gone. A frame that is
    /// larger than all the space there is takes all of it.
    pub(super) async fn space(&self, bytes: usize) -> Option<Space> {
        let space = Arc::clone(&self.space);
        space.acquire_many_owned(permits(bytes)).await.ok().map(Space)
    }

    /// Puts a frame that has its space.
    pub(super) fn put(&self, frame: Bytes, space: Space) {
        self.send(Item::Frame(frame, Some(space)));
    }

    /// Puts a frame that may as well be lost, unless there is no space now.
    pub(super) fn offer(&self, frame: Bytes) {
        let _put = self.try_put(frame);
    }

    /// Puts a frame if there is space now; returns whether there was.
    pub(super) fn try_put(&self, frame: Bytes) -> bool {
        let space = Arc::clone(&self.space).try_acquire_many_owned(permits(frame.len()));
        let space = space.map(|space| self.put(frame, Space(space)));
        space.is_ok()
    }

    /// Puts one of the gateway's own frames, of which there are few.
    pub(super) fn insist(&self, frame: Bytes) {
        self.send(Item::Frame(frame, None));
    }

    /// Closes the socket once everything before is written, or has had its time.
    pub(super) fn close(&self, code: CloseCode, why: &'static str) {
        self.send(Item::Close(code, why));
        self.closing.begin();
    }

    fn send(&self, item: Item) {
        let _ = self.items.send(Box::new(item)); // the socket may be gone
    }
}

impl Inbox {
    /// Waits for the next thing to write; `None` once nobody can put any more.
    pub(super) async fn next(&mut self) -> Option<Item> {
        self.items.recv().await.map(|item| *item)
    }

    /// The next thing to write, if there is one now.
    pub(super) fn ready(&mut self) -> Option<Item> {
        self.items.try_recv().ok().map(|item| *item)
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.space.close();
    }
}

fn permits(bytes: usize) -> u32 {
    u32::try_from(bytes.min(OUTBOX_BYTES)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_finds_no_space_waits_until_something_is_written() {
        let (outbox, mut inbox) = outbox();
        let all = outbox.space(usize::MAX).await.unwrap();
        outbox.put(Bytes::from_static(b"large"), all);
        outbox.offer(Bytes::from_static(b"lost"));
        let waiting = tokio::spawn({
            let outbox = outbox.clone();
            async move { outbox.space(1).await.is_some() }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(inbox.next().await);
        assert!(waiting.await.unwrap());
        assert!(inbox.ready().is_none(), "what found no space was lost");
    }

    #[tokio::test]
    async fn nobody_waits_for_a_socket_that_is_gone() {
        let (outbox, inbox) = outbox();
        let _all = outbox.space(OUTBOX_BYTES).await.unwrap();
        drop(inbox);
        assert!(outbox.space(1).await.is_none());
        outbox.insist(Bytes::new());
    }
}
