//! Chance with a seed: the same seed draws the same cases.

/// A generator of Marsaglia's kind, xorshift64*: quick, and good enough to pick from short lists.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).unwrap() % end
    }

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// From `least` to `most` things.
    pub(crate) fn several<T>(
        &mut self,
        least: usize,
        most: usize,
        mut one: impl FnMut(&mut Dice) -> T,
    ) -> Vec<T> {
        let count = least + self.below(most - least + 1);
        (0..count).map(|_| one(self)).collect()
    }

    /// Something once in so many times.
    pub(crate) fn maybe<T>(&mut self, times: usize, one: impl FnOnce(&mut Dice) -> T) -> Option<T> {
        self.once_in(times).then(|| one(self))
    }
}
