//! Random changes of seeds: bytes, pieces, words of the language.

/// Draws one changed seed after another.
pub(crate) struct Mutator<'s> {
    seeds: &'s [Vec<u8>],
    words: &'s [&'s str],
    state: u64,
}

impl<'s> Mutator<'s> {
    pub(crate) fn new(seeds: &'s [Vec<u8>], words: &'s [&'s str]) -> Mutator<'s> {
        Mutator {
            seeds,
            words,
            state: 0x9E37_79B9_7F4A_7C15,
        }
    }

    pub(crate) fn next(&mut self) -> Vec<u8> {
        let mut bytes = self.seed();
        for _ in 0..=self.below(6) {
            self.change(&mut bytes);
        }
        bytes
    }

    fn seed(&mut self) -> Vec<u8> {
        let place = self.below(self.seeds.len());
        self.seeds[place].clone()
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let (at, end) = self.piece(bytes.len());
        match self.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let twice = bytes[at..end].repeat(1 + self.below(8));
                bytes.splice(at..at, twice);
            }
            3 => {
                let other = self.seed();
                let (from, to) = self.piece(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            _ => {
                let word = self.words[self.below(self.words.len())];
                let to = if self.below(2) == 0 { at } else { end };
                bytes.splice(at..to, word.bytes());
            }
        }
        bytes.truncate(1 << 16);
    }

    /// Somewhere, and somewhere not far behind it.
    fn piece(&mut self, length: usize) -> (usize, usize) {
        let at = self.below(length + 1);
        let end = at + self.below(length - at + 1).min(1 << self.below(8));
        (at, end)
    }

    fn below(&mut self, end: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let high = self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).unwrap() % end
    }
}
