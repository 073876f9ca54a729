//! Private keys under a passphrase: OpenSSH's container, opened into one without.
//!
//! The passphrase becomes key and counter by bcrypt's derivation, and the private half is AES-256 in
//! counter mode, as OpenSSH has written it since 2019. Source: OpenSSH's PROTOCOL.key.

use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use kagiban_aws::SecretString;
use zeroize::Zeroizing;

use super::container::{Container, string};

/// OpenSSH takes 24 rounds, and people up to some hundreds; each takes milliseconds.
const MAX_ROUNDS: u32 = 4096;

const KEY_BYTES: usize = 32;
const COUNTER_BYTES: usize = 16;

/// Why a key does not open.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Closed {
    #[error("the passphrase is wrong")]
    Passphrase,
    #[error("it is encrypted by {0}; `ssh-keygen -p -Z aes256-ctr -f FILE` encrypts it in the usual way")]
    Cipher(String),
    #[error("it is damaged")]
    Damaged,
    #[error("there is no memory for it")]
    Memory,
}

/// The same key without a passphrase.
///
/// # Errors
///
/// If it does not open.
pub(super) fn unlock(key: &[u8], passphrase: &SecretString) -> Result<Zeroizing<Vec<u8>>, Closed> {
    let container = Container::read(key).ok_or(Closed::Damaged)?;
    if container.cipher != b"aes256-ctr" || container.derivation != b"bcrypt" {
        let name = String::from_utf8_lossy(container.cipher).into_owned();
        return Err(Closed::Cipher(name));
    }
    let mut options = container.options;
    let salt = string(&mut options).ok_or(Closed::Damaged)?;
    let rounds = options.try_into().map(u32::from_be_bytes);
    let rounds = rounds.map_err(|_| Closed::Damaged)?;
    if rounds > MAX_ROUNDS {
        return Err(Closed::Damaged);
    }
    let mut derived = Zeroizing::new([0; KEY_BYTES + COUNTER_BYTES]);
    bcrypt_pbkdf::bcrypt_pbkdf(passphrase.expose(), salt, rounds, &mut *derived)
        .map_err(|_| Closed::Damaged)?;
    let mut private = Zeroizing::new(container.private.to_vec());
    decrypt(&derived, &mut private).ok_or(Closed::Damaged)?;
    let checks = private.first_chunk::<8>().ok_or(Closed::Damaged)?;
    if checks[..4] != checks[4..] {
        return Err(Closed::Passphrase);
    }
    container.opened(&private).ok_or(Closed::Damaged)
}

fn decrypt(derived: &[u8; KEY_BYTES + COUNTER_BYTES], bytes: &mut [u8]) -> Option<()> {
    let (key, counter) = derived.split_at(KEY_BYTES);
    let key = UnboundCipherKey::new(&AES_256, key).ok()?;
    let counter: &[u8; COUNTER_BYTES] = counter.try_into().ok()?;
    let context = DecryptionContext::Iv128(FixedLength::from(counter));
    let key = DecryptingKey::ctr(key).ok()?;
    key.decrypt(bytes, context).ok().map(drop)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ssh_key::PrivateKey;

    use super::super::openssh::decoded;
    use super::*;

    /// Made for this test alone; the passphrase is `example`.
    const LOCKED: &str = include_str!("locked.key");

    fn passphrase(text: &str) -> SecretString {
        text.to_owned().into()
    }

    #[test]
    fn the_right_passphrase_opens_it_and_another_does_not() {
        let bytes = decoded(LOCKED).unwrap();
        let opened = unlock(&bytes, &passphrase("example")).unwrap();
        let key = PrivateKey::from_bytes(&opened).unwrap();
        assert!(!key.is_encrypted());
        assert_eq!(key.comment(), "locked");
        assert_eq!(unlock(&bytes, &passphrase("Example")), Err(Closed::Passphrase));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_changed_or_cut_is_refused_or_understood(at in 0_usize..400, byte: u8) {
            let mut bytes = decoded(LOCKED).unwrap();
            let length = bytes.len();
            let _ = unlock(&bytes[..at % length], &passphrase("example"));
            bytes[at % length] = byte;
            if let Ok(opened) = unlock(&bytes, &passphrase("example")) {
                let _ = PrivateKey::from_bytes(&opened);
            }
        }
    }
}
