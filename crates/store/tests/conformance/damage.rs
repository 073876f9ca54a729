//! A damaged file: read exactly, or refused; never a wrong value.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kagiban_store::{Embedded, Memory, OpenError, Rev, Sealed, Store, Txn};

use crate::engine::{commit, key, key_file, note, once_free, put, sealed};
use crate::memory::Notes;

fn database(dir: &Path) -> std::path::PathBuf {
    dir.join("data/store.redb")
}

/// A store's files, and what is in them.
struct Files {
    database: Vec<u8>,
    lock: Vec<u8>,
    notes: Notes,
}

impl Files {
    fn read(dir: &Path, notes: Notes) -> Self {
        let lock = fs::read(dir.join("data/store.lock")).unwrap();
        Self {
            database: fs::read(database(dir)).unwrap(),
            lock,
            notes,
        }
    }
}

/// The files as a process leaves them that is killed, and as one does that ends.
async fn filled(dir: &Path) -> [Files; 2] {
    let store = Arc::new(sealed(dir).await);
    for n in 0..60 {
        let text = n.to_string().repeat(1 + n * 7 % 300);
        commit(&*store, put(&["k", &(n % 40).to_string()], &text)).await;
    }
    let memory = Memory::<Notes>::load(store).await.unwrap();
    let notes = memory.snapshot().state.clone();
    let killed = Files::read(dir, notes.clone());
    drop(memory);
    [killed, Files::read(dir, notes)]
}

/// Opens and reads everything as a server does at its start.
async fn read(dir: &Path) -> Result<Notes, String> {
    let engine = Embedded::open(&dir.join("data")).map_err(|error| error.to_string())?;
    let store = Sealed::open(engine, &key_file(dir))
        .await
        .map_err(|error| error.to_string())?;
    let memory = Memory::<Notes>::load(Arc::new(store))
        .await
        .map_err(|error| error.to_string())?;
    Ok(memory.snapshot().state.clone())
}

/// Flips a bit at each of many places, and reads: exactly, or not at all.
async fn flip(dir: &Path, files: &Files) {
    let path = database(dir);
    let used = files.database.iter().rposition(|byte| *byte != 0).unwrap();
    // Much of the header, then all over the file, at a step that meets every place in a page.
    let offsets = (0..320).step_by(3).chain((320..used).step_by((used / 400) | 1));
    let (mut refused, mut harmless) = (0, 0);
    for offset in offsets {
        let mut damaged = files.database.clone();
        damaged[offset] ^= 1 << (offset % 8);
        fs::write(&path, damaged).unwrap();
        fs::write(dir.join("data/store.lock"), &files.lock).unwrap();
        match read(dir).await {
            Ok(found) => {
                assert!(found == files.notes, "byte {offset} changed what is read");
                harmless += 1;
            }
            Err(error) => {
                assert!(!error.contains("in use"), "{error}");
                refused += 1;
            }
        }
    }
    println!("{refused} refused, {harmless} harmless, of {used} bytes");
    assert!(refused > 50);
}

#[tokio::test]
async fn a_flipped_bit_anywhere_is_without_effect_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let [_, ended] = filled(dir.path()).await;
    flip(dir.path(), &ended).await;
}

#[tokio::test]
async fn a_flipped_bit_after_a_kill_is_without_effect_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let [killed, _] = filled(dir.path()).await;
    flip(dir.path(), &killed).await;
}

#[tokio::test]
async fn the_refusal_names_the_file_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    let path = database(dir.path());
    let mut bytes = fs::read(&path).unwrap();
    let cut = bytes.len() / 2;
    bytes[4096..cut].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    let error = read(dir.path()).await.map(drop).unwrap_err();
    assert!(
        error.contains("store.redb") && error.contains("restore the newest backup"),
        "{error}"
    );
}

#[tokio::test]
async fn an_older_copy_put_in_place_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    let path = database(dir.path());
    let older = fs::read(&path).unwrap();
    let newest = commit(&sealed(dir.path()).await, put(&["one", "more"], "x")).await;
    fs::write(&path, older).unwrap();
    match Embedded::open(&dir.path().join("data")) {
        Err(OpenError::LostWrites { acknowledged, .. }) => assert_eq!(acknowledged, newest),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("the older copy was taken"),
    }
}

#[tokio::test]
async fn a_file_of_something_else_is_refused_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("data")).unwrap();
    fs::write(database(dir.path()), "not a database").unwrap();
    assert!(matches!(
        Embedded::open(&dir.path().join("data")),
        Err(OpenError::Damaged { .. })
    ));
    assert_eq!(fs::read(database(dir.path())).unwrap(), b"not a database");
}

#[tokio::test]
async fn a_second_opener_is_refused_until_the_first_has_gone() {
    let dir = tempfile::tempdir().unwrap();
    let first = sealed(dir.path()).await;
    assert!(matches!(
        Embedded::open(&dir.path().join("data")),
        Err(OpenError::InUse(_))
    ));
    drop(first);
    sealed(dir.path()).await.read_index().await.unwrap();
}

#[tokio::test]
async fn a_sound_store_passes_the_check() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    let store = sealed(dir.path()).await;
    let lease = store.lease_grant(Duration::from_secs(60)).await.unwrap();
    let mut txn = Txn::new();
    txn.put_leased(key(&["leased"]), &note("x"), lease);
    let newest = commit(&store, txn).await;
    store.compact(Rev(20)).await.unwrap();
    drop(store);
    assert_eq!(
        once_free(|| Embedded::check_integrity(&dir.path().join("data"))),
        newest
    );
}
