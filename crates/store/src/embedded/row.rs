//! How rows are laid out in bytes.

use bytes::Bytes;

use crate::{Entry, Error, Event, Key, LeaseId, Result, Rev};

/// A row of `cur`: three integers, then the value.
const CUR_HEADER: usize = 24;

const PUT: u8 = 1;
const DELETE: u8 = 2;

/// What a row of `cur` says besides the value.
#[derive(Clone, Copy)]
pub(super) struct Header {
    pub(super) create_rev: Rev,
    pub(super) mod_rev: Rev,
    pub(super) lease: Option<LeaseId>,
}

/// The size of a row of `cur` with this value.
pub(super) fn cur_bytes(value: &[u8]) -> usize {
    CUR_HEADER + value.len()
}

/// Writes a row of `cur` to a place of [`cur_bytes`].
pub(super) fn encode_cur(header: Header, value: &[u8], place: &mut [u8]) {
    let lease = header.lease.map_or(0, |lease| lease.0);
    let (numbers, rest) = place.split_at_mut(CUR_HEADER);
    let numbers = numbers.chunks_exact_mut(8);
    for (place, number) in numbers.zip([header.create_rev.0, header.mod_rev.0, lease]) {
        place.copy_from_slice(&number.to_be_bytes());
    }
    rest.copy_from_slice(value);
}

pub(super) fn decode_header(row: &[u8]) -> Result<(Header, &[u8])> {
    let (create, rest) = number(row)?;
    let (modified, rest) = number(rest)?;
    let (lease, value) = number(rest)?;
    let lease = (lease != 0).then_some(LeaseId(lease));
    Ok((
        Header {
            create_rev: Rev(create),
            mod_rev: Rev(modified),
            lease,
        },
        value,
    ))
}

pub(super) fn decode_entry(key: &[u8], row: &[u8]) -> Result<Entry> {
    let (
        Header {
            create_rev,
            mod_rev,
            lease,
        },
        value,
    ) = decode_header(row)?;
    let key = Key::from_bytes(Bytes::copy_from_slice(key));
    Ok(Entry {
        key,
        value: Bytes::copy_from_slice(value),
        create_rev,
        mod_rev,
        lease,
        op: None,
    })
}

pub(super) fn log_key(rev: Rev, index: u16) -> [u8; 10] {
    let mut key = [0; 10];
    key[..8].copy_from_slice(&rev.0.to_be_bytes());
    key[8..].copy_from_slice(&index.to_be_bytes());
    key
}

pub(super) fn log_rev(key: &[u8]) -> Result<Rev> {
    number(key).map(|(rev, _)| Rev(rev))
}

pub(super) fn encode_event(event: &Event) -> Vec<u8> {
    let key = event.key.as_bytes();
    let key_bytes = u16::try_from(key.len()).expect("keys are at most 2 KiB, checked by `Txn::check`");
    let value = event.value.as_deref();
    let mut row = Vec::with_capacity(3 + key.len() + value.map_or(0, <[u8]>::len));
    row.push(if value.is_some() { PUT } else { DELETE });
    row.extend_from_slice(&key_bytes.to_be_bytes());
    row.extend_from_slice(key);
    row.extend_from_slice(value.unwrap_or_default());
    row
}

pub(super) fn decode_event(mod_rev: Rev, row: &[u8]) -> Result<Event> {
    let (kind, rest) = row.split_first().ok_or_else(short)?;
    let (key_bytes, rest) = rest.split_first_chunk().ok_or_else(short)?;
    let key_bytes = usize::from(u16::from_be_bytes(*key_bytes));
    let (key, value) = rest.split_at_checked(key_bytes).ok_or_else(short)?;
    let value = match *kind {
        PUT => Some(Bytes::copy_from_slice(value)),
        DELETE => None,
        kind => return Err(Error::Corrupt(format!("a log row of kind {kind}"))),
    };
    Ok(Event {
        key: Key::from_bytes(Bytes::copy_from_slice(key)),
        mod_rev,
        value,
    })
}

/// A row's key in `leased`; with an empty `key`, the prefix of the lease's rows.
pub(super) fn leased_key(lease: LeaseId, key: &[u8]) -> Vec<u8> {
    [&lease.0.to_be_bytes()[..], key].concat()
}

/// An integer at the start of `bytes`, and the rest.
pub(super) fn number(bytes: &[u8]) -> Result<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk().ok_or_else(short)?;
    Ok((u64::from_be_bytes(*number), rest))
}

fn short() -> Error {
    Error::Corrupt("a row is too short".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_event_comes_back_as_it_was(key: Vec<u8>, value: Option<Vec<u8>>) {
            let event = Event { key: Key::from_bytes(key), mod_rev: Rev(7), value: value.map(Bytes::from) };
            prop_assert_eq!(decode_event(Rev(7), &encode_event(&event)).unwrap(), event);
        }

        #[test]
        fn any_bytes_are_a_row_or_refused(bytes: Vec<u8>) {
            let _ = (decode_event(Rev(1), &bytes), decode_entry(b"k", &bytes), log_rev(&bytes));
        }
    }
}
