use super::Pattern;

/// What the model demands of a shape's values.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub(super) least: Option<i64>,
    pub(super) most: Option<i64>,
    pub(super) pattern: Option<&'static Pattern>,
    pub(super) one_of: &'static [&'static str],
    pub(super) each: Option<&'static Rule>,
    pub(super) key: Option<&'static Rule>,
}

impl Rule {
    /// Demands nothing; where all others start.
    pub const NONE: Rule = Rule {
        least: None,
        most: None,
        pattern: None,
        one_of: &[],
        each: None,
        key: None,
    };

    /// Least length (characters, bytes, elements) or, for numbers, least value.
    #[must_use]
    pub const fn at_least(self, least: i64) -> Rule {
        Rule {
            least: Some(least),
            ..self
        }
    }

    /// Greatest length or, for numbers, greatest value.
    #[must_use]
    pub const fn at_most(self, most: i64) -> Rule {
        Rule {
            most: Some(most),
            ..self
        }
    }

    /// A pattern for the whole value.
    #[must_use]
    pub const fn matching(self, pattern: &'static Pattern) -> Rule {
        Rule {
            pattern: Some(pattern),
            ..self
        }
    }

    /// One of a set of words.
    #[must_use]
    pub const fn one_of(self, words: &'static [&'static str]) -> Rule {
        Rule {
            one_of: words,
            ..self
        }
    }

    /// What is demanded of each element of a list or each value of a map.
    #[must_use]
    pub const fn each(self, rule: &'static Rule) -> Rule {
        Rule {
            each: Some(rule),
            ..self
        }
    }

    /// What is demanded of each key of a map.
    #[must_use]
    pub const fn key(self, rule: &'static Rule) -> Rule {
        Rule {
            key: Some(rule),
            ..self
        }
    }
}
