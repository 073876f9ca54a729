//! Key bytes: sealed in the store, opened here and nowhere else.
//!
//! The server's key hierarchy gives KMS a branch of its own; each account has a domain key under
//! it, and each generation of a key is sealed under its account's domain key, bound to its place.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest::{Context as Digest, SHA256};
use aws_lc_rs::hmac;
use kagiban_aws::{AccountId, Region};
use kagiban_iam::{Entropy, Scope};
use zeroize::Zeroizing;

use crate::envelope::Message;
use crate::prepared::Prepared;
use crate::spec::KeySpec;
use crate::{KmsError, private, records};

/// 32 bytes of AES-256 key, wiped on drop.
pub type KeyBytes = Zeroizing<[u8; 32]>;

/// Key bytes of any kind, wiped on drop.
pub type Secret = Zeroizing<Vec<u8>>;

/// The bytes of a symmetric key.
///
/// # Errors
///
/// `Internal` if they are not 32.
pub(crate) fn symmetric(secret: &[u8]) -> Result<KeyBytes, KmsError> {
    let bytes: &[u8; 32] = secret.try_into().map_err(|_| KmsError::Internal)?;
    Ok(Zeroizing::new(*bytes))
}

/// The top of KMS's own branch of the key hierarchy.
pub struct DomainKey(KeyBytes);

impl DomainKey {
    /// Takes the branch's key out of the hierarchy.
    pub fn new(key: KeyBytes) -> DomainKey {
        DomainKey(key)
    }

    /// The id of an account's managed key for a service: derived, so that two first uses at once
    /// make the same key, and a policy can be asked about it before it exists.
    pub fn managed_key_id(&self, scope: Scope, service: &str) -> String {
        let place = format!("managed|{}|{}|{service}", scope.account, scope.region);
        let mut id: [u8; 16] = self.prf(place.as_bytes())[..16]
            .try_into()
            .expect("half of 32 bytes");
        id[6] = id[6] & 0x0f | 0x40;
        id[8] = id[8] & 0x3f | 0x80;
        crate::key_ref::uuid(id)
    }

    /// Makes the first or next generation of a key.
    ///
    /// # Errors
    ///
    /// `Internal` if the library makes none.
    pub fn generate(
        &self,
        scope: Scope,
        key_id: &str,
        spec: KeySpec,
        entropy: &Entropy,
    ) -> Result<records::Material, KmsError> {
        let secret = private::generate(spec, entropy)?;
        Ok(self.seal(scope, key_id, &secret, entropy))
    }

    /// Seals key bytes for their place: 32 bytes of a symmetric key, an HMAC key, or the PKCS#8
    /// document of a private key.
    pub fn seal(&self, scope: Scope, key_id: &str, secret: &[u8], entropy: &Entropy) -> records::Material {
        let id = material_id(key_id, secret);
        let nonce = entropy.bytes::<NONCE_LEN>();
        let mut sealed = Zeroizing::new(secret.to_vec());
        self.aead(scope.account)
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                aad(scope, key_id, &id),
                &mut *sealed,
            )
            .expect("a key is far below GCM's limit");
        let sealed = [&nonce[..], &sealed].concat();
        records::Material {
            id: id.to_vec(),
            sealed,
            rotated: None,
            imported: None,
            rest: Default::default(),
        }
    }

    /// The same generation of a key, sealed for another Region of its account.
    ///
    /// # Errors
    ///
    /// As [`DomainKey::open`].
    pub(crate) fn reseal(
        &self,
        material: &records::Material,
        key_id: &str,
        from: Scope,
        to: Scope,
        entropy: &Entropy,
    ) -> Result<records::Material, KmsError> {
        let secret = self.open(from, key_id, material)?;
        let sealed = self.seal(to, key_id, &secret, entropy);
        Ok(records::Material {
            sealed: sealed.sealed,
            ..material.clone()
        })
    }

    /// Opens one generation of a key.
    ///
    /// # Errors
    ///
    /// `Internal` if the record is not one that this server sealed for that place.
    pub fn open(&self, scope: Scope, key_id: &str, material: &records::Material) -> Result<Secret, KmsError> {
        let (nonce, sealed) = material
            .sealed
            .split_at_checked(NONCE_LEN)
            .ok_or(KmsError::Internal)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| KmsError::Internal)?;
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let opened = self
            .aead(scope.account)
            .open_in_place(nonce, aad(scope, key_id, &material.id), &mut bytes)
            .map_err(|_| KmsError::Internal)?
            .len();
        bytes.truncate(opened);
        Ok(bytes)
    }

    /// The key of one import token: a branch of its own, which ends in the token's salt.
    pub(crate) fn import_key(&self, account: AccountId, salt: &[u8; 32]) -> KeyBytes {
        self.prf(&[format!("import|{account}|").as_bytes(), salt].concat())
    }

    /// The key that grant tokens of a Region are made with.
    pub(crate) fn grant_tokens(&self, region: Region) -> hmac::Key {
        let key = self.prf(format!("grant tokens|{region}").as_bytes());
        hmac::Key::new(hmac::HMAC_SHA256, key.as_ref())
    }

    fn aead(&self, account: AccountId) -> LessSafeKey {
        let key = self.prf(format!("domain|{account}").as_bytes());
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_ref()).expect("the key has AES-256's length"))
    }

    /// A pseudo-random function of the branch's key: one HMAC, since both ends are 32 bytes.
    fn prf(&self, input: &[u8]) -> KeyBytes {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_ref());
        let tag = hmac::sign(&key, input);
        Zeroizing::new(tag.as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes"))
    }
}

impl fmt::Debug for DomainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DomainKey(…)")
    }
}

/// Names key bytes without telling anything of them: a hash over their place and themselves.
fn material_id(key_id: &str, bytes: &[u8]) -> [u8; 32] {
    let mut digest = Digest::new(&SHA256);
    for part in [b"kms/material/v1", key_id.as_bytes(), bytes] {
        digest.update(part);
    }
    digest.finish().as_ref().try_into().expect("SHA-256 has 32 bytes")
}

fn aad(scope: Scope, key_id: &str, material_id: &[u8]) -> Aad<Vec<u8>> {
    let place = format!("kms/material/v1|{}|{}|{key_id}|", scope.account, scope.region);
    Aad::from([place.as_bytes(), material_id].concat())
}

/// One generation of a key in memory; its bytes are opened (and, unless they are a symmetric key's,
/// parsed) at first use, and wiped with it.
#[derive(Clone)]
pub struct Resident {
    record: Arc<records::Material>,
    opened: Arc<OnceLock<KeyBytes>>,
    prepared: Arc<OnceLock<Prepared>>,
    messages: Arc<MessageKeys>,
}

/// Keys of messages that were opened lately, by salt: deriving one costs more than opening with it.
/// Wiped on drop by the library, with the material that they came from.
type MessageKeys = Mutex<HashMap<[u8; 32], Arc<LessSafeKey>>>;

/// When there are more, all are dropped: cheaper than keeping their order.
const MAX_MESSAGE_KEYS: usize = 4096;

impl Resident {
    pub(crate) fn new(record: records::Material) -> Resident {
        Resident {
            record: Arc::new(record),
            opened: Arc::default(),
            prepared: Arc::default(),
            messages: Arc::default(),
        }
    }

    /// The id in ciphertexts.
    pub fn id(&self) -> &[u8] {
        &self.record.id
    }

    /// The record as it is kept, its bytes sealed.
    pub(crate) fn record(&self) -> &records::Material {
        &self.record
    }

    /// The key of one message under this material.
    ///
    /// # Errors
    ///
    /// As [`DomainKey::open`].
    pub(crate) fn message_key(
        &self,
        domain: &DomainKey,
        scope: Scope,
        key_id: &str,
        message: &Message<'_>,
    ) -> Result<Arc<LessSafeKey>, KmsError> {
        let salt: [u8; 32] = message
            .salt()
            .try_into()
            .map_err(|_| KmsError::InvalidCiphertext)?;
        let known = self.lock().get(&salt).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let key = Arc::new(message.key(self.bytes(domain, scope, key_id)?));
        let mut messages = self.lock();
        if messages.len() >= MAX_MESSAGE_KEYS {
            messages.clear();
        }
        messages.insert(salt, key.clone());
        Ok(key)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Arc<LessSafeKey>>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A key of any other kind, ready for work.
    ///
    /// # Errors
    ///
    /// As [`DomainKey::open`], and for symmetric keys.
    pub(crate) fn prepared(
        &self,
        domain: &DomainKey,
        scope: Scope,
        key: &records::Key,
    ) -> Result<&Prepared, KmsError> {
        if let Some(prepared) = self.prepared.get() {
            return Ok(prepared);
        }
        let secret = domain.open(scope, &key.id, &self.record)?;
        let prepared = Prepared::parse(key.spec, key.usage, &secret)?;
        Ok(self.prepared.get_or_init(|| prepared))
    }

    /// The bytes of a symmetric key.
    ///
    /// # Errors
    ///
    /// As [`DomainKey::open`].
    pub fn bytes(&self, domain: &DomainKey, scope: Scope, key_id: &str) -> Result<&KeyBytes, KmsError> {
        if let Some(bytes) = self.opened.get() {
            return Ok(bytes);
        }
        let bytes = symmetric(&domain.open(scope, key_id, &self.record)?)?;
        Ok(self.opened.get_or_init(|| bytes))
    }
}

impl fmt::Debug for Resident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resident(…)")
    }
}

#[cfg(test)]
mod tests {
    use kagiban_aws::Region;

    use super::*;

    const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn scope(account: &str) -> Scope {
        Scope {
            account: account.parse().unwrap(),
            region: Region::us_east_1(),
        }
    }

    fn domain() -> DomainKey {
        DomainKey::new(Zeroizing::new([7; 32]))
    }

    #[test]
    fn material_opens_only_at_its_own_place() {
        let here = scope("111122223333");
        let material = domain()
            .generate(here, KEY, KeySpec::SymmetricDefault, &Entropy::system())
            .unwrap();
        assert!(domain().open(here, KEY, &material).is_ok());
        assert!(domain().open(scope("444455556666"), KEY, &material).is_err());
        assert!(
            domain()
                .open(here, "ffffffff-12ab-34cd-56ef-1234567890ab", &material)
                .is_err()
        );
    }

    #[test]
    fn a_managed_key_has_the_same_id_each_time_and_another_in_each_account() {
        let id = domain().managed_key_id(scope("111122223333"), "ssm");
        assert_eq!(id, domain().managed_key_id(scope("111122223333"), "ssm"));
        assert_ne!(id, domain().managed_key_id(scope("444455556666"), "ssm"));
        assert!(id.parse::<crate::KeyRef>().is_ok(), "{id}");
    }

    #[test]
    fn nothing_that_holds_a_key_prints_it() {
        let material = domain().seal(scope("111122223333"), KEY, &[1; 32], &Entropy::system());
        assert_eq!(
            format!("{:?} {:?}", domain(), Resident::new(material)),
            "DomainKey(…) Resident(…)"
        );
    }
}
