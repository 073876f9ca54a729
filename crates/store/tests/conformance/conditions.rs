//! Every kind of condition, true and false, on absent, live, deleted and re-created keys.

use kagiban_store::{Committed, Cond, Error, Key, Rev, Txn};

use crate::engine::{Engine, Fixture, delete, key, on_each_engine, put};

/// A key in each state of its life, with the revision that made it so.
struct Lives {
    absent: Key,
    live: (Key, Rev),
    deleted: (Key, Rev),
    recreated: (Key, Rev, Rev),
}

async fn lives(fixture: &Fixture) -> Lives {
    let live = fixture.commit(put(&["k", "live"], "1")).await;
    let deleted = fixture.commit(put(&["k", "deleted"], "1")).await;
    fixture.commit(delete(&["k", "deleted"])).await;
    let old = fixture.commit(put(&["k", "recreated"], "1")).await;
    fixture.commit(delete(&["k", "recreated"])).await;
    let new = fixture.commit(put(&["k", "recreated"], "2")).await;
    Lives {
        absent: key(&["k", "absent"]),
        live: (key(&["k", "live"]), live),
        deleted: (key(&["k", "deleted"]), deleted),
        recreated: (key(&["k", "recreated"]), old, new),
    }
}

async fn holds(fixture: &Fixture, cond: Cond) -> bool {
    let before = fixture.store().read_index().await.unwrap();
    let mut txn = put(&["written"], "x");
    txn.cond(cond);
    let committed = fixture.store().commit(txn).await.unwrap();
    let after = fixture.store().read_index().await.unwrap();
    match committed {
        Committed::Ok(rev) => assert_eq!((rev, after), (before.next(), before.next())),
        Committed::CondFailed => assert_eq!(after, before, "a failed condition writes nothing"),
    }
    committed != Committed::CondFailed
}

on_each_engine! {
    async fn absent_and_exists_are_opposites(fixture) {
        let keys = lives(&fixture).await;
        for (key, is_there) in
            [(keys.absent, false), (keys.live.0, true), (keys.deleted.0, false), (keys.recreated.0, true)]
        {
            assert_eq!(holds(&fixture, Cond::Absent(key.clone())).await, !is_there, "{key}");
            assert_eq!(holds(&fixture, Cond::Exists(key.clone())).await, is_there, "{key}");
        }
    }

    async fn mod_rev_holds_for_the_last_write_of_a_live_key_only(fixture) {
        let keys = lives(&fixture).await;
        let (recreated, old, new) = keys.recreated;
        assert!(holds(&fixture, Cond::ModRev(keys.live.0.clone(), keys.live.1)).await);
        assert!(!holds(&fixture, Cond::ModRev(keys.live.0, keys.live.1.next())).await);
        assert!(!holds(&fixture, Cond::ModRev(keys.deleted.0, keys.deleted.1)).await);
        assert!(!holds(&fixture, Cond::ModRev(keys.absent.clone(), Rev(1))).await);
        assert!(!holds(&fixture, Cond::ModRev(keys.absent, Rev(0))).await);
        assert!(!holds(&fixture, Cond::ModRev(recreated.clone(), old)).await);
        assert!(holds(&fixture, Cond::ModRev(recreated, new)).await);
    }

    async fn prefix_empty_sees_live_keys_of_whole_parts_only(fixture) {
        lives(&fixture).await;
        let prefix = |part| Cond::PrefixEmpty(key(&[part]).under());
        fixture.commit(put(&["gone", "x"], "1")).await;
        fixture.commit(delete(&["gone", "x"])).await;
        fixture.commit(put(&["longer", "x"], "1")).await;
        assert!(!holds(&fixture, prefix("k")).await);
        assert!(holds(&fixture, prefix("gone")).await);
        assert!(holds(&fixture, prefix("long")).await);
    }

    async fn prefix_unchanged_sees_writes_but_not_deletions(fixture) {
        let first = fixture.commit(put(&["p", "a"], "1")).await;
        let second = fixture.commit(put(&["p", "b"], "1")).await;
        let since = |rev| Cond::PrefixUnchangedSince(key(&["p"]).under(), rev);
        assert!(!holds(&fixture, since(first)).await);
        assert!(holds(&fixture, since(second)).await);
        fixture.commit(delete(&["p", "b"])).await;
        assert!(holds(&fixture, since(first)).await);
    }

    async fn conditions_see_transactions_queued_at_the_same_time(fixture) {
        let claims = (0..50).map(|n: u32| {
            let mut claim = put(&["claim"], &n.to_string());
            claim.absent(key(&["claim"]));
            let store = fixture.shared();
            tokio::spawn(async move { store.commit(claim).await.unwrap() })
        });
        let mut won = 0;
        for claim in claims.collect::<Vec<_>>() {
            won += u32::from(matches!(claim.await.unwrap(), Committed::Ok(_)));
        }
        assert_eq!(won, 1);
    }

    async fn a_transaction_that_changes_nothing_gets_the_newest_revision(fixture) {
        let newest = fixture.commit(put(&["k"], "1")).await;
        let mut nothing = delete(&["absent"]);
        nothing.delete_prefix(key(&["absent"])).exists(key(&["k"]));
        assert_eq!(fixture.commit(nothing).await, newest);
        assert_eq!(fixture.commit(Txn::new()).await, newest);
        assert_eq!(fixture.store().read_index().await.unwrap(), newest);
    }

    async fn a_deleted_prefix_leaves_its_own_key_and_longer_siblings(fixture) {
        for parts in [&["p"][..], &["p", "a"], &["p", "b", "c"], &["pp", "a"]] {
            fixture.commit(put(parts, "1")).await;
        }
        let mut txn = Txn::new();
        txn.delete_prefix(key(&["p"]));
        fixture.commit(txn).await;
        assert!(fixture.rev_of(&key(&["p"])).await.is_some());
        assert!(fixture.rev_of(&key(&["pp", "a"])).await.is_some());
        assert!(fixture.rev_of(&key(&["p", "b", "c"])).await.is_none());
    }

    async fn create_and_mod_revisions_follow_a_keys_life(fixture) {
        let created = fixture.commit(put(&["k"], "1")).await;
        let modified = fixture.commit(put(&["k"], "2")).await;
        let entry = fixture.store().get(&key(&["k"])).await.unwrap().unwrap();
        assert_eq!((entry.create_rev, entry.mod_rev), (created, modified));
        fixture.commit(delete(&["k"])).await;
        let again = fixture.commit(put(&["k"], "3")).await;
        let entry = fixture.store().get(&key(&["k"])).await.unwrap().unwrap();
        assert_eq!((entry.create_rev, entry.mod_rev), (again, again));
    }

    async fn a_duplicate_key_is_refused(fixture) {
        let mut txn = put(&["k"], "1");
        txn.delete(key(&["k"]));
        assert!(matches!(fixture.store().commit(txn).await, Err(Error::DuplicateKey(_))));
    }
}
