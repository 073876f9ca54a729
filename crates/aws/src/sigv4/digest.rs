use aws_lc_rs::digest::{self, Context, SHA256};

/// SHA-256 of text that is put together piece by piece.
///
/// Most canonical requests fit into the buffer and are hashed by one call: cheaper than a context
/// on the heap and a call per piece, and nothing is allocated.
pub(super) struct Sha256 {
    buffer: [u8; Self::BUFFER],
    len: usize,
    spilled: Option<Context>,
}

impl Sha256 {
    const BUFFER: usize = 1024;

    pub(super) fn new() -> Sha256 {
        Sha256 {
            buffer: [0; Self::BUFFER],
            len: 0,
            spilled: None,
        }
    }

    /// Appends `bytes`.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        if let Some(room) = self.buffer.get_mut(self.len..end) {
            room.copy_from_slice(bytes);
            self.len = end;
        } else {
            self.spill(bytes);
        }
    }

    fn spill(&mut self, bytes: &[u8]) {
        let context = self.spilled.get_or_insert_with(|| Context::new(&SHA256));
        context.update(&self.buffer[..self.len]);
        context.update(bytes);
        self.len = 0;
    }

    /// The digest of everything put so far.
    pub(super) fn finish(self) -> [u8; 32] {
        let rest = &self.buffer[..self.len];
        match self.spilled {
            None => sha256(rest),
            Some(mut context) => {
                context.update(rest);
                array(&context.finish())
            }
        }
    }
}

/// SHA-256 of `bytes`.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    array(&digest::digest(&SHA256, bytes))
}

fn array(digest: &digest::Digest) -> [u8; 32] {
    digest.as_ref().try_into().expect("SHA-256 is 32 bytes")
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8; 32]) -> [u8; 64] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";

    let mut text = [0; 64];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    text
}

/// Reads 64 digits of lower-case hex; `None` for anything else, upper case included, because two
/// spellings of one signature would be two requests that look different.
pub(super) fn unhex(text: &[u8]) -> Option<[u8; 32]> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hash_as_the_whole_does_at_every_length() {
        for len in [0, 1, 1023, 1024, 1025, 5000] {
            let whole = vec![b'x'; len];
            for step in [1, 7, 1024, 4096] {
                let mut pieces = Sha256::new();
                whole.chunks(step).for_each(|piece| pieces.put(piece));
                assert_eq!(pieces.finish(), sha256(&whole), "{len} by {step}");
            }
        }
    }

    #[test]
    fn hex_reads_back_and_knows_one_spelling_only() {
        let digest = sha256(b"");
        let text = hex(&digest);
        assert_eq!(
            text,
            *b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(unhex(&text), Some(digest));
        assert_eq!(unhex(&text.to_ascii_uppercase()), None);
        assert_eq!(unhex(&text[1..]), None);
    }
}
