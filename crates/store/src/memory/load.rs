//! Reading everything: page through one revision, then the recent past, then watch from the next.

use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tracing::{error, info, warn};

use super::{Reading, Root, Shared, State};
use crate::{BatchStream, Entry, Epoch, Error, Event, Key, Page, Result, Rev, Store};

/// How often a busy writer may get between the question for the newest revision and its first page.
const ATTEMPTS: usize = 100;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// How many revisions of the past a state is told of at most.
const RECALLED: u64 = 20_000;
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

pub(super) struct Loaded<S> {
    pub(super) epoch: Epoch,
    pub(super) root: Root<S>,
    pub(super) batches: BatchStream,
}

pub(super) async fn load<S: State>(store: &Arc<dyn Store>, empty: &S) -> Result<Loaded<S>> {
    let mut attempts = 1;
    loop {
        match load_once(store, empty.clone()).await {
            Err(Error::Compacted) if attempts < ATTEMPTS => attempts += 1,
            outcome => return outcome,
        }
    }
}

async fn load_once<S: State>(store: &Arc<dyn Store>, mut state: S) -> Result<Loaded<S>> {
    let epoch = store.epoch().await?;
    let rev = store.read_index().await?;
    read_all(store, rev, &mut state).await?;
    let recalled_after = recall(&**store, rev, &mut state).await;
    state.loaded(Reading {
        epoch,
        rev,
        recalled_after,
    });
    let batches = store.watch(&Key::root(), rev.next()).await?;
    Ok(Loaded {
        epoch,
        root: Root { rev, state },
        batches,
    })
}

/// Tells the state what happened lately, as far as that can be read; returns the revision after which
/// it knows everything.
async fn recall<S: State>(store: &dyn Store, rev: Rev, state: &mut S) -> Rev {
    match recall_all(store, rev, state).await {
        Ok(after) => after,
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            warn!(error, "the store's recent history cannot be read");
            rev
        }
    }
}

async fn recall_all<S: State>(store: &dyn Store, rev: Rev, state: &mut S) -> Result<Rev> {
    let recent = Rev(rev.0.saturating_sub(RECALLED)).next();
    let oldest = store.oldest().await?.max(recent);
    let mut batches = store.watch(&Key::root(), oldest).await?;
    let mut at = Rev(oldest.0 - 1);
    // Every revision up to the newest has a batch: none is waited for.
    while at < rev
        && let Some(batch) = batches.next().await
    {
        let batch = batch?;
        batch.events.iter().try_for_each(|event| state.recall(event))?;
        at = batch.rev;
    }
    Ok(Rev(oldest.0 - 1))
}

/// Reads and opens one page while the one before it is applied: both take a processor for long.
async fn read_all<S: State>(store: &Arc<dyn Store>, rev: Rev, state: &mut S) -> Result<()> {
    let mut pages = Pages::of(store, rev);
    while let Some(page) = pages.next().await? {
        for entry in page {
            state.apply(&Event::from(entry))?;
        }
    }
    Ok(())
}

/// The pages of one revision, of which the next is always being read.
struct Pages<'s> {
    store: &'s Arc<dyn Store>,
    rev: Rev,
    next: Option<JoinHandle<Result<Page>>>,
}

impl Pages<'_> {
    fn of(store: &Arc<dyn Store>, rev: Rev) -> Pages<'_> {
        let mut pages = Pages {
            store,
            rev,
            next: None,
        };
        pages.read(None);
        pages
    }

    fn read(&mut self, after: Option<Key>) {
        let (store, rev) = (Arc::clone(self.store), self.rev);
        self.next = Some(tokio::spawn(async move {
            store
                .scan(&Key::root(), after.as_ref(), u32::MAX, Some(rev))
                .await
        }));
    }

    async fn next(&mut self) -> Result<Option<Vec<Entry>>> {
        let Some(reading) = self.next.take() else {
            return Ok(None);
        };
        let page = reading.await.map_err(Error::other)??;
        if page.next.is_some() {
            self.read(page.next);
        }
        Ok(Some(page.entries))
    }
}

impl Drop for Pages<'_> {
    fn drop(&mut self) {
        if let Some(reading) = &self.next {
            reading.abort(); // the store can be closed once nobody reads it
        }
    }
}

/// Follows the watch; when it is lost, reads everything anew, until that works. Ends with the memory,
/// which it does not keep alive, so that a store can be closed by dropping what uses it.
pub(super) async fn follow<S: State>(memory: Weak<Shared<S>>, mut epoch: Epoch) {
    while let Some((store, empty)) = poll_fn(|context| lost(&memory, context)).await {
        let loaded = reload(&store, &empty).await;
        if loaded.epoch != epoch {
            info!("the store was restored: its epoch is another one");
            epoch = loaded.epoch;
        }
        let Some(shared) = memory.upgrade() else { return };
        shared.resume(loaded.root, loaded.batches);
    }
}

/// Ready with what reading anew takes when the watch is lost, or with `None` when the memory is gone.
fn lost<S: State>(memory: &Weak<Shared<S>>, context: &Context<'_>) -> Poll<Option<(Arc<dyn Store>, S)>> {
    match memory.upgrade() {
        Some(shared) => {
            let parts = || (Arc::clone(&shared.store), shared.empty.clone());
            shared.poll_lost(context).map(|()| Some(parts()))
        }
        None => Poll::Ready(None),
    }
}

async fn reload<S: State>(store: &Arc<dyn Store>, empty: &S) -> Loaded<S> {
    let mut pause = FIRST_PAUSE;
    loop {
        match load(store, empty).await {
            Ok(loaded) => return loaded,
            Err(error) => error!(
                error = &error as &dyn std::error::Error,
                "cannot read the store; trying again"
            ),
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
