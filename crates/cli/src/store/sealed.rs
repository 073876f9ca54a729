//! A text under a passphrase, in the file format of age (`age-encryption.org/v1`, scrypt recipient).
//!
//! The format is taken because `age -d` opens such a file when this program is not at hand. It is
//! written here because the parts lie in aws-lc already and only scrypt is missing, where the `age`
//! crate brings a hundred and fifty others.
//!
//! A random file key seals the content in pieces and authenticates the header; the header holds it,
//! sealed by a key that scrypt makes of the passphrase. scrypt takes long on purpose, and once is enough:
//! a file that is written again keeps its header and so its file key, of which a new random nonce makes the
//! key of the new content.

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{constant_time, hkdf, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use kagiban_aws::SecretString;
use zeroize::Zeroizing;

const VERSION: &str = "age-encryption.org/v1\n";
const LABEL: &str = "age-encryption.org/v1/scrypt";

/// scrypt's cost is two to the power of this: 128 MiB, a few tenths of a second; less where it is tested.
const WORK: u8 = if cfg!(test) { 8 } else { 17 };

/// What a file may ask for at most; above it, it means to exhaust this machine.
const MAX_WORK: u8 = 20;

/// The content's pieces.
const PIECE: usize = 64 << 10;
const TAG: usize = 16;

/// Why a file cannot be opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("the passphrase is wrong")]
    Passphrase,
    #[error("it is no age file under a passphrase, or it is damaged")]
    Damaged,
}

use OpenError::{Damaged, Passphrase};

/// What opens and seals texts under one passphrase without another go at scrypt.
pub(crate) struct Key {
    /// The beginning of every file that it is for.
    header: Vec<u8>,
    file_key: Zeroizing<[u8; 16]>,
    work: u8,
}

impl Key {
    /// For a file that is not there yet.
    pub(crate) fn new(passphrase: &SecretString) -> Key {
        let salt = random::<16>();
        let file_key = Zeroizing::new(random::<16>());
        let mut body = file_key.to_vec();
        let wrap = wrapping_key(passphrase, &salt, WORK).expect("the work factor is within scrypt's bounds");
        append_tag(&wrap, [0; 12], &mut body);
        let header = format!(
            "{VERSION}-> scrypt {} {WORK}\n{}\n---",
            BASE64.encode(salt),
            BASE64.encode(body)
        );
        let mac = hmac::sign(&header_key(&file_key), header.as_bytes());
        Key {
            header: format!("{header} {}\n", BASE64.encode(mac)).into_bytes(),
            file_key,
            work: WORK,
        }
    }

    /// The key of a file that is there.
    ///
    /// # Errors
    ///
    /// If the passphrase is another, or the file's header is not what [`Key::new`] or age makes.
    pub(crate) fn of(sealed: &[u8], passphrase: &SecretString) -> Result<Key, OpenError> {
        let header = Header::parse(sealed).ok_or(Damaged)?;
        let wrap = wrapping_key(passphrase, &header.salt, header.work).ok_or(Damaged)?;
        let mut body = Zeroizing::new(header.body.clone());
        let file_key: &[u8] = opened(&wrap, [0; 12], &mut body).ok_or(Passphrase)?;
        let file_key = Zeroizing::new(<[u8; 16]>::try_from(file_key).map_err(|_| Damaged)?);
        let mac = hmac::sign(&header_key(&file_key), header.text);
        constant_time::verify_slices_are_equal(mac.as_ref(), &header.mac).map_err(|_| Damaged)?;
        Ok(Key {
            header: sealed[..sealed.len() - header.rest.len()].to_vec(),
            file_key,
            work: header.work,
        })
    }

    /// Whether a file is one of this key's.
    pub(crate) fn fits(&self, sealed: &[u8]) -> bool {
        sealed.starts_with(&self.header)
    }

    /// Whether guessing its passphrase costs less than it would for a new one.
    pub(crate) fn is_weak(&self) -> bool {
        self.work < WORK
    }

    /// Opens a sealed text.
    ///
    /// # Errors
    ///
    /// If the file is none of this key's, or it is damaged.
    pub(crate) fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let rest = sealed.strip_prefix(&*self.header).ok_or(Damaged)?;
        let (nonce, pieces) = rest.split_first_chunk::<16>().ok_or(Damaged)?;
        let key = payload_key(&self.file_key, nonce);
        let count = pieces.len().div_ceil(PIECE + TAG);
        let mut text = Zeroizing::new(Vec::with_capacity(pieces.len()));
        for (number, piece) in pieces.chunks(PIECE + TAG).enumerate() {
            let mut piece = Zeroizing::new(piece.to_vec());
            let nonce = piece_nonce(number, number + 1 == count);
            text.extend_from_slice(opened(&key, nonce, &mut piece).ok_or(Damaged)?);
        }
        match count {
            0 => Err(Damaged),
            _ => Ok(text),
        }
    }

    /// Seals a text.
    pub(crate) fn seal(&self, text: &[u8]) -> Vec<u8> {
        let nonce = random::<16>();
        let key = payload_key(&self.file_key, &nonce);
        let mut sealed = [&self.header[..], &nonce].concat();
        let pieces: Vec<&[u8]> = match text {
            [] => vec![text],
            text => text.chunks(PIECE).collect(),
        };
        for (number, piece) in pieces.iter().enumerate() {
            let mut piece = piece.to_vec();
            append_tag(&key, piece_nonce(number, number + 1 == pieces.len()), &mut piece);
            sealed.extend_from_slice(&piece);
        }
        sealed
    }
}

struct Header<'a> {
    /// All that the code covers.
    text: &'a [u8],
    salt: Vec<u8>,
    work: u8,
    body: Vec<u8>,
    mac: Vec<u8>,
    rest: &'a [u8],
}

impl Header<'_> {
    fn parse(sealed: &[u8]) -> Option<Header<'_>> {
        // Four short lines; what is longer is none of ours.
        let head = &sealed[..sealed.len().min(512)];
        let mut lines = head.split_inclusive(|&byte| byte == b'\n');
        let version = lines.next()?;
        let (stanza, body, last) = (lines.next()?, lines.next()?, lines.next()?);
        let length = version.len() + stanza.len() + body.len();
        let text = |line| std::str::from_utf8(line).ok()?.strip_suffix('\n');
        let mut words = text(stanza)?.strip_prefix("-> scrypt ")?.split(' ');
        let (salt, work) = (words.next()?, words.next()?);
        let header = Header {
            text: sealed.get(..length + 3)?,
            salt: BASE64.decode(salt).ok()?,
            work: work.parse().ok()?,
            body: BASE64.decode(text(body)?).ok()?,
            mac: BASE64.decode(text(last)?.strip_prefix("--- ")?).ok()?,
            rest: &sealed[length + last.len()..],
        };
        let is_ours = version == VERSION.as_bytes()
            && words.next().is_none()
            && (1..=MAX_WORK).contains(&header.work)
            && (header.salt.len(), header.body.len()) == (16, 32);
        is_ours.then_some(header)
    }
}

fn wrapping_key(passphrase: &SecretString, salt: &[u8], work: u8) -> Option<LessSafeKey> {
    let salt = [LABEL.as_bytes(), salt].concat();
    let parameters = scrypt::Params::new(work, 8, 1).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(passphrase.expose().as_bytes(), &salt, &parameters, &mut *key).ok()?;
    Some(cipher(&key))
}

fn header_key(file_key: &[u8; 16]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &*derived(&[], file_key, b"header"))
}

fn payload_key(file_key: &[u8; 16], nonce: &[u8; 16]) -> LessSafeKey {
    cipher(&derived(nonce, file_key, b"payload"))
}

fn derived(salt: &[u8], secret: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(secret)
        .expand(&[info], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut *key))
        .expect("32 bytes are within HKDF's bounds");
    key
}

fn cipher(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).expect("the key has the cipher's length"))
}

fn append_tag(key: &LessSafeKey, nonce: [u8; 12], text: &mut Vec<u8>) {
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), text)
        .expect("a piece is within the cipher's bounds");
}

fn opened<'a>(key: &LessSafeKey, nonce: [u8; 12], text: &'a mut [u8]) -> Option<&'a mut [u8]> {
    key.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::empty(), text)
        .ok()
}

/// Counts the pieces, and marks the last one, so that none can be taken away or put elsewhere.
fn piece_nonce(number: usize, is_last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&(number as u64).to_be_bytes());
    nonce[11] = u8::from(is_last);
    nonce
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the system has randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passphrase(text: &str) -> SecretString {
        text.to_owned().into()
    }

    fn open(sealed: &[u8], with: &str) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        Key::of(sealed, &passphrase(with))?.open(sealed)
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_passphrase_only() {
        let key = Key::new(&passphrase("correct horse"));
        for length in [0, 1, PIECE, PIECE + 1] {
            let text = vec![7; length];
            let sealed = key.seal(&text);
            assert_eq!(*open(&sealed, "correct horse").unwrap(), text);
            assert_eq!(*key.open(&sealed).unwrap(), text);
        }
        let sealed = key.seal(b"hunter2");
        assert_eq!(open(&sealed, "battery").unwrap_err(), Passphrase);
        assert!(!sealed.windows(7).any(|window| window == b"hunter2"));
    }

    #[test]
    fn what_is_sealed_again_keeps_its_header_and_shares_nothing_else() {
        let first = Key::new(&passphrase("x")).seal(b"text");
        let key = Key::of(&first, &passphrase("x")).unwrap();
        let again = key.seal(b"text");
        assert!(key.fits(&first) && key.fits(&again));
        assert_ne!(again[key.header.len()..], first[key.header.len()..]);
        assert_eq!(open(&again, "x").unwrap().as_slice(), b"text");

        let other = Key::new(&passphrase("x"));
        assert!(!other.fits(&first));
        assert_eq!(other.open(&first).unwrap_err(), Damaged);
    }

    #[test]
    fn a_file_of_ages_own_making_is_opened() {
        let sealed = BASE64.decode(FROM_AGE).unwrap();
        assert_eq!(open(&sealed, "hunter2").unwrap().as_slice(), b"made by age\n");
    }

    #[test]
    fn what_is_damaged_is_refused() {
        let sealed = Key::new(&passphrase("x")).seal(b"text");
        let header = sealed.windows(4).position(|window| window == b"--- ").unwrap();
        for at in header..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&changed, "x").is_err(), "byte {at}");
        }
        for length in 0..header {
            assert_eq!(open(&sealed[..length], "x").unwrap_err(), Damaged);
        }
        let greedy = String::from_utf8_lossy(&sealed[..header]).replace(" 8\n", " 40\n");
        assert_eq!(open(greedy.as_bytes(), "x").unwrap_err(), Damaged);
    }

    /// What rage, age's implementation in Rust, made of a line; base64.
    const FROM_AGE: &str = "\
        YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBDSVgwby8yanova25NclpJcDh4UXVRIDE2CmpNZUZ6cTAvRz\
        I3WjI1aHpaRFVqOXpKYWhaQi9MWUdGMU5XaFR2amJSMW8KLS0tIHE2Q3VLOVdZeGI3dFEzRU9YU0o3RXd6RXBvZllK\
        cFR1bTBhWWJtdkFMdXMKIy+YGBKFieGpVr5I78YZ11F+eCZIaStioRTQ+5Et2plipq7Lj+052NZ8rxA";
}
