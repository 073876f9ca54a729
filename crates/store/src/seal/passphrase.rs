//! A seal by a passphrase that a person enters or a secret store provides.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use super::key::Key256;
use super::{Seal, SealError};
use crate::ids::random;

const BLOB_VERSION: u8 = 1;
const SALT_BYTES: usize = 16;
/// Version, three integers, salt.
const HEADER_BYTES: usize = 1 + 3 * 4 + SALT_BYTES;

/// What guessing a passphrase costs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Argon2Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Argon2Cost {
    /// RFC 9106's second recommended option, with one lane: this crate computes lanes one after another.
    pub const DEFAULT: Self = Self {
        memory_kib: 64 << 10,
        passes: 3,
        lanes: 1,
    };

    /// The most that is believed of a stored blob: 1 GiB; else a forged one could exhaust the machine.
    const MOST: Self = Self {
        memory_kib: 1 << 20,
        passes: 32,
        lanes: 16,
    };

    fn is_sane(self) -> bool {
        self.memory_kib <= Self::MOST.memory_kib
            && self.passes <= Self::MOST.passes
            && self.lanes <= Self::MOST.lanes
    }
}

/// Seals by a passphrase, stretched by Argon2id; the salt and the cost lie in the sealed blob.
pub struct Passphrase {
    passphrase: Zeroizing<String>,
    cost: Argon2Cost,
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

impl Passphrase {
    /// A seal by `passphrase`.
    #[must_use]
    pub fn new(passphrase: Zeroizing<String>) -> Self {
        Self::with_cost(passphrase, Argon2Cost::DEFAULT)
    }

    /// A seal by `passphrase`, of which guessing costs something else. What is stored counts when unsealing.
    #[must_use]
    pub fn with_cost(passphrase: Zeroizing<String>, cost: Argon2Cost) -> Self {
        Self { passphrase, cost }
    }

    fn stretch(&self, cost: Argon2Cost, salt: &[u8]) -> Result<Key256, SealError> {
        let mut key = Zeroizing::new([0; 32]);
        Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(key.len()))
            .map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
            .and_then(|argon2| argon2.hash_password_into(self.passphrase.as_bytes(), salt, &mut key[..]))
            .map_err(|_| SealError::Damaged("its Argon2 parameters are impossible"))?;
        Ok(Key256::from_bytes(key))
    }
}

impl Seal for Passphrase {
    fn name(&self) -> &'static str {
        "passphrase"
    }

    fn wrap(&self, root: &[u8; 32]) -> Result<Vec<u8>, SealError> {
        let salt: [u8; SALT_BYTES] = random();
        let mut blob = vec![BLOB_VERSION];
        for number in [self.cost.memory_kib, self.cost.passes, self.cost.lanes] {
            blob.extend_from_slice(&number.to_be_bytes());
        }
        blob.extend_from_slice(&salt);
        let header = blob.clone();
        self.stretch(self.cost, &salt)?
            .aead()
            .seal(&header, root, &mut blob);
        Ok(blob)
    }

    fn unwrap(&self, blob: &[u8]) -> Result<Zeroizing<[u8; 32]>, SealError> {
        let unknown = SealError::Damaged("its passphrase part has an unknown form");
        let Some((header, sealed)) = blob.split_first_chunk::<HEADER_BYTES>() else {
            return Err(unknown);
        };
        let (cost, salt) = parse(header).ok_or(unknown)?;
        let root = self.stretch(cost, salt)?.aead().open(header, sealed, 0);
        let root = root.ok_or(SealError::WrongKey("passphrase"))?;
        let mut bytes = Zeroizing::new([0; 32]);
        if root.len() != bytes.len() {
            return Err(SealError::Damaged("the root key has a wrong size"));
        }
        bytes.copy_from_slice(&root);
        Ok(bytes)
    }
}

fn parse(header: &[u8; HEADER_BYTES]) -> Option<(Argon2Cost, &[u8])> {
    let (&BLOB_VERSION, rest) = header.split_first()? else {
        return None;
    };
    let (memory_kib, rest) = rest.split_first_chunk()?;
    let (passes, rest) = rest.split_first_chunk()?;
    let (lanes, salt) = rest.split_first_chunk()?;
    let [memory_kib, passes, lanes] = [memory_kib, passes, lanes].map(|number| u32::from_be_bytes(*number));
    let cost = Argon2Cost {
        memory_kib,
        passes,
        lanes,
    };
    cost.is_sane().then_some((cost, salt))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Argon2Cost = Argon2Cost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };

    fn seal(passphrase: &str) -> Passphrase {
        Passphrase::with_cost(Zeroizing::new(passphrase.to_owned()), CHEAP)
    }

    #[test]
    fn the_same_passphrase_opens_at_whatever_cost_is_configured_now() {
        let blob = seal("correct horse").wrap(&[7; 32]).unwrap();
        let later = Passphrase::new(Zeroizing::new("correct horse".to_owned()));
        assert_eq!(*later.unwrap(&blob).unwrap(), [7; 32]);
    }

    #[test]
    fn another_passphrase_or_a_changed_blob_does_not_open() {
        let blob = seal("correct horse").wrap(&[7; 32]).unwrap();
        assert!(matches!(
            seal("battery staple").unwrap(&blob),
            Err(SealError::WrongKey(_))
        ));
        for at in (0..blob.len()).filter(|at| !(1..13).contains(at)) {
            let mut changed = blob.clone();
            changed[at] ^= 1;
            assert!(seal("correct horse").unwrap(&changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_forged_cost_is_refused_before_it_is_paid() {
        let mut blob = seal("x").wrap(&[7; 32]).unwrap();
        blob[1] = 0xff;
        assert!(matches!(seal("x").unwrap(&blob), Err(SealError::Damaged(_))));
    }
}
