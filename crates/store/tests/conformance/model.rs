//! Random transactions and restarts, on the engine and on a plain map: they must agree.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use kagiban_store::{Committed, Cond, Key, Op, Rev, Store, Txn, record};
use proptest::prelude::*;
use proptest::sample::select;

use crate::engine::{Engine, Fixture, Note, everything, key, note};

/// What an engine should do, on a plain map: key → revision of the last write, text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Model {
    pub(crate) rev: u64,
    live: BTreeMap<Key, (Rev, String)>,
}

impl Model {
    pub(crate) fn at(rev: Rev) -> Self {
        Self {
            rev: rev.0,
            live: BTreeMap::new(),
        }
    }

    pub(crate) fn commit(&mut self, txn: &Txn) -> Committed {
        if !txn.conds().iter().all(|cond| self.holds(cond)) {
            return Committed::CondFailed;
        }
        let rev = Rev(self.rev + 1);
        let mut changed = false;
        for op in txn.ops() {
            changed |= self.apply(op, rev);
        }
        self.rev += u64::from(changed);
        Committed::Ok(Rev(self.rev))
    }

    fn holds(&self, cond: &Cond) -> bool {
        let rev_of = |key| self.live.get(key).map(|(rev, _)| *rev);
        let mut under = self
            .live
            .iter()
            .filter(|(key, _)| key.starts_with(cond.key()))
            .map(|(_, (rev, _))| *rev);
        match cond {
            Cond::Absent(key) => rev_of(key).is_none(),
            Cond::Exists(key) => rev_of(key).is_some(),
            Cond::ModRev(key, rev) => rev_of(key) == Some(*rev),
            Cond::PrefixEmpty(_) => under.next().is_none(),
            Cond::PrefixUnchangedSince(_, since) => under.all(|rev| rev <= *since),
        }
    }

    fn apply(&mut self, op: &Op, rev: Rev) -> bool {
        match op {
            Op::Put { key, value, .. } => {
                let text = record::decode::<Note>(value).unwrap().text;
                self.live.insert(key.clone(), (rev, text));
                true
            }
            Op::Delete(key) => self.live.remove(key).is_some(),
            Op::DeletePrefix(prefix) => {
                let before = self.live.len();
                self.live.retain(|key, _| !key.starts_with(prefix));
                self.live.len() != before
            }
        }
    }

    pub(crate) fn everything(&self) -> Vec<(Key, Rev, String)> {
        self.live
            .iter()
            .map(|(key, (rev, text))| (key.clone(), *rev, text.clone()))
            .collect()
    }
}

/// Few keys, some below others, so that transactions meet.
fn any_key() -> impl Strategy<Value = Key> {
    let parts: [&[&str]; 8] = [
        &["a"],
        &["b"],
        &["a", "x"],
        &["a", "y"],
        &["a", "x", "z"],
        &["b", "x"],
        &["aa"],
        &["aa", "x"],
    ];
    select(parts.to_vec()).prop_map(key)
}

fn any_cond() -> impl Strategy<Value = Cond> {
    let rev = || (0..40_u64).prop_map(Rev);
    prop_oneof![
        any_key().prop_map(Cond::Absent),
        any_key().prop_map(Cond::Exists),
        (any_key(), rev()).prop_map(|(key, rev)| Cond::ModRev(key, rev)),
        any_key().prop_map(|key| Cond::PrefixEmpty(key.under())),
        (any_key(), rev()).prop_map(|(key, rev)| Cond::PrefixUnchangedSince(key.under(), rev)),
    ]
}

fn any_op() -> impl Strategy<Value = (Key, u8, String)> {
    (any_key(), 0..6_u8, "[a-z]{0,12}")
}

/// A transaction, most with one condition or none, without duplicate keys.
pub(crate) fn any_txn() -> impl Strategy<Value = Txn> {
    let conds = prop_oneof![3 => Just(Vec::new()), 2 => prop::collection::vec(any_cond(), 1..3)];
    (conds, prop::collection::vec(any_op(), 1..5)).prop_map(|(conds, ops)| {
        let mut txn = Txn::new();
        for cond in conds {
            txn.cond(cond);
        }
        for (key, kind, text) in ops {
            let mut more = txn.clone();
            match kind {
                0 => more.delete(key),
                1 => more.delete_prefix(key),
                _ => more.put(key, &note(text)),
            };
            if more.check(&kagiban_store::Limits::COMMON).is_ok() {
                txn = more;
            }
        }
        txn
    })
}

#[derive(Clone, Debug)]
enum Step {
    Commit(Txn),
    Restart,
}

fn any_steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![15 => any_txn().prop_map(Step::Commit), 1 => Just(Step::Restart)];
    prop::collection::vec(step, 1..40)
}

async fn agree(engine: Engine, steps: Vec<Step>) {
    let mut fixture = Fixture::new(engine).await;
    let start = fixture.store().read_index().await.unwrap();
    let mut model = Model::at(start);
    let mut history = Vec::new();
    for step in steps {
        match step {
            Step::Restart => fixture.restart().await,
            Step::Commit(txn) => {
                let before = model.rev;
                let expected = model.commit(&txn);
                assert_eq!(fixture.store().commit(txn).await.unwrap(), expected);
                if model.rev != before {
                    history.push(model.clone());
                }
            }
        }
        assert_eq!(everything(fixture.store()).await, model.everything());
        assert_eq!(fixture.store().read_index().await.unwrap(), Rev(model.rev));
    }
    replay(fixture.store(), start, &history).await;
}

/// The watch, from the beginning, leads through every state that there was.
async fn replay(store: &dyn Store, start: Rev, history: &[Model]) {
    let mut watch = store.watch(&Key::root(), start.next()).await.unwrap();
    let mut replayed = Model::at(start);
    for expected in history {
        let batch = watch.next().await.unwrap().unwrap();
        for event in batch.events {
            match event.record::<Note>().unwrap() {
                Some(note) => replayed.live.insert(event.key, (event.mod_rev, note.text)),
                None => replayed.live.remove(&event.key),
            };
        }
        replayed.rev = batch.rev.0;
        assert_eq!(&replayed, expected);
    }
}

fn run(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_embedded_engine_agrees_with_a_plain_map(steps in any_steps()) {
        run(agree(Engine::Embedded, steps));
    }

    #[test]
    fn the_sealed_engine_agrees_with_a_plain_map(steps in any_steps()) {
        run(agree(Engine::Sealed, steps));
    }
}
