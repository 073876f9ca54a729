//! The little of DER that keys and signatures need: one value after another, with definite lengths.

use zeroize::Zeroizing;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const SEQUENCE: u8 = 0x30;

/// The content of the first value, if it has this tag, and what comes after it.
pub(super) fn read(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = bytes.split_first_chunk()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (length, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            let length = length
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte));
            (length, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length).filter(|_| found == tag)
}

/// Appends a value.
pub(super) fn write(out: &mut Zeroizing<Vec<u8>>, tag: u8, content: &[u8]) {
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    out.push(tag);
    match length {
        [] => out.push(0),
        [short @ 0..=0x7f] => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).expect("a usize has eight bytes at most"));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
}

/// Appends a number that is not negative, from its bytes.
pub(super) fn write_number(out: &mut Zeroizing<Vec<u8>>, bytes: &[u8]) {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let mut content = Zeroizing::new(Vec::with_capacity(bytes.len() + 1));
    if bytes.get(zeros).is_none_or(|first| *first >= 0x80) {
        content.push(0);
    }
    content.extend_from_slice(&bytes[zeros..]);
    write(out, INTEGER, &content);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_shortest_and_not_negative() {
        for (bytes, expected) in [
            (&[0x80][..], &[2, 2, 0, 0x80][..]),
            (&[0, 0, 5], &[2, 1, 5]),
            (&[], &[2, 1, 0]),
        ] {
            let mut out = Zeroizing::new(Vec::new());
            write_number(&mut out, bytes);
            assert_eq!(out.as_slice(), expected);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(content in prop::collection::vec(any::<u8>(), 0..700)) {
            let mut out = Zeroizing::new(Vec::new());
            write(&mut out, SEQUENCE, &content);
            prop_assert_eq!(read(SEQUENCE, &out), Some((&content[..], &[][..])));
            prop_assert_eq!(read(INTEGER, &out), None);
        }

        #[test]
        fn whatever_is_read_is_refused_or_within(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some((content, rest)) = read(SEQUENCE, &bytes) {
                prop_assert!(content.len() + rest.len() + 2 <= bytes.len());
            }
        }
    }
}
