//! The state in memory that requests are answered from: a whole cell at one revision.
//!
//! All of it hangs from one pointer, so that a request which takes one view at its
//! start sees everything at the same revision, and never waits. States are made of
//! persistent maps: the next one shares all but the paths that changed.
//!
//! Whoever notices first applies what the watch has brought: the task that follows it,
//! or a commit that waits for its own revision. So a commit that the engine publishes
//! before answering needs no other task to be seen.

mod follower;
mod load;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use follower::Follower;

use crate::{Committed, Epoch, Error, Event, Result, Rev, Store, Txn};

/// How long a commit waits to be seen in memory. Reached only while the state is being read anew.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a service keeps in memory.
pub trait State: Clone + Send + Sync + 'static {
    /// Takes in one change, of any key of the store; those of others are passed over.
    ///
    /// Also called once for every live key when the state is read from the start.
    ///
    /// # Errors
    ///
    /// If a record cannot be read: the state is then not ready, and read anew.
    fn apply(&mut self, event: &Event) -> Result<()>;

    /// Makes a change ready to be taken in, as far as that can be done without the state: when much is
    /// read, on other processors, in any order.
    ///
    /// # Errors
    ///
    /// As [`State::apply`].
    fn prepare(event: Event) -> Result<Prepared<Self>> {
        Ok(Box::new(move |state: &mut Self| state.apply(&event)))
    }

    /// Takes in one change of the past, for states that tell what happened. Called in the order of
    /// revisions, once everything live is read and before [`State::loaded`].
    ///
    /// # Errors
    ///
    /// If a record cannot be read: nothing is known of the past then.
    fn recall(&mut self, _event: &Event) -> Result<()> {
        Ok(())
    }

    /// The state is read: every change that is applied from here on is a new one.
    fn loaded(&mut self, _loaded: Reading) {}
}

/// A change that is ready to be taken in.
pub type Prepared<S> = Box<dyn FnOnce(&mut S) -> Result<()> + Send>;

/// How a state was read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Which life of the store it is of.
    pub epoch: Epoch,
    /// The revision that it is of.
    pub rev: Rev,
    /// Every change after this revision was recalled.
    pub recalled_after: Rev,
}

/// A state and the revision it is of.
#[derive(Debug, Default)]
pub struct Root<S> {
    /// Everything up to this revision is in the state.
    pub rev: Rev,
    /// The state.
    pub state: S,
}

/// A state that follows a store.
pub struct Memory<S> {
    shared: Arc<Shared<S>>,
    task: JoinHandle<()>,
}

/// What the task that follows and the callers have in common.
struct Shared<S> {
    store: Arc<dyn Store>,
    /// What a state is before anything is applied to it.
    empty: S,
    root: ArcSwap<Root<S>>,
    applied: watch::Sender<Rev>,
    ready: AtomicBool,
    follower: Follower,
}

impl<S: State> Memory<S> {
    /// Reads the whole store, every record of it, and follows it from there on.
    ///
    /// # Errors
    ///
    /// As [`Store::scan`] and [`State::apply`]; a record that does not open refuses the whole.
    pub async fn load(store: Arc<dyn Store>) -> Result<Self>
    where
        S: Default,
    {
        Self::load_onto(store, S::default()).await
    }

    /// As [`Memory::load`], onto a state that already holds what applying needs, such as a key.
    ///
    /// # Errors
    ///
    /// As [`Memory::load`].
    pub async fn load_onto(store: Arc<dyn Store>, empty: S) -> Result<Self> {
        let loaded = load::load(&store, &empty).await?;
        let shared = Arc::new(Shared {
            store,
            empty,
            applied: watch::Sender::new(loaded.root.rev),
            root: ArcSwap::from_pointee(loaded.root),
            ready: AtomicBool::new(true),
            follower: Follower::new(loaded.batches),
        });
        let task = tokio::spawn(load::follow(Arc::downgrade(&shared), loaded.epoch));
        Ok(Self { shared, task })
    }

    /// The newest state, for one request; not to be kept over an await.
    #[must_use]
    pub fn view(&self) -> Guard<Arc<Root<S>>> {
        self.shared.root.load()
    }

    /// The newest state, to be kept.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Root<S>> {
        self.shared.root.load_full()
    }

    /// The newest revision in memory.
    #[must_use]
    pub fn applied(&self) -> Rev {
        self.shared.root.load().rev
    }

    /// Whether the state follows the store. While it does not, requests are refused.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.shared.ready.load(Ordering::Acquire)
    }

    /// The newest revision in memory, each time there is one.
    #[must_use]
    pub fn revisions(&self) -> watch::Receiver<Rev> {
        self.shared.applied.subscribe()
    }

    /// The store underneath.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.shared.store
    }

    /// Commits, and returns when the outcome is in this memory: the next view has it.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`]; [`Error::Unavailable`] also if it was written but memory could not follow.
    pub async fn commit(&self, txn: Txn) -> Result<Committed> {
        let committed = self.shared.store.commit(txn).await?;
        if let Committed::Ok(rev) = committed {
            self.wait_applied(rev).await?;
        }
        Ok(committed)
    }

    /// Returns when everything committed before this call is in memory.
    ///
    /// # Errors
    ///
    /// As [`Store::read_index`] and [`Memory::wait_applied`].
    pub async fn barrier(&self) -> Result<()> {
        self.wait_applied(self.shared.store.read_index().await?).await
    }

    /// Returns when `rev` is in memory.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if memory cannot follow for a while.
    pub async fn wait_applied(&self, rev: Rev) -> Result<()> {
        if self.applied() >= rev {
            return Ok(());
        }
        self.shared.advance();
        if self.applied() >= rev {
            return Ok(());
        }
        let mut applied = self.shared.applied.subscribe();
        let waited = tokio::time::timeout(PATIENCE, applied.wait_for(|applied| *applied >= rev)).await;
        waited
            .ok()
            .and_then(Result::ok)
            .map(drop)
            .ok_or(Error::Unavailable)
    }
}

impl<S> Drop for Memory<S> {
    fn drop(&mut self) {
        self.task.abort();
    }
}
