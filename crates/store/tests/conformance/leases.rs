//! Leases: their end is an ordinary commit, and their clocks start anew after a restart.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use kagiban_store::{Error, Key, LeaseId, Txn};
use tokio::time::sleep;

use crate::engine::{Engine, Fixture, key, note, on_each_engine, put};

const SHORT: Duration = Duration::from_millis(600);
const LONG: Duration = Duration::from_secs(60);

fn leased(parts: &[&str], lease: LeaseId) -> Txn {
    let mut txn = Txn::new();
    txn.put_leased(key(parts), &note("x"), lease);
    txn
}

async fn gone(fixture: &Fixture, key: &Key) -> Duration {
    let start = Instant::now();
    while fixture.rev_of(key).await.is_some() {
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "the lease does not expire"
        );
        sleep(Duration::from_millis(10)).await;
    }
    start.elapsed()
}

on_each_engine! {
    async fn an_expired_lease_deletes_its_keys_in_one_revision(fixture) {
        let lease = fixture.store().lease_grant(SHORT).await.unwrap();
        fixture.commit(leased(&["l", "a"], lease)).await;
        let last = fixture.commit(leased(&["l", "b"], lease)).await;
        let mut watch = fixture.store().watch(&Key::root(), last.next()).await.unwrap();
        let batch = watch.next().await.unwrap().unwrap();
        assert_eq!(batch.rev, last.next());
        let deleted: Vec<_> = batch.events.iter().map(|event| (event.key.clone(), event.value.is_none())).collect();
        assert_eq!(deleted, [(key(&["l", "a"]), true), (key(&["l", "b"]), true)]);
        let again = fixture.store().commit(leased(&["l", "a"], lease)).await;
        assert!(matches!(again, Err(Error::LeaseGone)));
        assert!(matches!(fixture.store().lease_keepalive(lease).await, Err(Error::LeaseGone)));
    }

    async fn a_lease_kept_alive_lives(fixture) {
        let lease = fixture.store().lease_grant(SHORT).await.unwrap();
        fixture.commit(leased(&["l"], lease)).await;
        for _ in 0..8 {
            sleep(SHORT / 3).await;
            assert_eq!(fixture.store().lease_keepalive(lease).await.unwrap(), SHORT);
        }
        assert!(fixture.rev_of(&key(&["l"])).await.is_some());
        gone(&fixture, &key(&["l"])).await;
    }

    async fn a_keepalive_races_expiry_to_one_of_two_ends(fixture) {
        let lease = fixture.store().lease_grant(SHORT).await.unwrap();
        fixture.commit(leased(&["l"], lease)).await;
        sleep(SHORT).await;
        match fixture.store().lease_keepalive(lease).await {
            Ok(_) => assert!(fixture.rev_of(&key(&["l"])).await.is_some()),
            Err(Error::LeaseGone) => assert!(fixture.rev_of(&key(&["l"])).await.is_none()),
            Err(error) => panic!("{error}"),
        }
    }

    async fn a_restart_gives_a_lease_its_full_time_again(fixture) {
        let mut fixture = fixture;
        let ttl = Duration::from_millis(1_600);
        let lease = fixture.store().lease_grant(ttl).await.unwrap();
        fixture.commit(leased(&["l"], lease)).await;
        sleep(ttl / 2).await;
        fixture.restart().await;
        sleep(ttl * 3 / 4).await;
        assert!(fixture.rev_of(&key(&["l"])).await.is_some());
        fixture.store().lease_keepalive(lease).await.unwrap();
        gone(&fixture, &key(&["l"])).await;
    }

    async fn a_revoked_lease_takes_its_keys_along_but_not_those_that_left_it(fixture) {
        let lease = fixture.store().lease_grant(LONG).await.unwrap();
        fixture.commit(leased(&["stays"], lease)).await;
        fixture.commit(leased(&["leaves"], lease)).await;
        fixture.commit(put(&["leaves"], "free")).await;
        fixture.store().lease_revoke(lease).await.unwrap();
        assert!(fixture.rev_of(&key(&["stays"])).await.is_none());
        assert!(fixture.rev_of(&key(&["leaves"])).await.is_some());
        assert!(matches!(fixture.store().lease_revoke(lease).await, Err(Error::LeaseGone)));
    }

    async fn an_empty_leases_end_takes_no_revision(fixture) {
        let before = fixture.store().read_index().await.unwrap();
        let lease = fixture.store().lease_grant(SHORT).await.unwrap();
        sleep(SHORT * 2).await;
        assert!(matches!(fixture.store().lease_keepalive(lease).await, Err(Error::LeaseGone)));
        assert_eq!(fixture.store().read_index().await.unwrap(), before);
    }
}
