//! The engines under test, and the little words the suites speak.

use std::path::Path;
use std::sync::Arc;

use kagiban_store::{
    Argon2Cost, Committed, Embedded, Key, KeyFile, Op, Passphrase, Record, Rev, Seal, Sealed, Store, Txn,
};
use serde::{Deserialize, Serialize};

/// A record with one number in it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Note {
    pub text: String,
}

impl Record for Note {
    const KIND: u16 = 1;
    const SCHEMA: u16 = 1;
}

pub fn note(text: impl Into<String>) -> Note {
    Note { text: text.into() }
}

pub fn key(parts: &[&str]) -> Key {
    Key::of(parts)
}

pub fn put(parts: &[&str], text: &str) -> Txn {
    let mut txn = Txn::new();
    txn.put(key(parts), &note(text));
    txn
}

pub async fn commit(store: &dyn Store, txn: Txn) -> Rev {
    match store.commit(txn).await.unwrap() {
        Committed::Ok(rev) => rev,
        Committed::CondFailed => panic!("a condition failed"),
    }
}

pub async fn sealed(dir: &Path) -> Sealed<Embedded> {
    let seal = KeyFile::new(dir.join("seal.key"));
    Sealed::open(Embedded::open(&dir.join("data")).unwrap(), &seal)
        .await
        .unwrap()
}
