//! Limits: what is just allowed works, and one more is refused.

use std::time::Duration;

use kagiban_store::{Error, Key, LeaseId, Op, Txn};

use crate::engine::{Engine, Fixture, key, note, on_each_engine, raw_put};

fn many(count: usize, lease: Option<LeaseId>, group: &str) -> Txn {
    let mut txn = Txn::new();
    for n in 0..count {
        let key = key(&["many", group, &n.to_string()]);
        match lease {
            Some(lease) => txn.put_leased(key, &note("x"), lease),
            None => txn.put(key, &note("x")),
        };
    }
    txn
}

on_each_engine! {
    async fn the_largest_value_comes_back(fixture) {
        let limit = fixture.store().limits().value_bytes;
        let mut txn = Txn::new();
        txn.op(raw_put(key(&["big"]), limit));
        fixture.commit(txn).await;
        let entry = fixture.store().get(&key(&["big"])).await.unwrap().unwrap();
        assert_eq!(entry.value.len(), limit);

        let mut bigger = Txn::new();
        bigger.op(raw_put(key(&["big"]), limit + 1));
        assert!(matches!(fixture.store().commit(bigger).await, Err(Error::TooLarge { .. })));
    }

    async fn sixty_four_operations_and_a_full_transaction_are_written(fixture) {
        fixture.commit(many(64, None, "ops")).await;
        assert!(matches!(fixture.store().commit(many(65, None, "ops")).await, Err(Error::TooManyOps { .. })));

        let bytes = fixture.store().limits().txn_bytes;
        let keys: Vec<_> = (0..8).map(|n| key(&["full", &n.to_string()])).collect();
        let mut full = Txn::new();
        for key in &keys {
            full.op(raw_put(key.clone(), bytes / 8 - key.len()));
        }
        fixture.commit(full.clone()).await;
        full.op(raw_put(key(&["one", "more"]), 100));
        assert!(matches!(fixture.store().commit(full).await, Err(Error::TooLarge { .. })));
    }

    async fn the_longest_key_is_found_again(fixture) {
        let longest = Key::of(&["x".repeat(2047)]);
        let mut txn = Txn::new();
        txn.put(longest.clone(), &note("x"));
        fixture.commit(txn).await;
        assert!(fixture.rev_of(&longest).await.is_some());
        let longer = fixture.store().get(&Key::of(&["x".repeat(2048)])).await;
        assert!(matches!(longer, Err(Error::TooLarge { .. })));
    }

    async fn a_lease_and_a_deleted_prefix_have_a_thousand_keys_at_most(fixture) {
        let lease = fixture.store().lease_grant(Duration::from_secs(60)).await.unwrap();
        for group in 0..15 {
            fixture.commit(many(64, Some(lease), &group.to_string())).await;
        }
        fixture.commit(many(40, Some(lease), "last")).await;
        let one_more = fixture.store().commit(many(1, Some(lease), "more")).await;
        assert!(matches!(one_more, Err(Error::TooManyOps { .. })), "{one_more:?}");
        // A key that is on the lease already may be written again.
        fixture.commit(many(1, Some(lease), "last")).await;

        fixture.commit(many(1, None, "more")).await;
        let mut delete = Txn::new();
        delete.op(Op::DeletePrefix(key(&["many"]).under()));
        assert!(matches!(fixture.store().commit(delete.clone()).await, Err(Error::TooManyOps { .. })));
        let mut one = Txn::new();
        one.delete(key(&["many", "more", "0"]));
        fixture.commit(one).await;
        fixture.commit(delete).await;
        fixture.store().lease_revoke(lease).await.unwrap();
    }

    async fn a_page_has_five_hundred_rows_at_most_and_pages_cover_all(fixture) {
        for group in 0..10 {
            fixture.commit(many(64, None, &group.to_string())).await;
        }
        let prefix = key(&["many"]).under();
        let first = fixture.store().scan(&prefix, None, 10_000, None).await.unwrap();
        assert_eq!(first.entries.len(), 500);
        let rest = fixture.store().scan(&prefix, first.next.as_ref(), 500, None).await.unwrap();
        assert_eq!((rest.entries.len(), rest.next), (140, None));
    }

    async fn a_page_of_big_values_is_shorter(fixture) {
        for n in 0..12 {
            let mut txn = Txn::new();
            txn.op(raw_put(key(&["big", &n.to_string()]), 200 << 10));
            fixture.commit(txn).await;
        }
        let page = fixture.store().scan(&key(&["big"]).under(), None, 500, None).await.unwrap();
        assert!(page.entries.len() < 12 && page.next.is_some());
    }
}
