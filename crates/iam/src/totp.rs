//! Codes that change every half minute (TOTP).
//!
//! Device and server share a seed; a code is an HMAC of the time under it, cut down to six digits.
//! SHA-1 is what every authenticator app speaks; HMAC does not suffer from its weaknesses.
//!
//! Source: RFC 6238, and RFC 4226 for the cutting.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use kagiban_aws::{SecretString, Timestamp};
use zeroize::Zeroizing;

use crate::Entropy;

/// A time step's length.
const STEP_SECONDS: i64 = 30;
const DIGITS: usize = 6;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Characters of a seed: 40 bytes, as AWS has them.
const SEED_CHARACTERS: usize = 64;

/// A fresh seed in base32. Characters are drawn as they are: five random bits each.
pub(crate) fn new_seed(entropy: &Entropy) -> SecretString {
    let bytes = entropy.key::<SEED_CHARACTERS>();
    let mut seed = String::with_capacity(SEED_CHARACTERS);
    seed.extend(
        bytes
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(byte & 31)])),
    );
    seed.into()
}

/// The time step of a moment.
pub(crate) fn step_at(moment: Timestamp) -> i64 {
    moment.seconds().div_euclid(STEP_SECONDS)
}

/// What makes one device's codes.
pub(crate) struct Codes(hmac::Key);

impl Codes {
    /// Takes a seed in base32.
    pub(crate) fn new(seed: &SecretString) -> Codes {
        let key = Zeroizing::new(decode(seed.expose()));
        Codes(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key))
    }

    /// Whether this is the code of a step. Takes the same time whatever the code is.
    pub(crate) fn is(&self, code: &SecretString, step: i64) -> bool {
        verify_slices_are_equal(code.expose().as_bytes(), &self.at(step)).is_ok()
    }

    /// The code of a step, in digits.
    pub(crate) fn at(&self, step: i64) -> [u8; DIGITS] {
        let mac = hmac::sign(&self.0, &step.to_be_bytes());
        let mac = mac.as_ref();
        let offset = usize::from(mac[mac.len() - 1] & 15);
        let word: [u8; 4] = mac[offset..offset + 4]
            .try_into()
            .expect("a MAC has 20 bytes, and the offset is at most 15");
        let mut number = u32::from_be_bytes(word) & 0x7fff_ffff;
        let mut digits = [0; DIGITS];
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + u8::try_from(number % 10).expect("one digit");
            number /= 10;
        }
        digits
    }
}

/// Base32 without padding; characters beyond it do not occur in seeds of ours.
fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut bits, mut held) = (0u32, 0);
    for character in text.bytes() {
        let digit = ALPHABET.iter().position(|a| *a == character).unwrap_or_default();
        bits = bits << 5 | u32::try_from(digit).expect("five bits");
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).expect("eight bits"));
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `12345678901234567890` in base32: the seed of the RFC's test vectors.
    const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn codes() -> Codes {
        Codes::new(&SEED.to_owned().into())
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, of whose eight digits the last six are ours.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = step_at(Timestamp::from_seconds(seconds));
            assert_eq!(codes().at(step), code.as_bytes(), "{seconds}");
            assert!(codes().is(&code.to_owned().into(), step));
        }
    }

    #[test]
    fn codes_are_those_of_rfc_4226() {
        // Appendix D.
        let codes = codes();
        let first = ["755224", "287082", "359152", "969429", "338314", "254676"];
        for (counter, code) in (0..).zip(first) {
            assert_eq!(codes.at(counter), code.as_bytes());
        }
    }

    #[test]
    fn only_the_whole_code_is_right() {
        for wrong in ["", "75522", "7552240", "755225", "abcdef"] {
            assert!(!codes().is(&wrong.to_owned().into(), 0), "{wrong}");
        }
    }

    #[test]
    fn a_seed_is_forty_bytes() {
        let seed = new_seed(&Entropy::system());
        assert_eq!(seed.expose().len(), 64);
        assert_eq!(decode(seed.expose()).len(), 40);
        assert_ne!(seed, new_seed(&Entropy::system()));
    }

    #[test]
    fn base32_is_read_as_rfc_4648_has_it() {
        assert_eq!(decode(SEED), b"12345678901234567890");
        assert_eq!(decode("MZXW6YTB"), b"fooba");
    }
}
