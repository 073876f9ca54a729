//! The ciphertext of a symmetric key: opaque to clients, but it says which key opens it.
//!
//! ```text
//! magic 4 │ version 1 │ flags 1 │ account 6 │ region 1+n │ key id 16 │ material id 32 │ salt 32 │ AES-256-GCM
//! ```
//!
//! Flag 1 says that the key is a multi-Region key; then the region is empty, since every Region that has
//! the key opens the message.
//!
//! Every message has a key of its own, HKDF of the material under the salt, so the nonce can be
//! zero and a key may be used without counting messages. The header and the encryption context are
//! authenticated; the context's pairs carry their lengths, so no two contexts look alike.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use kagiban_aws::{AccountId, Region, SecretBytes};
use kagiban_iam::{Entropy, Scope};
use zeroize::Zeroizing;

use crate::key_ref::{id_bytes, is_multi_region, mrk, uuid};

/// Pairs that must be given again to decrypt: not secret, and seen by policies and the audit.
pub type EncryptionContext = BTreeMap<String, String>;

/// Keeps base64 starting with `AQIC`, as people know it from AWS.
const MAGIC: [u8; 4] = [1, 2, 2, 1];
const VERSION: u8 = 1;
/// The flag of multi-Region keys.
const MULTI_REGION: u8 = 1;
const SALT: usize = 32;
/// Bytes of a header without the Region's name.
const FIXED: usize = 4 + 1 + 1 + 6 + 1 + 16 + 32;
/// INVARIANT: equal to the model's limit for CiphertextBlob; larger blobs are never parsed.
const MAX_BLOB: usize = 6144;

/// Which key and which of its generations a message is under.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Address {
    /// The key's account.
    pub account: AccountId,
    /// The key's Region; none for a multi-Region key, which may be anywhere.
    pub region: Option<Region>,
    /// The key's id as bytes.
    pub key: [u8; 16],
    /// The material's id.
    pub material: [u8; 32],
}

impl Address {
    /// The address of a key's messages.
    pub fn of(scope: Scope, key_id: &str, material: [u8; 32]) -> Address {
        Address {
            account: scope.account,
            region: (!is_multi_region(key_id)).then_some(scope.region),
            key: id_bytes(key_id),
            material,
        }
    }

    /// The key's id.
    pub fn key_id(&self) -> String {
        match self.region {
            Some(_) => uuid(self.key),
            None => mrk(self.key),
        }
    }

    /// Where a request in the Region `here` finds the key; none if that is in another Region.
    pub fn scope(&self, here: Region) -> Option<Scope> {
        let region = self.region.unwrap_or(here);
        (region == here).then_some(Scope {
            account: self.account,
            region,
        })
    }

    /// Whether a message that was made in a key's Region is that key's.
    pub fn is_of(&self, scope: Scope, key_id: &str) -> bool {
        let key = Address::of(scope, key_id, self.material);
        key == *self
    }
}

/// A ciphertext whose header has been read and not yet believed: only [`Message::open`] proves it.
#[derive(Debug)]
pub struct Message<'m> {
    /// What the header claims.
    pub address: Address,
    /// Header and salt: all that is authenticated beside the context.
    head: &'m [u8],
    body: &'m [u8],
}

/// The bytes are not a ciphertext of ours, were changed, or belong to another context or key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unreadable;

/// Encrypts under one generation of a key.
pub fn seal(
    address: &Address,
    material: &[u8; 32],
    plaintext: &[u8],
    context: &EncryptionContext,
    entropy: &Entropy,
) -> Vec<u8> {
    let mut blob = header(address, SALT + plaintext.len() + AES_256_GCM.tag_len());
    blob.extend_from_slice(&entropy.bytes::<SALT>());
    let (head, salt) = blob.split_at(blob.len() - SALT);
    let key = message_key(material, salt, head);
    let aad = aad(&blob, context);
    let body = blob.len();
    blob.extend_from_slice(plaintext);
    let tag = key
        .seal_in_place_separate_tag(zero_nonce(), Aad::from(aad), &mut blob[body..])
        .expect("a message is far below GCM's limit");
    blob.extend_from_slice(tag.as_ref());
    blob
}

impl<'m> Message<'m> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] for anything that is not a whole header of a known version.
    pub fn parse(blob: &'m [u8]) -> Result<Message<'m>, Unreadable> {
        if blob.len() > MAX_BLOB {
            return Err(Unreadable);
        }
        let mut rest = blob;
        let fixed = take(&mut rest, 6)?;
        let flags = fixed[5];
        if fixed[..4] != MAGIC || fixed[4] != VERSION || flags & !MULTI_REGION != 0 {
            return Err(Unreadable);
        }
        let account = take(&mut rest, 6)?
            .iter()
            .fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        let account = AccountId::try_from(account).map_err(|_| Unreadable)?;
        let region = region(&mut rest)?;
        if region.is_none() != (flags & MULTI_REGION != 0) {
            return Err(Unreadable);
        }
        let key = take(&mut rest, 16)?.try_into().map_err(|_| Unreadable)?;
        let material = take(&mut rest, 32)?.try_into().map_err(|_| Unreadable)?;
        take(&mut rest, SALT)?;
        let head = &blob[..blob.len() - rest.len()];
        Ok(Message {
            address: Address {
                account,
                region,
                key,
                material,
            },
            head,
            body: rest,
        })
    }

    /// The salt, which names the message among those of its material.
    pub(crate) fn salt(&self) -> &'m [u8] {
        &self.head[self.head.len() - SALT..]
    }

    /// The key of this one message.
    pub(crate) fn key(&self, material: &[u8; 32]) -> LessSafeKey {
        message_key(material, self.salt(), &self.head[..self.head.len() - SALT])
    }

    /// Decrypts; only the right material and the same context can.
    ///
    /// # Errors
    ///
    /// [`Unreadable`], without saying what was wrong.
    pub fn open(&self, material: &[u8; 32], context: &EncryptionContext) -> Result<SecretBytes, Unreadable> {
        self.open_with(&self.key(material), context)
    }

    /// Decrypts with the message's own key.
    pub(crate) fn open_with(
        &self,
        key: &LessSafeKey,
        context: &EncryptionContext,
    ) -> Result<SecretBytes, Unreadable> {
        let aad = Aad::from(aad(self.head, context));
        let mut body = Zeroizing::new(self.body.to_vec());
        let opened = key
            .open_in_place(zero_nonce(), aad, &mut body)
            .map_err(|_| Unreadable)?
            .len();
        body.truncate(opened);
        Ok(std::mem::take(&mut *body).into())
    }
}

/// Takes the first `count` bytes off.
fn take<'b>(rest: &mut &'b [u8], count: usize) -> Result<&'b [u8], Unreadable> {
    let (taken, left) = rest.split_at_checked(count).ok_or(Unreadable)?;
    *rest = left;
    Ok(taken)
}

/// Takes a Region with its length; none if it is empty.
fn region(rest: &mut &[u8]) -> Result<Option<Region>, Unreadable> {
    let length = usize::from(take(rest, 1)?[0]);
    let name = std::str::from_utf8(take(rest, length)?).map_err(|_| Unreadable)?;
    match name {
        "" => Ok(None),
        name => name.parse().map(Some).map_err(|_| Unreadable),
    }
}

/// Leaves room for as many bytes as will follow.
fn header(address: &Address, following: usize) -> Vec<u8> {
    let region = address.region.as_ref().map_or("", Region::as_str).as_bytes();
    let flags = if address.region.is_none() { MULTI_REGION } else { 0 };
    let mut header = Vec::with_capacity(FIXED + region.len() + following);
    header.extend_from_slice(&MAGIC);
    header.extend_from_slice(&[VERSION, flags]);
    header.extend_from_slice(&address.account.number().to_be_bytes()[2..]);
    header.push(u8::try_from(region.len()).expect("a region has at most 31 bytes"));
    header.extend_from_slice(region);
    header.extend_from_slice(&address.key);
    header.extend_from_slice(&address.material);
    header
}

fn message_key(material: &[u8; 32], salt: &[u8], header: &[u8]) -> LessSafeKey {
    let mut key = Zeroizing::new([0; 32]);
    Salt::new(HKDF_SHA256, salt)
        .extract(material)
        .expand(&[b"kms/v1/enc", header], Length32)
        .and_then(|okm| okm.fill(key.as_mut()))
        .expect("HKDF-SHA256 gives up to 255 × 32 bytes");
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_ref()).expect("the key has AES-256's length"))
}

struct Length32;

impl KeyType for Length32 {
    fn len(&self) -> usize {
        32
    }
}

/// Zero is safe: the key is derived for this one message.
fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

/// Header and salt, then the pairs in the order of their keys' bytes, everything with its length.
fn aad(header: &[u8], context: &EncryptionContext) -> Vec<u8> {
    let pairs: usize = context
        .iter()
        .map(|(key, value)| 8 + key.len() + value.len())
        .sum();
    let mut aad = Vec::with_capacity(header.len() + 4 + pairs);
    aad.extend_from_slice(header);
    aad.extend_from_slice(&length(context.len()));
    for text in context.iter().flat_map(|(key, value)| [key, value]) {
        aad.extend_from_slice(&length(text.len()));
        aad.extend_from_slice(text.as_bytes());
    }
    aad
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length)
        .expect("a request body is far below 4 GiB")
        .to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "07070707-0707-4707-8707-070707070707";
    const MRK: &str = "mrk-07070707070747078707070707070707";

    fn scope() -> Scope {
        Scope {
            account: "111122223333".parse().unwrap(),
            region: Region::us_east_1(),
        }
    }

    fn address() -> Address {
        Address::of(scope(), KEY, [9; 32])
    }

    fn in_many_regions() -> Address {
        Address::of(scope(), MRK, [9; 32])
    }

    fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn a_message_opens_with_its_material_and_context() {
        let context = context(&[("PARAMETER_ARN", "x")]);
        let blob = seal(&address(), &[1; 32], b"hunter2", &context, &Entropy::system());
        let message = Message::parse(&blob).unwrap();
        assert_eq!(message.address, address());
        assert_eq!(message.open(&[1; 32], &context).unwrap().expose(), b"hunter2");
    }

    #[test]
    fn a_multi_region_keys_message_says_no_region_and_any_other_its_own() {
        let (here, there) = (Region::us_east_1(), "eu-west-1".parse().unwrap());
        let elsewhere = Scope {
            region: there,
            ..scope()
        };
        for (address, id, found) in [(address(), KEY, None), (in_many_regions(), MRK, Some(elsewhere))] {
            let blob = seal(&address, &[1; 32], b"x", &context(&[]), &Entropy::system());
            let read = Message::parse(&blob).unwrap().address;
            assert_eq!(read, address);
            assert_eq!(read.key_id(), id);
            assert_eq!((read.scope(here), read.scope(there)), (Some(scope()), found));
            assert_eq!(read.is_of(elsewhere, id), found.is_some());
        }
        assert!(!in_many_regions().is_of(scope(), KEY));
        assert!(!address().is_of(scope(), MRK));
    }

    #[test]
    fn a_flag_that_does_not_suit_the_region_is_unreadable() {
        for address in [address(), in_many_regions()] {
            let blob = seal(&address, &[1; 32], b"x", &context(&[]), &Entropy::system());
            for flags in (0..=u8::MAX).filter(|flags| *flags != blob[5]) {
                let mut blob = blob.clone();
                blob[5] = flags;
                assert_eq!(Message::parse(&blob).unwrap_err(), Unreadable, "{flags}");
            }
        }
    }

    /// Header, HKDF, AAD and AES-GCM as another library (Python's `cryptography`) has put them together.
    #[test]
    fn a_message_that_another_library_made_opens() {
        let blob = bytes(concat!(
            "0102020101000019df6690e50975732d656173742d31", // up to the Region
            "07070707070747078707070707070707",
            "0909090909090909090909090909090909090909090909090909090909090909",
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "8f2eb70621a93f0848ad06d2675f469f0f09cd1da7459df8128b62e09e9e",
        ));
        let material: [u8; 32] = std::array::from_fn(|at| 32 + u8::try_from(at).unwrap());
        let message = Message::parse(&blob).unwrap();
        assert_eq!(message.address, address());
        let opened = message.open(&material, &context(&[("b", "2"), ("app", "é")]));
        assert_eq!(opened.unwrap().expose(), b"attack at dawn");
    }

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }

    #[test]
    fn another_context_or_material_does_not_open_it() {
        let sealed_with = context(&[("a", "b")]);
        let blob = seal(&address(), &[1; 32], b"x", &sealed_with, &Entropy::system());
        let message = Message::parse(&blob).unwrap();
        for other in [
            context(&[]),
            context(&[("a", "c")]),
            context(&[("A", "b")]),
            context(&[("a", "b"), ("c", "d")]),
        ] {
            assert_eq!(message.open(&[1; 32], &other).unwrap_err(), Unreadable);
        }
        assert_eq!(message.open(&[2; 32], &sealed_with).unwrap_err(), Unreadable);
    }

    #[test]
    fn contexts_that_join_to_the_same_text_differ() {
        let blob = seal(
            &address(),
            &[1; 32],
            b"x",
            &context(&[("a", "bc")]),
            &Entropy::system(),
        );
        let message = Message::parse(&blob).unwrap();
        assert!(message.open(&[1; 32], &context(&[("ab", "c")])).is_err());
    }

    #[test]
    fn any_changed_bit_makes_a_message_unreadable() {
        for address in [address(), in_many_regions()] {
            let blob = seal(&address, &[1; 32], b"hunter2", &context(&[]), &Entropy::system());
            for bit in 0..blob.len() * 8 {
                let mut blob = blob.clone();
                blob[bit / 8] ^= 1 << (bit % 8);
                let opened = Message::parse(&blob).and_then(|message| message.open(&[1; 32], &context(&[])));
                assert_eq!(opened.unwrap_err(), Unreadable, "bit {bit}");
            }
        }
    }

    #[test]
    fn every_cut_message_is_unreadable() {
        let blob = seal(
            &address(),
            &[1; 32],
            b"hunter2",
            &context(&[]),
            &Entropy::system(),
        );
        for length in 0..blob.len() {
            let opened =
                Message::parse(&blob[..length]).and_then(|message| message.open(&[1; 32], &context(&[])));
            assert_eq!(opened.unwrap_err(), Unreadable, "{length} bytes");
        }
    }

    #[test]
    fn the_text_form_starts_as_people_know_it() {
        use base64::Engine as _;
        let blob = seal(&address(), &[1; 32], b"x", &context(&[]), &Entropy::system());
        assert!(
            base64::engine::general_purpose::STANDARD
                .encode(blob)
                .starts_with("AQIC")
        );
    }
}
