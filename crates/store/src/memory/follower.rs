//! Applies watched batches, whoever comes first: the task that follows, or a waiting commit.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_util::StreamExt as _;
use tracing::error;

use super::{Root, Shared, State};
use crate::{Batch, BatchStream, Error, Result};

/// The watch, shared by all who may read it; locked for as long as it takes to apply what is there.
pub(super) struct Follower(Mutex<Source>);

struct Source {
    /// `None` after an error: the state must be read anew.
    batches: Option<BatchStream>,
    /// The task's own waker: whoever reads the watch registers this one, so that the task is woken
    /// whenever there is more, no matter who looked last.
    waker: Waker,
}

impl Follower {
    pub(super) fn new(batches: BatchStream) -> Self {
        Self(Mutex::new(Source {
            batches: Some(batches),
            waker: Waker::noop().clone(),
        }))
    }
}

impl Source {
    /// Everything that has arrived.
    fn arrived(&mut self) -> (Vec<Batch>, Result<()>) {
        let mut arrived = Vec::new();
        let Some(batches) = &mut self.batches else {
            return (arrived, Err(Error::Unavailable));
        };
        let mut context = Context::from_waker(&self.waker);
        loop {
            match batches.poll_next_unpin(&mut context) {
                Poll::Ready(Some(Ok(batch))) => arrived.push(batch),
                Poll::Ready(Some(Err(error))) => return (arrived, Err(error)),
                Poll::Ready(None) => return (arrived, Err(Error::Unavailable)),
                Poll::Pending => return (arrived, Ok(())),
            }
        }
    }
}

impl<S: State> Shared<S> {
    /// Applies what has arrived.
    pub(super) fn advance(&self) {
        let mut source = self.lock();
        self.advance_source(&mut source);
    }

    /// As [`Shared::advance`], for the task: ready when the state must be read anew.
    pub(super) fn poll_lost(&self, context: &Context<'_>) -> Poll<()> {
        let mut source = self.lock();
        source.waker.clone_from(context.waker());
        self.advance_source(&mut source);
        if source.batches.is_none() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// Goes on from a state that was read anew.
    pub(super) fn resume(&self, root: Root<S>, batches: BatchStream) {
        let mut source = self.lock();
        source.batches = Some(batches);
        self.publish(root);
        self.ready.store(true, Ordering::Release);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Source> {
        self.follower.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn advance_source(&self, source: &mut Source) {
        if source.batches.is_none() {
            return;
        }
        let (batches, outcome) = source.arrived();
        if let Err(error) = self.apply(&batches).and(outcome) {
            error!(
                error = &error as &dyn std::error::Error,
                "the state in memory is lost and is read anew"
            );
            self.ready.store(false, Ordering::Release);
            source.batches = None;
            source.waker.wake_by_ref();
        }
    }

    /// Applies batches to one copy, and swaps it in once.
    fn apply(&self, batches: &[Batch]) -> Result<()> {
        let Some(last) = batches.last() else { return Ok(()) };
        let mut state = self.root.load().state.clone();
        for event in batches.iter().flat_map(|batch| &batch.events) {
            state.apply(event)?;
        }
        self.publish(Root { rev: last.rev, state });
        Ok(())
    }

    fn publish(&self, root: Root<S>) {
        let rev = root.rev;
        self.root.store(Arc::new(root));
        self.applied.send_replace(rev);
    }
}
