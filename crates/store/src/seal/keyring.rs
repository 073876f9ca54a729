//! The keyring: numbered terms, each a key from which record keys are derived.
//!
//! ```text
//! seal ── wraps ──> root key ── seals ──> terms 1..n ── derive ──> record keys
//!                       └────── derives ──> subkeys (tokens, KMS domains)
//! ```

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use zeroize::Zeroizing;

use super::envelope::{self, Place};
use super::key::{Aead, Key256};
use crate::{Error, Key, OpId, Result, Rev};

/// Record keys kept ready per term; beyond it they are derived anew.
const CACHED_KEYS: usize = 4_096;
/// Revisions that one term may seal. A revision seals at most 64 values, so that is 2^30 seals
/// with random nonces under one key at the very worst, a quarter of what AES-GCM allows.
const TERM_REVISIONS: u64 = 1 << 24;
/// A sealed term's frame: kind, schema, then its key and the revision it began at.
const TERM_HEADER: [u8; 4] = [0, 0, 0, 1];
const TERM_FRAME_BYTES: usize = TERM_HEADER.len() + 32 + 8;

/// One term.
struct Term {
    key: Key256,
    since: Rev,
    ready: RwLock<HashMap<Bytes, Arc<Aead>>>,
}

impl Term {
    /// The key of the records that share `key`'s account and service.
    fn aead(&self, key: &Key) -> Arc<Aead> {
        let scope = key.slice(scope_bytes(key));
        if let Some(ready) = self
            .ready
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&scope)
        {
            return Arc::clone(ready);
        }
        let (account, service) = scope_of(key);
        let derived = self
            .key
            .derive(&[b"record", account.as_bytes(), service.as_bytes()]);
        let aead = Arc::new(derived.aead());
        let mut ready = self.ready.write().unwrap_or_else(PoisonError::into_inner);
        if ready.len() >= CACHED_KEYS {
            ready.clear();
        }
        // Copied: the slice would keep a whole transaction's buffer alive.
        ready.insert(Bytes::copy_from_slice(&scope), Arc::clone(&aead));
        aead
    }
}

/// The root key and the terms known so far.
pub(super) struct Keyring {
    pub(super) cell: [u8; 16],
    root: Key256,
    terms: RwLock<BTreeMap<u32, Arc<Term>>>,
}

impl Keyring {
    pub(super) fn new(cell: [u8; 16], root: Key256) -> Self {
        Self {
            cell,
            root,
            terms: RwLock::default(),
        }
    }

    /// The prefix of the terms.
    pub(super) fn prefix() -> Key {
        Key::of(&["sys", "keyring"])
    }

    /// Where a term lies.
    pub(super) fn place(number: u32) -> Key {
        Self::prefix().join(&format!("{number:010}"))
    }

    /// A new term's key, sealed under the root key for [`Keyring::place`].
    pub(super) fn make_term(&self, number: u32, since: Rev) -> Result<Bytes> {
        let key = Key256::random();
        let mut frame = Zeroizing::new(Vec::with_capacity(TERM_FRAME_BYTES));
        frame.extend_from_slice(&TERM_HEADER);
        frame.extend_from_slice(key.expose());
        frame.extend_from_slice(&since.0.to_be_bytes());
        let place = Place {
            cell: &self.cell,
            key: &Self::place(number),
        };
        envelope::seal(&self.terms_aead(), place, number, OpId::random(), &frame)
    }

    /// Takes in a sealed term. The newest one known seals from now on.
    pub(super) fn learn(&self, key: &Key, sealed: &[u8]) -> Result<()> {
        let header = envelope::header(key, sealed)?;
        if *key != Self::place(header.term) {
            return Err(Error::Corrupt(format!(
                "`{key}` holds another term of the keyring"
            )));
        }
        let frame = envelope::open(
            &self.terms_aead(),
            Place {
                cell: &self.cell,
                key,
            },
            header,
            sealed,
        )?;
        let bytes = frame.strip_prefix(&TERM_HEADER[..]).unwrap_or_default();
        let short = || Error::Corrupt(format!("`{key}` has an unknown form"));
        let (secret, since) = bytes.split_first_chunk::<32>().ok_or_else(short)?;
        let since = Rev(u64::from_be_bytes(since.try_into().map_err(|_| short())?));
        let key = Key256::from_bytes(Zeroizing::new(*secret));
        let term = Arc::new(Term {
            key,
            since,
            ready: RwLock::default(),
        });
        self.terms
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(header.term)
            .or_insert(term);
        Ok(())
    }

    /// Seals a frame under the newest term.
    pub(super) fn seal(&self, key: &Key, op: OpId, frame: &[u8]) -> Result<Bytes> {
        let (number, term) = self.newest()?;
        envelope::seal(
            &term.aead(key),
            Place {
                cell: &self.cell,
                key,
            },
            number,
            op,
            frame,
        )
    }

    /// Opens an envelope, or `None` if its term is not known here (yet).
    pub(super) fn open(&self, key: &Key, sealed: &[u8]) -> Result<Option<(OpId, Bytes)>> {
        let header = envelope::header(key, sealed)?;
        let term = self
            .terms
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&header.term)
            .cloned();
        let Some(term) = term else { return Ok(None) };
        let frame = envelope::open(
            &term.aead(key),
            Place {
                cell: &self.cell,
                key,
            },
            header,
            sealed,
        )?;
        Ok(Some((header.op, frame)))
    }

    /// The newest term's number.
    pub(super) fn newest_term(&self) -> Result<u32> {
        self.newest().map(|(number, _)| number)
    }

    /// Whether the newest term has sealed so much that the next should begin.
    pub(super) fn rotation_due(&self, rev: Rev) -> Result<bool> {
        Ok(rev.0.saturating_sub(self.newest()?.1.since.0) >= TERM_REVISIONS)
    }

    /// A key of its own for `purpose`.
    pub(super) fn subkey(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(*self.root.derive(&[b"subkey", purpose.as_bytes()]).expose())
    }

    /// The root key, for a [`Seal`](super::Seal) to wrap.
    pub(super) fn root(&self) -> &[u8; 32] {
        self.root.expose()
    }

    fn newest(&self) -> Result<(u32, Arc<Term>)> {
        let terms = self.terms.read().unwrap_or_else(PoisonError::into_inner);
        let newest = terms
            .last_key_value()
            .map(|(number, term)| (*number, Arc::clone(term)));
        newest.ok_or_else(|| Error::Corrupt("the keyring is empty".to_owned()))
    }

    fn terms_aead(&self) -> Aead {
        self.root.derive(&[b"keyring"]).aead()
    }
}

/// How much of a key says its scope: `/a/A/iam`, `/a/A/R/kms`, else the first part.
fn scope_bytes(key: &Key) -> usize {
    let parts = match key.parts().next().as_deref() {
        Some("a") if key.parts().nth(2).is_some_and(|part| is_global(&part)) => 3,
        Some("a") => 4,
        _ => 1,
    };
    let mut ends = (1..key.len()).filter(|at| key.as_bytes()[*at] == b'/');
    ends.nth(parts - 1).unwrap_or(key.len())
}

/// A key's account, empty outside `/a`, and its service.
fn scope_of(key: &Key) -> (String, String) {
    let mut parts = key.parts();
    let mut part = || parts.next().unwrap_or_default().into_owned();
    let first = part();
    if first != "a" {
        return (String::new(), first);
    }
    match (part(), part(), part()) {
        (account, service, _) if is_global(&service) => (account, service),
        (account, _region, service) => (account, service),
    }
}

/// Services whose keys have no region. No region has such a name.
fn is_global(part: &str) -> bool {
    matches!(part, "iam" | "sts")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(parts: &[&str]) -> (String, String, usize) {
        let key = Key::of(parts);
        let (account, service) = scope_of(&key);
        (account, service, scope_bytes(&key))
    }

    #[test]
    fn a_record_key_belongs_to_an_account_and_a_service() {
        assert_eq!(
            scope(&["a", "1", "iam", "user", "x"]),
            ("1".into(), "iam".into(), "/a/1/iam".len())
        );
        assert_eq!(
            scope(&["a", "1", "eu-1", "kms", "key", "x"]),
            ("1".into(), "kms".into(), "/a/1/eu-1/kms".len())
        );
        assert_eq!(
            scope(&["cred", "AKID"]),
            (String::new(), "cred".into(), "/cred".len())
        );
        assert_eq!(
            scope(&["a", "1", "eu-1", "kms"]),
            ("1".into(), "kms".into(), "/a/1/eu-1/kms".len())
        );
    }

    #[test]
    fn accounts_services_and_subkeys_have_different_keys() {
        let keyring = Keyring::new([0; 16], Key256::random());
        keyring
            .learn(&Keyring::place(1), &keyring.make_term(1, Rev(0)).unwrap())
            .unwrap();
        let frame = b"\0\x01\0\x01{}";
        let sealed = |key: &Key| keyring.seal(key, OpId::random(), frame).unwrap();
        let key = Key::of(&["a", "1", "eu-1", "kms", "key"]);
        assert_eq!(keyring.open(&key, &sealed(&key)).unwrap().unwrap().1, &frame[..]);
        assert_ne!(keyring.subkey("sts"), keyring.subkey("kms"));
        let derive = |parts: [&[u8]; 3]| *keyring.root.derive(&parts).expose();
        assert_ne!(derive([b"record", b"1", b"2"]), derive([b"record", b"12", b""]));
    }
}
