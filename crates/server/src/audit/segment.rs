use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::hmac;
use kagiban_aws::Timestamp;
use serde::{Deserialize, Serialize};

use super::line::{self, Hash};

/// The key that segment heads are authenticated with (HMAC-SHA-256).
///
/// A MAC and not a signature, because only the server verifies and its keyring has the key: with
/// Ed25519 the private key would sit in the same place. It survives as long as the keyring term
/// that it is derived from, so derive it from the keyring's root and not from a term.
pub struct HeadKey(hmac::Key);

impl HeadKey {
    /// From 32 bytes that nothing else is keyed with.
    pub fn new(bytes: &[u8; 32]) -> HeadKey {
        HeadKey(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The MAC of a head: over a label, the head's own numbers and the chain before it.
    fn mac(&self, head: &HeadFields, prev: Hash) -> Hash {
        let mac = hmac::sign(&self.0, &head.authenticated(prev));
        Hash(mac.as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes"))
    }

    fn verifies(&self, head: &Head, prev: Hash) -> bool {
        let Some(mac) = unhex(&head.mac) else {
            return false;
        };
        hmac::verify(&self.0, &head.fields.authenticated(prev), &mac).is_ok()
    }
}

impl std::fmt::Debug for HeadKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// A segment's first line.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Head {
    #[serde(flatten)]
    pub(super) fields: HeadFields,
    mac: String,
}

/// What a head says about its segment.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct HeadFields {
    /// The segment's number, from 1.
    pub(super) segment: u64,
    /// The sequence number of the segment's first record.
    pub(super) first: u64,
    /// When the segment was begun, in milliseconds.
    pub(super) time: Timestamp,
    /// The last store revision that an earlier segment speaks of.
    pub(super) last_change: Option<u64>,
}

impl HeadFields {
    fn authenticated(&self, prev: Hash) -> Vec<u8> {
        let mut message = b"kagiban audit head 1\0".to_vec();
        message.extend_from_slice(&self.segment.to_be_bytes());
        message.extend_from_slice(&self.first.to_be_bytes());
        message.extend_from_slice(&self.time.millis().to_be_bytes());
        message.extend_from_slice(&self.last_change.unwrap_or(0).to_be_bytes());
        message.extend_from_slice(&prev.0);
        message
    }

    /// Writes the head's line and returns its hash.
    pub(super) fn write(self, key: &HeadKey, prev: Hash, out: &mut Vec<u8>) -> Hash {
        let start = out.len();
        let mac = key.mac(&self, prev).to_string();
        serde_json::to_writer(&mut *out, &Head { fields: self, mac }).expect("numbers and hex into memory");
        out.pop(); // the brace; the chain's members come first
        line::finish(out, start, prev)
    }
}

impl Head {
    /// Reads a head's line; `None` if it is none.
    pub(super) fn parse(line: &[u8]) -> Option<Head> {
        serde_json::from_slice(line).ok()
    }

    /// Whether the server with this key wrote the head after `prev`.
    pub(super) fn is_authentic(&self, key: &HeadKey, prev: Hash) -> bool {
        key.verifies(self, prev)
    }
}

/// Reads 64 hexadecimal digits.
pub(super) fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, place) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[place..place + 2], 16).ok()?;
    }
    Some(bytes)
}

/// The file of a segment: its number, so that names sort in order.
pub(super) fn path(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("audit-{number:010}.jsonl"))
}

/// All segments of a directory in order, as number and file. Other files are none of ours.
pub(super) fn list(directory: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if let Some(number) = number(&entry.file_name()) {
            found.push((number, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

fn number(name: &OsStr) -> Option<u64> {
    let digits = name.to_str()?.strip_prefix("audit-")?.strip_suffix(".jsonl")?;
    digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| digits.parse().ok())?
}

/// Makes a new segment's file with its head in it, both on the disk for good.
pub(super) fn create(directory: &Path, number: u64, head: &[u8]) -> io::Result<File> {
    let path = path(directory, number);
    let file = OpenOptions::new()
        .append(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    let made = (&file)
        .write_all(head)
        .and_then(|()| file.sync_all())
        .and_then(|()| File::open(directory)?.sync_all());
    if let Err(error) = made {
        // Left behind it would be in the way of the next try.
        let _ = fs::remove_file(&path);
        return Err(error);
    }
    Ok(file)
}
