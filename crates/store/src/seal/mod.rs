//! Sealing: an engine's values are ciphertext, its callers see plaintext frames.
//!
//! A [`Seal`] wraps one root key, which is never stored bare; the root key seals the
//! keyring's terms; from a term every account and service gets a record key of its own.
//! `/sys/seal` and `/sys/keyring/*` are this module's and hidden from callers.

mod envelope;
mod error;
mod key;
mod key_file;
mod keyring;
mod passphrase;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub use error::SealError;
use key::Key256;
pub use key_file::KeyFile;
use keyring::Keyring;
pub use passphrase::{Argon2Cost, Passphrase};

use crate::ids::random;
use crate::{
    Batch, BatchStream, Committed, Entry, Epoch, Error, Key, LeaseId, Limits, Op, OpId, Page, Record, Result,
    Rev, Store, Txn, Unknown,
};

/// Keeps the root key: wraps it when a store is made, unwraps it at each start.
pub trait Seal: Send + Sync {
    /// The kind of seal, as it is configured and stored.
    fn name(&self) -> &'static str;

    /// Wraps the root key of a new store, or of one that changes its seal.
    ///
    /// # Errors
    ///
    /// If the wrapping key is not at hand and cannot be made.
    fn wrap(&self, root: &[u8; 32]) -> Result<Vec<u8>, SealError>;

    /// Unwraps what [`Seal::wrap`] returned. May take a second, as guessing should.
    ///
    /// # Errors
    ///
    /// [`SealError::WrongKey`] if it was wrapped by another key. Never makes a key.
    fn unwrap(&self, blob: &[u8]) -> Result<Zeroizing<[u8; 32]>, SealError>;
}

/// What lies at `/sys/seal`, the only record that is not sealed.
#[derive(Deserialize, Serialize)]
struct SealRecord {
    #[serde(with = "crate::base64_bytes")]
    cell: [u8; 16],
    seal: String,
    #[serde(with = "crate::base64_bytes")]
    root: Vec<u8>,
    #[serde(flatten)]
    rest: Unknown,
}

impl Record for SealRecord {
    const KIND: u16 = 0;
    const SCHEMA: u16 = 1;
}

/// An engine whose values are sealed.
pub struct Sealed<E> {
    engine: E,
    keyring: Arc<Keyring>,
}

impl<E> std::fmt::Debug for Sealed<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed(…)")
    }
}

impl<E: Store> Sealed<E> {
    /// Unseals a store, or seals an empty one. Unwrapping may take a second and is done on this thread,
    /// since nothing else can happen before it.
    ///
    /// # Errors
    ///
    /// See [`SealError`]; the store is then as it was.
    pub async fn open(engine: E, seal: &dyn Seal) -> Result<Self, SealError> {
        if engine.get(&seal_key()).await?.is_none() {
            initialise(&engine, seal).await?;
        }
        // Read back even when just written: another node may have been faster.
        let entry = engine
            .get(&seal_key())
            .await?
            .ok_or(SealError::Damaged("it vanished while being made"))?;
        let stored: SealRecord = entry.record()?;
        if stored.seal != seal.name() {
            return Err(SealError::OtherKind {
                found: stored.seal,
                configured: seal.name(),
            });
        }
        let root = seal.unwrap(&stored.root)?;
        let keyring = Arc::new(Keyring::new(stored.cell, Key256::from_bytes(root)));
        let sealed = Self { engine, keyring };
        sealed.learn_terms().await?;
        sealed.keyring.newest_term()?;
        Ok(sealed)
    }

    /// A key of its own for `purpose`, such as `sts/token` or `kms/domain/123456789012`.
    ///
    /// Derived from the root key on a branch apart from the records', so it lasts as long as the store
    /// and outlives its terms. What must die with a restore mixes the [`Epoch`] in.
    #[must_use]
    pub fn subkey(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        self.keyring.subkey(purpose)
    }

    /// The random id of this cell, the same for as long as the store lives and after a restore.
    #[must_use]
    pub fn cell(&self) -> [u8; 16] {
        self.keyring.cell
    }

    /// Whether [`Sealed::rotate`] is due: long before a term has sealed too much.
    ///
    /// # Errors
    ///
    /// As [`Store::read_index`].
    pub async fn rotation_due(&self) -> Result<bool> {
        self.keyring.rotation_due(self.engine.read_index().await?)
    }

    /// Begins the next term of the keyring; what is written from now on is sealed under it.
    ///
    /// Older records stay readable and are resealed when next written. Nodes learn of the term by their
    /// watch or when they first meet a record of it.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn rotate(&self) -> Result<()> {
        let next = self.keyring.newest_term()? + 1;
        let value = self.keyring.make_term(next, self.engine.read_index().await?)?;
        let mut txn = Txn::new();
        txn.absent(Keyring::place(next));
        txn.op(Op::Put {
            key: Keyring::place(next),
            value,
            lease: None,
        });
        // If another node was faster, its term is as good.
        self.engine.commit(txn).await?;
        self.learn_terms().await
    }

    /// Changes the seal: from the next start on, `seal` opens the store. No record is rewritten.
    ///
    /// The former seal opens older backups still, as they hold the same root key.
    ///
    /// # Errors
    ///
    /// As [`Seal::wrap`] and [`Store::commit`]; [`Error::Unavailable`] if another node changed it just now.
    pub async fn reseal(&self, seal: &dyn Seal) -> Result<(), SealError> {
        let entry = self
            .engine
            .get(&seal_key())
            .await?
            .ok_or(SealError::Damaged("it is gone"))?;
        let mut stored: SealRecord = entry.record()?;
        stored.seal = seal.name().to_owned();
        stored.root = seal.wrap(self.keyring.root())?;
        let mut txn = Txn::new();
        txn.unchanged(seal_key(), Some(entry.mod_rev))
            .put(seal_key(), &stored);
        match self.engine.commit(txn).await? {
            Committed::Ok(_) => Ok(()),
            Committed::CondFailed => Err(Error::Unavailable.into()),
        }
    }

    /// The engine underneath, whose values are envelopes: for backups, which stay sealed.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    async fn learn_terms(&self) -> Result<()> {
        let prefix = Keyring::prefix().under();
        let mut after = None;
        loop {
            let page = self.engine.scan(&prefix, after.as_ref(), u32::MAX, None).await?;
            for entry in &page.entries {
                self.keyring.learn(&entry.key, &entry.value)?;
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn open_entry(&self, mut entry: Entry) -> Result<Entry> {
        let mut opened = self.keyring.open(&entry.key, &entry.value)?;
        if opened.is_none() {
            self.learn_terms().await?;
            opened = self.keyring.open(&entry.key, &entry.value)?;
        }
        let (op, frame) = opened.ok_or_else(|| unknown_term(&entry.key))?;
        (entry.op, entry.value) = (Some(op), frame);
        Ok(entry)
    }
}

/// Seals an empty store. Conditional: of two nodes that start together one wins.
async fn initialise(engine: &impl Store, seal: &dyn Seal) -> Result<(), SealError> {
    let root = Key256::random();
    let cell = random();
    let wrapped = seal.wrap(root.expose())?;
    let stored = SealRecord {
        cell,
        seal: seal.name().to_owned(),
        root: wrapped,
        rest: Unknown::default(),
    };
    let first = Keyring::new(cell, root).make_term(1, Rev(0))?;
    let mut txn = Txn::new();
    // Nothing at all may be there: a store that lost its seal must not get a new one.
    txn.prefix_empty(Key::root());
    txn.put(seal_key(), &stored);
    txn.op(Op::Put {
        key: Keyring::place(1),
        value: first,
        lease: None,
    });
    if engine.commit(txn).await? == Committed::CondFailed && engine.get(&seal_key()).await?.is_none() {
        return Err(SealError::Damaged("the store holds records but no seal"));
    }
    Ok(())
}

fn seal_key() -> Key {
    Key::of(&["sys", "seal"])
}

fn unknown_term(key: &Key) -> Error {
    Error::Corrupt(format!(
        "the value of `{key}` is sealed under a term that the keyring lacks"
    ))
}

/// Whether a key belongs to this module.
fn is_own(key: &Key) -> bool {
    *key == seal_key() || key.starts_with(&Keyring::prefix().under())
}

/// Refuses what would write, or delete along with others, this module's own keys.
fn refuse_own(txn: &Txn) -> Result<()> {
    let own = |key: &Key| is_own(key) || seal_key().starts_with(key) || Keyring::prefix().starts_with(key);
    let touched = txn.ops().iter().find(|op| match op {
        Op::DeletePrefix(prefix) => own(prefix),
        op => is_own(op.key()),
    });
    touched.map_or(Ok(()), |op| Err(Error::Reserved(op.key().clone())))
}

/// Opens a watched batch, taking in terms as they come by.
fn open_batch(keyring: &Keyring, mut batch: Batch) -> Result<Batch> {
    for event in &mut batch.events {
        let Some(value) = &event.value else { continue };
        if !is_own(&event.key) {
            let (_, frame) = keyring
                .open(&event.key, value)?
                .ok_or_else(|| unknown_term(&event.key))?;
            event.value = Some(frame);
        } else if event.key != seal_key() {
            keyring.learn(&event.key, value)?;
        }
    }
    // The batch stays even if nothing is left of it: its revision has been seen.
    batch.events.retain(|event| !is_own(&event.key));
    Ok(batch)
}

#[async_trait]
impl<E: Store> Store for Sealed<E> {
    fn limits(&self) -> Limits {
        let inner = self.engine.limits();
        Limits {
            value_bytes: inner.value_bytes - envelope::EXTRA_BYTES,
            txn_bytes: inner.txn_bytes - inner.ops * envelope::EXTRA_BYTES,
            ..inner
        }
    }

    async fn epoch(&self) -> Result<Epoch> {
        self.engine.epoch().await
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        match self.engine.get(key).await?.filter(|_| !is_own(key)) {
            Some(entry) => self.open_entry(entry).await.map(Some),
            None => Ok(None),
        }
    }

    async fn scan(&self, prefix: &Key, after: Option<&Key>, limit: u32, at: Option<Rev>) -> Result<Page> {
        let Page { rev, entries, next } = self.engine.scan(prefix, after, limit, at).await?;
        let mut opened = Vec::with_capacity(entries.len());
        for entry in entries.into_iter().filter(|entry| !is_own(&entry.key)) {
            opened.push(self.open_entry(entry).await?);
        }
        Ok(Page {
            rev,
            entries: opened,
            next,
        })
    }

    async fn commit(&self, mut txn: Txn) -> Result<Committed> {
        txn.check(&self.limits())?;
        refuse_own(&txn)?;
        let op: OpId = txn.op_id();
        let sealed = txn.map_values(|key, frame| self.keyring.seal(key, op, &frame))?;
        self.engine.commit(sealed).await
    }

    async fn read_index(&self) -> Result<Rev> {
        self.engine.read_index().await
    }

    async fn oldest(&self) -> Result<Rev> {
        self.engine.oldest().await
    }

    async fn watch(&self, prefix: &Key, from: Rev) -> Result<BatchStream> {
        let keyring = Arc::clone(&self.keyring);
        let batches = self.engine.watch(prefix, from).await?;
        let opened = batches.map(move |batch| batch.and_then(|batch| open_batch(&keyring, batch)));
        // Ends after the first error, as the trait says: what follows an unreadable batch is worth nothing.
        Ok(opened
            .scan(false, |ended, batch| {
                let go_on = !std::mem::replace(ended, batch.is_err());
                std::future::ready(go_on.then_some(batch))
            })
            .boxed())
    }

    async fn lease_grant(&self, ttl: Duration) -> Result<LeaseId> {
        self.engine.lease_grant(ttl).await
    }

    async fn lease_keepalive(&self, id: LeaseId) -> Result<Duration> {
        self.engine.lease_keepalive(id).await
    }

    async fn lease_revoke(&self, id: LeaseId) -> Result<()> {
        self.engine.lease_revoke(id).await
    }

    async fn compact(&self, keep_from: Rev) -> Result<()> {
        self.engine.compact(keep_from).await
    }
}
