//! Why a request was denied, sealed: for who may know, told by DecodeAuthorizationMessage.
//!
//! AWS hands such messages out with denials of EC2, of which there is none here; every denial has one,
//! in a header of ours.

use aws_lc_rs::aead::Aad;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kagiban_aws::AccountId;

use super::SessionKey;
use super::token::{InvalidToken, zero_nonce};
use crate::Entropy;

const LABEL: &[u8] = b"sts-authorization-message-v1";
const VERSION: u8 = 1;
const NONCE: usize = 24;
/// Bytes of a message that is sealed: sealed and in base64 it still fits into a header of 4 KiB.
const MAX_MESSAGE: usize = 2900;

impl SessionKey {
    /// Seals a message for an account; none if it is too long for a header.
    pub fn seal_message(&self, message: &str, account: AccountId, entropy: &Entropy) -> Option<String> {
        if message.len() > MAX_MESSAGE {
            return None;
        }
        let nonce = entropy.bytes::<NONCE>();
        let mut body = message.as_bytes().to_vec();
        self.aead(&nonce, LABEL)
            .seal_in_place_append_tag(zero_nonce(), aad(account), &mut body)
            .expect("a message is far below GCM's limit");
        Some(URL_SAFE_NO_PAD.encode([&[VERSION], &nonce[..], &body].concat()))
    }

    /// Opens what was sealed for this account.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`], without saying what was wrong.
    pub fn open_message(&self, sealed: &str, account: AccountId) -> Result<String, InvalidToken> {
        let mut bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| InvalidToken)?;
        let (header, body) = bytes.split_at_mut_checked(1 + NONCE).ok_or(InvalidToken)?;
        let nonce: [u8; NONCE] = header[1..].try_into().expect("what follows the version");
        if header[0] != VERSION {
            return Err(InvalidToken);
        }
        let message = self
            .aead(&nonce, LABEL)
            .open_in_place(zero_nonce(), aad(account), body)
            .map_err(|_| InvalidToken)?;
        String::from_utf8(message.to_vec()).map_err(|_| InvalidToken)
    }
}

fn aad(account: AccountId) -> Aad<Vec<u8>> {
    Aad::from([LABEL, account.to_string().as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::testing::{A, B, account};

    fn key() -> SessionKey {
        SessionKey::new(Zeroizing::new([7; 32]))
    }

    fn sealed(message: &str) -> Option<String> {
        key().seal_message(message, account(A), &Entropy::system())
    }

    #[test]
    fn a_message_is_for_its_own_account() {
        let sealed = sealed("{}").unwrap();
        assert_eq!(key().open_message(&sealed, account(A)).unwrap(), "{}");
        key().open_message(&sealed, account(B)).unwrap_err();
    }

    #[test]
    fn any_changed_bit_makes_a_message_invalid() {
        let bytes = URL_SAFE_NO_PAD.decode(sealed("{}").unwrap()).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let changed = URL_SAFE_NO_PAD.encode(bytes);
            assert!(key().open_message(&changed, account(A)).is_err(), "bit {bit}");
        }
        for text in ["", "AA", "not base64!", &"A".repeat(10_240)] {
            assert!(key().open_message(text, account(A)).is_err());
        }
    }

    #[test]
    fn a_message_fits_into_a_header_or_there_is_none() {
        assert!(sealed(&"x".repeat(MAX_MESSAGE)).unwrap().len() < 4096);
        assert!(sealed(&"x".repeat(MAX_MESSAGE + 1)).is_none());
    }
}
