//! The id that every answer carries: a random UUID, as AWS's own.

use std::cell::RefCell;
use std::fmt;

use aws_lc_rs::rand;

/// A request's id, `xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx` (RFC 9562, version 4).
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct RequestId([u8; Self::LEN]);

/// Random bytes are drawn for this many ids at a time: a draw costs far more than a byte.
const BATCH: usize = 128;

struct Pool {
    bytes: [u8; BATCH * 16],
    used: usize,
}

thread_local! {
    static POOL: RefCell<Pool> = const {
        RefCell::new(Pool { bytes: [0; BATCH * 16], used: BATCH * 16 })
    };
}

impl RequestId {
    /// Characters in an id.
    pub const LEN: usize = 36;

    /// A fresh id. Ids name requests in logs; they are unique, not secret.
    pub fn random() -> RequestId {
        RequestId::from_bytes(POOL.with_borrow_mut(Pool::draw))
    }

    fn from_bytes(mut bytes: [u8; 16]) -> RequestId {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
        const DIGITS: &[u8; 16] = b"0123456789abcdef";

        let mut text = [b'-'; Self::LEN];
        for (place, byte) in PLACES.into_iter().zip(bytes) {
            text[place] = DIGITS[usize::from(byte >> 4)];
            text[place + 1] = DIGITS[usize::from(byte & 15)];
        }
        RequestId(text)
    }

    /// The id's characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("hexadecimal digits and dashes")
    }
}

impl Pool {
    fn draw(&mut self) -> [u8; 16] {
        if self.used == self.bytes.len() {
            rand::fill(&mut self.bytes).expect("the system's random source never fails once it has worked");
            self.used = 0;
        }
        let (drawn, _rest) = self.bytes[self.used..]
            .split_first_chunk()
            .expect("the pool holds whole ids");
        self.used += drawn.len();
        *drawn
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_id_says_that_it_is_random() {
        assert_eq!(
            RequestId::from_bytes([0xff; 16]).as_str(),
            "ffffffff-ffff-4fff-bfff-ffffffffffff"
        );
        assert_eq!(
            RequestId::from_bytes([0; 16]).as_str(),
            "00000000-0000-4000-8000-000000000000"
        );
    }

    #[test]
    fn no_id_comes_twice_across_batches_and_threads() {
        let threads: Vec<_> = (0..4)
            .map(|_| std::thread::spawn(|| (0..1000).map(|_| RequestId::random()).collect::<Vec<_>>()))
            .collect();
        let ids: HashSet<_> = threads.into_iter().flat_map(|t| t.join().unwrap()).collect();
        assert_eq!(ids.len(), 4000);
    }
}
