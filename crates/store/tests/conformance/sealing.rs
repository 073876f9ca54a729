//! Sealing: the engine sees no plaintext, and no key but the right one opens anything.

use std::fs;

use kagiban_store::{
    Argon2Cost, Embedded, Error, Key, KeyFile, Op, Passphrase, SealError, Sealed, Store, Txn,
};
use zeroize::Zeroizing;

use crate::engine::{commit, delete, key, key_file, put, sealed};

fn passphrase(text: &str) -> Passphrase {
    let cheap = Argon2Cost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };
    Passphrase::with_cost(Zeroizing::new(text.to_owned()), cheap)
}

#[tokio::test]
async fn no_plaintext_reaches_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let store = sealed(dir.path()).await;
    commit(&store, put(&["visible-name"], "canary-value")).await;
    drop(store);
    let file = fs::read(dir.path().join("data/store.redb")).unwrap();
    let contains = |text: &[u8]| file.windows(text.len()).any(|window| window == text);
    assert!(contains(b"visible-name") && !contains(b"canary"));
}

#[tokio::test]
async fn a_wrong_or_missing_key_file_is_refused_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    commit(&sealed(dir.path()).await, put(&["k"], "x")).await;
    let engine = || Embedded::open(&dir.path().join("data")).unwrap();
    let before = engine().read_index().await.unwrap();

    let missing = dir.path().join("elsewhere.key");
    let refused = Sealed::open(engine(), &KeyFile::new(&missing)).await.unwrap_err();
    assert!(matches!(refused, SealError::KeyFileMissing(_)), "{refused}");
    assert!(!missing.exists());

    let other = tempfile::tempdir().unwrap();
    sealed(other.path()).await;
    let refused = Sealed::open(engine(), &key_file(other.path())).await.unwrap_err();
    assert!(matches!(refused, SealError::WrongKey(_)), "{refused}");

    let refused = Sealed::open(engine(), &passphrase("x")).await.unwrap_err();
    assert!(matches!(refused, SealError::OtherKind { .. }), "{refused}");

    assert_eq!(engine().read_index().await.unwrap(), before);
    assert!(
        sealed(dir.path())
            .await
            .get(&key(&["k"]))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_passphrase_opens_what_it_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let open = |text: &'static str| {
        let engine = Embedded::open(dir.path()).unwrap();
        async move { Sealed::open(engine, &passphrase(text)).await }
    };
    let store = open("correct horse").await.unwrap();
    commit(&store, put(&["k"], "x")).await;
    let subkey = store.subkey("sts/token");
    drop(store);
    assert!(matches!(
        open("battery staple").await,
        Err(SealError::WrongKey(_))
    ));
    let store = open("correct horse").await.unwrap();
    assert!(store.get(&key(&["k"])).await.unwrap().is_some());
    assert_eq!(store.subkey("sts/token"), subkey);
    assert_ne!(store.subkey("paging"), subkey);
}

#[tokio::test]
async fn a_record_moved_to_another_key_or_cell_does_not_open() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    commit(&sealed(dir.path()).await, put(&["a", "1", "iam", "x"], "secret")).await;
    let cell = sealed(other.path()).await.cell();
    assert_ne!(cell, sealed(dir.path()).await.cell());

    let engine = Embedded::open(&dir.path().join("data")).unwrap();
    let stored = engine
        .get(&key(&["a", "1", "iam", "x"]))
        .await
        .unwrap()
        .unwrap()
        .value;
    let moved = key(&["a", "1", "iam", "y"]);
    let mut txn = Txn::new();
    txn.op(Op::Put {
        key: moved.clone(),
        value: stored.clone(),
        lease: None,
    });
    commit(&engine, txn).await;
    drop(engine);
    let store = sealed(dir.path()).await;
    assert!(store.get(&key(&["a", "1", "iam", "x"])).await.unwrap().is_some());
    assert!(matches!(store.get(&moved).await, Err(Error::Corrupt(_))));
    assert!(matches!(
        store.scan(&Key::root(), None, 500, None).await,
        Err(Error::Corrupt(_))
    ));
}

#[tokio::test]
async fn the_seal_itself_is_out_of_callers_reach() {
    let dir = tempfile::tempdir().unwrap();
    let store = sealed(dir.path()).await;
    assert!(store.get(&key(&["sys", "seal"])).await.unwrap().is_none());
    assert!(
        store
            .scan(&Key::root(), None, 500, None)
            .await
            .unwrap()
            .entries
            .is_empty()
    );
    let mut all = Txn::new();
    all.delete_prefix(Key::root());
    let mut system = Txn::new();
    system.delete_prefix(key(&["sys"]));
    for txn in [
        put(&["sys", "seal"], "x"),
        delete(&["sys", "keyring", "0000000001"]),
        all,
        system,
    ] {
        assert!(matches!(store.commit(txn).await, Err(Error::Reserved(_))));
    }
    commit(&store, put(&["sys", "schema"], "1")).await;
}

#[tokio::test]
async fn a_store_that_lost_its_seal_gets_no_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Embedded::open(&dir.path().join("data")).unwrap();
    commit(&engine, put(&["k"], "x")).await;
    let refused = Sealed::open(engine, &key_file(dir.path())).await.unwrap_err();
    assert!(matches!(refused, SealError::Damaged(_)), "{refused}");
}

#[tokio::test]
async fn a_new_term_seals_new_records_and_old_ones_stay_readable() {
    let dir = tempfile::tempdir().unwrap();
    let store = sealed(dir.path()).await;
    commit(&store, put(&["old"], "x")).await;
    assert!(!store.rotation_due().await.unwrap());
    store.rotate().await.unwrap();
    commit(&store, put(&["new"], "y")).await;
    drop(store);

    let engine = Embedded::open(&dir.path().join("data")).unwrap();
    let mut terms = Vec::new();
    for name in ["old", "new"] {
        terms.push(engine.get(&key(&[name])).await.unwrap().unwrap().value[6..10].to_vec());
    }
    assert_eq!(terms, [[0, 0, 0, 1], [0, 0, 0, 2]]);
    drop(engine);
    let store = sealed(dir.path()).await;
    assert_eq!(
        store
            .scan(&Key::root(), None, 500, None)
            .await
            .unwrap()
            .entries
            .len(),
        2
    );
}

#[tokio::test]
async fn a_changed_seal_opens_the_store_and_the_former_one_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let store = sealed(dir.path()).await;
    commit(&store, put(&["k"], "x")).await;
    store.reseal(&passphrase("correct horse")).await.unwrap();
    drop(store);
    let engine = || Embedded::open(&dir.path().join("data")).unwrap();
    let former = Sealed::open(engine(), &key_file(dir.path())).await.unwrap_err();
    assert!(matches!(former, SealError::OtherKind { .. }), "{former}");
    let store = Sealed::open(engine(), &passphrase("correct horse"))
        .await
        .unwrap();
    assert!(store.get(&key(&["k"])).await.unwrap().is_some());
}
