//! The state in memory: it reads everything, follows, and is never behind its own commits.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kagiban_store::{Event, Key, Memory, Result, State};

use crate::engine::{Note, commit, key, note, put, sealed};

#[derive(Clone, Default)]
struct Notes(BTreeMap<Key, String>);

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
    let memory = Memory::<Notes>::load(store).await.unwrap();
    assert_eq!(memory.view().state.0.len(), 1);
    for n in 0..100 {
        let n = n.to_string();
        memory.commit(put(&["n", &n], &n)).await.unwrap();
        assert_eq!(memory.view().state.0.get(&key(&["n", &n])), Some(&n));
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints timings"]
async fn timings() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(sealed(dir.path()).await);
    let memory = Memory::<Notes>::load(Arc::clone(&store) as _).await.unwrap();
    for round in 0..3 {
        let mut raw = Vec::new();
        let mut seen = Vec::new();
        for n in 0..500 {
            let n = n.to_string();
            let start = Instant::now();
            commit(&*store, put(&["n", &n], &n)).await;
            raw.push(start.elapsed());
            let start = Instant::now();
            memory.commit(put(&["n", &n], &n)).await.unwrap();
            seen.push(start.elapsed());
        }
        raw.sort();
        seen.sort();
        println!("round {round}: commit {:?}, seen {:?}", raw[250], seen[250]);
    }
    let _ = (note("x"), Duration::ZERO);
}
