//! The state in memory: it reads everything, follows, and is never behind its own commits.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kagiban_store::{Error, Event, Key, Memory, Result, State, Store};

use crate::engine::{Note, commit, delete, key, put, sealed};

/// All notes by key.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Notes(BTreeMap<Key, String>);

impl State for Notes {
    fn apply(&mut self, event: &Event) -> Result<()> {
        match event.record::<Note>()? {
            Some(note) => self.0.insert(event.key.clone(), note.text),
            None => self.0.remove(&event.key),
        };
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_is_in_the_next_view() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(sealed(dir.path()).await);
    commit(&*store, put(&["before"], "x")).await;
    let memory = Arc::new(Memory::<Notes>::load(store).await.unwrap());
    assert_eq!(memory.view().state.0.len(), 1);
    let writers = (0..8).map(|writer: u32| {
        let memory = Arc::clone(&memory);
        tokio::spawn(async move {
            for n in 0..50 {
                let (name, text) = (writer.to_string(), n.to_string());
                memory.commit(put(&["n", &name], &text)).await.unwrap();
                assert_eq!(memory.view().state.0.get(&key(&["n", &name])), Some(&text));
                memory.commit(delete(&["n", &name])).await.unwrap();
                assert_eq!(memory.view().state.0.get(&key(&["n", &name])), None);
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

#[tokio::test]
async fn memory_follows_what_others_write_and_a_lease_that_ends() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(sealed(dir.path()).await);
    let memory = Memory::<Notes>::load(Arc::clone(&store) as _).await.unwrap();
    let lease = store.lease_grant(Duration::from_millis(200)).await.unwrap();
    let mut txn = put(&["k"], "x");
    txn.put_leased(key(&["leased"]), &crate::engine::note("y"), lease);
    let rev = commit(&*store, txn).await;
    memory.barrier().await.unwrap();
    assert_eq!((memory.applied(), memory.view().state.0.len()), (rev, 2));
    memory.wait_applied(rev.next()).await.unwrap();
    assert_eq!(memory.view().state.0.len(), 1);
}

#[tokio::test]
async fn memory_loads_all_pages_while_writers_write() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(sealed(dir.path()).await);
    for n in 0..1_200 {
        if n % 60 == 0 {
            let mut txn = put(&["k", &n.to_string()], "x");
            (1..60).for_each(|more| {
                txn.merge(put(&["k", &(n + more).to_string()], "x"));
            });
            commit(&*store, txn).await;
        }
    }
    let writer = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            for n in 0..100 {
                commit(&*store, put(&["k", &n.to_string()], "new")).await;
            }
        }
    });
    let memory = Memory::<Notes>::load(store).await.unwrap();
    writer.await.unwrap();
    memory.barrier().await.unwrap();
    let view = memory.view();
    assert_eq!(view.state.0.len(), 1_200);
    assert_eq!(view.state.0.values().filter(|text| *text == "new").count(), 100);
}

/// Notes of which one cannot be read, the first time.
#[derive(Clone, Default)]
struct Stumbling(Notes);

static STUMBLED: AtomicBool = AtomicBool::new(false);

impl State for Stumbling {
    fn apply(&mut self, event: &Event) -> Result<()> {
        if event.key == key(&["stone"]) && !STUMBLED.swap(true, Ordering::SeqCst) {
            return Err(Error::Corrupt("a stone".to_owned()));
        }
        self.0.apply(event)
    }
}

#[tokio::test]
async fn memory_that_cannot_read_an_event_reads_everything_anew() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(sealed(dir.path()).await);
    let memory = Memory::<Stumbling>::load(store).await.unwrap();
    memory.commit(put(&["k"], "x")).await.unwrap();
    memory.commit(put(&["stone"], "y")).await.unwrap();
    assert!(STUMBLED.load(Ordering::SeqCst) && memory.ready());
    assert_eq!(memory.view().state.0.0.len(), 2);
}

/// Counts, from a number that it was given.
#[derive(Clone)]
struct Counting(u64);

impl State for Counting {
    fn apply(&mut self, _: &Event) -> Result<()> {
        self.0 += 1;
        Ok(())
    }
}

#[tokio::test]
async fn memory_starts_from_what_it_is_given() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(sealed(dir.path()).await);
    commit(&*store, put(&["k"], "x")).await;
    let memory = Memory::load_onto(store, Counting(40)).await.unwrap();
    memory.commit(put(&["k"], "y")).await.unwrap();
    assert_eq!(memory.view().state.0, 42);
}
