//! The engines under test, and the little words the suites speak.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use kagiban_store::{Committed, Embedded, Key, KeyFile, Op, OpenError, Record, Rev, Sealed, Store, Txn};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

/// A record with some text in it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Note {
    pub(crate) text: String,
}

impl Record for Note {
    const KIND: u16 = 1;
    const SCHEMA: u16 = 1;
}

/// An engine in a directory of its own, which can be stopped and started.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Engine {
    Embedded,
    Sealed,
}

impl Engine {
    pub(crate) async fn start(self, dir: &Path) -> Arc<dyn Store> {
        match self {
            Self::Embedded => Arc::new(once_free(|| Embedded::open(&dir.join("data")))),
            Self::Sealed => Arc::new(sealed(dir).await),
        }
    }
}

/// Opens what nobody uses any more: a process that another test starts has this one's files open, the lock
/// among them, until it has become its program.
pub(crate) fn once_free<T>(open: impl Fn() -> Result<T, OpenError>) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        match open() {
            Err(OpenError::InUse(_)) if Instant::now() < deadline => thread::sleep(Duration::from_millis(1)),
            opened => return opened.unwrap(),
        }
    }
}

pub(crate) async fn sealed(dir: &Path) -> Sealed<Embedded> {
    let engine = once_free(|| Embedded::open(&dir.join("data")));
    Sealed::open(engine, &key_file(dir)).await.unwrap()
}

pub(crate) fn key_file(dir: &Path) -> KeyFile {
    KeyFile::new(dir.join("seal.key"))
}

/// One suite's body, as one test per engine.
macro_rules! on_each_engine {
    ($($(#[$attribute:meta])* async fn $name:ident($fixture:ident) $body:block)*) => {
        mod on_embedded { use super::*; $(
            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() { super::$name(Fixture::new(Engine::Embedded).await).await; }
        )* }
        mod on_sealed { use super::*; $(
            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() { super::$name(Fixture::new(Engine::Sealed).await).await; }
        )* }
        $(async fn $name($fixture: Fixture) $body)*
    };
}
pub(crate) use on_each_engine;

/// A running engine.
pub(crate) struct Fixture {
    engine: Engine,
    store: Option<Arc<dyn Store>>,
    pub(crate) dir: TempDir,
}

impl Fixture {
    pub(crate) async fn new(engine: Engine) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            engine,
            store: Some(engine.start(dir.path()).await),
            dir,
        }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &**self.store.as_ref().unwrap()
    }

    pub(crate) fn shared(&self) -> Arc<dyn Store> {
        Arc::clone(self.store.as_ref().unwrap())
    }

    pub(crate) fn stop(&mut self) {
        drop(self.store.take());
    }

    pub(crate) async fn restart(&mut self) {
        self.stop();
        self.store = Some(self.engine.start(self.dir.path()).await);
    }

    pub(crate) async fn commit(&self, txn: Txn) -> Rev {
        commit(self.store(), txn).await
    }

    pub(crate) async fn rev_of(&self, key: &Key) -> Option<Rev> {
        self.store().get(key).await.unwrap().map(|entry| entry.mod_rev)
    }
}

pub(crate) fn key(parts: &[&str]) -> Key {
    Key::of(parts)
}

pub(crate) fn note(text: impl Into<String>) -> Note {
    Note { text: text.into() }
}

pub(crate) fn put(parts: &[&str], text: &str) -> Txn {
    let mut txn = Txn::new();
    txn.put(key(parts), &note(text));
    txn
}

pub(crate) fn delete(parts: &[&str]) -> Txn {
    let mut txn = Txn::new();
    txn.delete(key(parts));
    txn
}

/// A frame of a note's kind, as big as wanted.
pub(crate) fn raw_put(key: Key, bytes: usize) -> Op {
    let mut value = vec![b'x'; bytes];
    value[..4].copy_from_slice(&[0, 1, 0, 1]);
    Op::Put {
        key,
        value: value.into(),
        lease: None,
    }
}

pub(crate) async fn commit(store: &dyn Store, txn: Txn) -> Rev {
    match store.commit(txn).await.unwrap() {
        Committed::Ok(rev) => rev,
        Committed::CondFailed => panic!("a condition failed"),
    }
}

/// Every live key with its revision and text.
pub(crate) async fn everything(store: &dyn Store) -> Vec<(Key, Rev, String)> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store.scan(&Key::root(), after.as_ref(), 500, None).await.unwrap();
        for entry in page
            .entries
            .into_iter()
            .filter(|entry| !entry.key.starts_with(&key(&["sys"]).under()))
        {
            let text = entry.record::<Note>().unwrap().text;
            all.push((entry.key, entry.mod_rev, text));
        }
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}
