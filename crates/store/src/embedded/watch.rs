//! A watch: the log first, then the writer's feed, and the log again if the feed was too fast.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::{Shared, log, tables};
use crate::{Batch, BatchStream, Error, Key, Result, Rev};

struct Watch {
    // Weak, so that a forgotten watch does not keep the store open.
    shared: Weak<Shared>,
    prefix: Key,
    next: Rev,
    ready: VecDeque<Batch>,
    feed: Receiver<Arc<[Batch]>>,
    behind: bool,
}

pub(super) fn watch(shared: &Arc<Shared>, prefix: &Key, from: Rev) -> Result<BatchStream> {
    let next = from.max(Rev(1));
    if next <= tables::revs(&shared.read()?)?.1 {
        return Err(Error::Compacted);
    }
    let watch = Watch {
        // Subscribed before the log is read: what is in neither does not exist.
        feed: shared.feed.subscribe(),
        shared: Arc::downgrade(shared),
        prefix: prefix.clone(),
        next,
        ready: VecDeque::new(),
        behind: true,
    };
    let batches = stream::unfold(Some(watch), |watch| async {
        let mut watch = watch?;
        match watch.batch().await {
            Ok(batch) => Some((Ok(batch), Some(watch))),
            Err(error) => Some((Err(error), None)),
        }
    });
    Ok(batches.boxed())
}

impl Watch {
    async fn batch(&mut self) -> Result<Batch> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                if let Some(batch) = self.deliver(batch) {
                    return Ok(batch);
                }
            } else if self.behind {
                self.catch_up()?;
            } else {
                self.receive().await?;
            }
        }
    }

    /// The part of a batch that is under the prefix, if it is new and has one.
    fn deliver(&mut self, mut batch: Batch) -> Option<Batch> {
        if batch.rev < self.next {
            return None;
        }
        self.next = batch.rev.next();
        if !self.prefix.is_empty() {
            batch.events.retain(|event| event.key.starts_with(&self.prefix));
        }
        (!batch.events.is_empty()).then_some(batch)
    }

    fn catch_up(&mut self) -> Result<()> {
        let shared = self.shared.upgrade().ok_or(Error::Unavailable)?;
        self.ready = log::read(&shared.read()?, self.next)?;
        self.behind = !self.ready.is_empty();
        Ok(())
    }

    async fn receive(&mut self) -> Result<()> {
        match self.feed.recv().await {
            // A gap cannot be, as revisions are consecutive; if it were, the log would fill it.
            Ok(batches) if batches.first().is_some_and(|batch| batch.rev > self.next) => self.behind = true,
            Ok(batches) => self.ready.extend(batches.iter().cloned()),
            Err(RecvError::Lagged(_)) => self.behind = true,
            Err(RecvError::Closed) => return Err(Error::Unavailable),
        }
        Ok(())
    }
}
