use std::fmt;

/// A value as a refusal prints it: its first 1,024 characters, and `...` if there are more.
pub(super) struct Excerpt<'a>(pub(super) &'a str);

impl Excerpt<'_> {
    const LONGEST: usize = 1024;
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(Self::LONGEST) {
            None => f.write_str(self.0),
            Some((end, _)) => write!(f, "{}...", &self.0[..end]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_cut_between_characters() {
        let whole = "é".repeat(1024);
        assert_eq!(Excerpt(&whole).to_string(), whole);
        assert_eq!(Excerpt(&format!("{whole}é")).to_string(), format!("{whole}..."));
    }
}
