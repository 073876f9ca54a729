//! Medians and the middle half: what is left when a noisy machine's outliers are.

/// The quartiles of some numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quartiles {
    pub(crate) lower: f64,
    pub(crate) median: f64,
    pub(crate) upper: f64,
}

impl Quartiles {
    /// Interpolates linearly between neighbours; all are NaN if there are no numbers.
    pub(crate) fn of(numbers: impl IntoIterator<Item = f64>) -> Quartiles {
        let mut sorted: Vec<f64> = numbers.into_iter().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Quartiles {
            lower: quantile(&sorted, 0.25),
            median: quantile(&sorted, 0.5),
            upper: quantile(&sorted, 0.75),
        }
    }

    /// What this part of the numbers does not exceed, interpolated; NaN if there are none.
    pub(crate) fn percentile(numbers: &[f64], part: f64) -> f64 {
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        quantile(&sorted, part)
    }
}

fn quantile(sorted: &[f64], part: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = part * last as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_neighbours_when_they_must() {
        let found = Quartiles::of([4.0, 1.0, 3.0, 2.0]);
        assert_eq!((found.lower, found.median, found.upper), (1.75, 2.5, 3.25));
    }
}
