use std::fmt;

use super::{Pattern, Rule};

/// What the bounds of a rule are about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Measure {
    /// Characters of a text, bytes of a blob, elements of a list, entries of a map.
    Length,
    /// A number itself.
    Value,
}

/// One of the sentences of a rule.
#[derive(Clone, Copy, Debug)]
pub(super) enum Demand {
    AtMost(Measure, i64),
    AtLeast(Measure, i64),
    Matching(&'static Pattern),
    OneOf(&'static [&'static str]),
}

impl Demand {
    /// UNSURE: AWS's own order differs between services; this one is the commonest.
    pub(super) fn all(rule: &Rule, measure: Measure) -> impl Iterator<Item = Demand> {
        let one_of = Some(rule.one_of).filter(|words| !words.is_empty());
        [
            rule.most.map(|most| Demand::AtMost(measure, most)),
            rule.least.map(|least| Demand::AtLeast(measure, least)),
            rule.pattern.map(Demand::Matching),
            one_of.map(Demand::OneOf),
        ]
        .into_iter()
        .flatten()
    }

    /// Whether a value of this size, and of this text if it is one, does what is demanded.
    pub(super) fn is_met(&self, size: i64, text: Option<&str>) -> bool {
        match *self {
            Demand::AtMost(_, most) => size <= most,
            Demand::AtLeast(_, least) => size >= least,
            Demand::Matching(pattern) => text.is_none_or(|text| pattern.matches(text)),
            Demand::OneOf(words) => text.is_none_or(|text| words.contains(&text)),
        }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Demand::AtMost(measure, most) => {
                write!(f, "Member must have {measure} less than or equal to {most}")
            }
            Demand::AtLeast(measure, least) => {
                write!(f, "Member must have {measure} greater than or equal to {least}")
            }
            Demand::Matching(pattern) => {
                write!(
                    f,
                    "Member must satisfy regular expression pattern: {}",
                    pattern.text()
                )
            }
            Demand::OneOf(words) => write!(f, "Member must satisfy enum value set: [{}]", words.join(", ")),
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Measure::Length => "length",
            Measure::Value => "value",
        })
    }
}
