//! Reading everything: page through one revision, then the recent past, then watch from the next.

use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;
use tracing::{error, info, warn};

use super::{Prepared, Reading, Root, Shared, State};
use crate::{BatchStream, Epoch, Error, Key, Page, Result, Rev, Store};

/// How often a busy writer may get between the question for the newest revision and its first page.
const ATTEMPTS: usize = 100;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// Pages that wait to be applied, at most; each is about a megabyte.
const PAGES_AHEAD: usize = 4;
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

/// Reads the pages of one revision. While one is applied, which only one processor can do, those after
/// it are read, opened and decoded by others.
async fn read_all<S: State>(store: &Arc<dyn Store>, rev: Rev, state: &mut S) -> Result<()> {
    let (ready, mut pages) = mpsc::channel(PAGES_AHEAD);
    let mut reading = JoinSet::new(); // its tasks end with it, so the store can be closed then
    reading.spawn(read_pages::<S>(Arc::clone(store), rev, ready));
    while let Some(page) = pages.recv().await {
        for change in page.await.map_err(Error::other)?? {
            change(state)?;
        }
    }
    match reading.join_next().await {
        Some(ended) => ended.map_err(Error::other)?,
        None => Ok(()),
    }
}

/// The changes of one page, being made ready.
type Preparing<S> = JoinHandle<Result<Vec<Prepared<S>>>>;

async fn read_pages<S: State>(
    store: Arc<dyn Store>,
    rev: Rev,
    ready: mpsc::Sender<Preparing<S>>,
) -> Result<()> {
    let mut after = None;
    loop {
        let Page { entries, next, .. } = store
            .scan(&Key::root(), after.as_ref(), u32::MAX, Some(rev))
            .await?;
        let prepare = async move {
            entries
                .into_iter()
                .map(|entry| S::prepare(entry.into()))
                .collect()
        };
        if ready.send(tokio::spawn(prepare)).await.is_err() || next.is_none() {
            return Ok(());
        }
        after = next;
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
