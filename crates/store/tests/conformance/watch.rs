//! Watches: whole revisions, in commit order, from any revision, or an error.

use std::time::Duration;

use futures_util::StreamExt as _;
use kagiban_store::{Batch, BatchStream, Error, Key, Rev, Store, Txn};

use crate::engine::{Engine, Fixture, delete, key, note, on_each_engine, once_free, put};

/// The next `count` batches that have events for callers.
async fn take(watch: &mut BatchStream, count: usize) -> Vec<Batch> {
    let mut batches = Vec::new();
    while batches.len() < count {
        let next = tokio::time::timeout(Duration::from_secs(10), watch.next()).await;
        batches.push(next.unwrap().unwrap().unwrap());
    }
    batches
}

async fn watch_all(store: &dyn Store, from: Rev) -> BatchStream {
    store.watch(&Key::root(), from).await.unwrap()
}

on_each_engine! {
    async fn a_watch_resumed_anywhere_tells_the_same_story(fixture) {
        let start = fixture.store().read_index().await.unwrap();
        let mut live = watch_all(fixture.store(), start.next()).await;
        for n in 0..40 {
            let n = n.to_string();
            fixture.commit(put(&["k", &n], &n)).await;
            if n.ends_with('5') {
                fixture.commit(delete(&["k", &n])).await;
            }
        }
        let story = take(&mut live, 44).await;
        assert!(story.windows(2).all(|pair| pair[1].rev == pair[0].rev.next()));
        for (at, batch) in story.iter().enumerate() {
            let mut resumed = watch_all(fixture.store(), batch.rev).await;
            assert_eq!(take(&mut resumed, story.len() - at).await, story[at..]);
        }
    }

    async fn a_watch_goes_on_after_a_restart(fixture) {
        let mut fixture = fixture;
        let first = fixture.commit(put(&["a"], "1")).await;
        fixture.restart().await;
        let second = fixture.commit(put(&["b"], "2")).await;
        let mut watch = watch_all(fixture.store(), first).await;
        let revs: Vec<_> = take(&mut watch, 2).await.iter().map(|batch| batch.rev).collect();
        assert_eq!(revs, [first, second]);
    }

    async fn a_watcher_never_sees_half_a_revision_however_fast_writers_are(fixture) {
        let start = fixture.store().read_index().await.unwrap();
        let mut watch = watch_all(fixture.store(), start.next()).await;
        let writers = (0..8).map(|writer: u32| {
            let store = fixture.shared();
            tokio::spawn(async move {
                for n in 0..60 {
                    let mut pair = Txn::new();
                    let text = format!("{writer}-{n}");
                    pair.put(key(&["left", &writer.to_string()]), &note(&text));
                    pair.put(key(&["right", &writer.to_string()]), &note(&text));
                    store.commit(pair).await.unwrap();
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        // The watch was not read meanwhile, so it falls behind the feed and goes on from the log.
        for (batch, n) in take(&mut watch, 480).await.into_iter().zip(1..) {
            assert_eq!(batch.rev, Rev(start.0 + n));
            let [left, right] = &batch.events[..] else { panic!("{batch:?}") };
            assert_eq!(left.value, right.value);
            assert_eq!((left.mod_rev, right.mod_rev), (batch.rev, batch.rev));
        }
    }

    async fn a_watch_of_a_prefix_sees_that_prefix_only(fixture) {
        let from = fixture.commit(put(&["other"], "1")).await;
        let mut watch = fixture.store().watch(&key(&["mine"]).under(), from).await.unwrap();
        fixture.commit(put(&["mine2"], "1")).await;
        let mut both = put(&["mine", "a"], "1");
        both.put(key(&["mine2", "b"]), &note("1"));
        let rev = fixture.commit(both).await;
        let batch = &take(&mut watch, 1).await[0];
        assert_eq!((batch.rev, batch.events.len()), (rev, 1));
    }

    async fn compacted_history_is_refused_and_what_is_kept_is_not(fixture) {
        let mut revs = Vec::new();
        for n in 0..20 {
            revs.push(fixture.commit(put(&["k"], &n.to_string())).await);
        }
        fixture.store().compact(revs[10]).await.unwrap();
        let refused = fixture.store().watch(&Key::root(), revs[9]).await;
        assert!(matches!(refused.err(), Some(Error::Compacted)));
        let mut kept = watch_all(fixture.store(), revs[10]).await;
        assert_eq!(take(&mut kept, 10).await[0].rev, revs[10]);
    }

    async fn compaction_of_much_history_keeps_the_rest_whole(fixture) {
        let mut revs = Vec::new();
        for n in 0..60 {
            let mut txn = Txn::new();
            for key_number in 0..61 {
                txn.put(key(&["k", &key_number.to_string()]), &note(n.to_string()));
            }
            revs.push(fixture.commit(txn).await);
        }
        fixture.store().compact(revs[50]).await.unwrap();
        let gone = fixture.store().watch(&Key::root(), revs[49]).await;
        assert!(matches!(gone.err(), Some(Error::Compacted)));
        let mut kept = watch_all(fixture.store(), revs[50]).await;
        let batches = take(&mut kept, 10).await;
        assert!(batches.iter().all(|batch| batch.events.len() == 61));
        let mut fixture = fixture;
        let data = fixture.dir.path().join("data");
        fixture.stop();
        once_free(|| kagiban_store::Embedded::check_integrity(&data));
    }

    async fn a_watch_that_slept_through_a_compaction_ends_with_an_error(fixture) {
        let start = fixture.store().read_index().await.unwrap();
        let mut watch = watch_all(fixture.store(), start.next()).await;
        let mut last = start;
        for n in 0..600 {
            last = fixture.commit(put(&["k"], &n.to_string())).await;
        }
        fixture.store().compact(last).await.unwrap();
        assert!(matches!(watch.next().await, Some(Err(Error::Compacted))));
        assert!(watch.next().await.is_none());
    }

    async fn an_old_revision_is_read_by_whom_began_when_it_was_new(fixture) {
        for n in 0..10 {
            fixture.commit(put(&["k", &n.to_string()], "old")).await;
        }
        let store = fixture.store();
        let rev = store.read_index().await.unwrap();
        let prefix = key(&["k"]).under();
        let first = store.scan(&prefix, None, 4, Some(rev)).await.unwrap();
        for n in 0..10 {
            fixture.commit(put(&["k", &n.to_string()], "new")).await;
        }
        let second = store.scan(&prefix, first.next.as_ref(), 4, Some(rev)).await.unwrap();
        assert_eq!((second.rev, second.entries.len()), (rev, 4));
        assert!(second.entries.iter().all(|entry| entry.mod_rev <= rev));
        let never_begun = store.scan(&prefix, None, 4, Some(Rev(rev.0 + 3))).await;
        assert!(matches!(never_begun.err(), Some(Error::Compacted)));
    }
}
