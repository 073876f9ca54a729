use std::collections::BTreeMap;

use super::demand::Demand;
use super::{Measure, Path, Report, Rule};
use crate::{SecretBytes, SecretString, Timestamp};

/// What the model may put constraints on. Structures are generated: they only `hold`.
pub trait Constrained {
    /// What the bounds of a rule are about.
    const MEASURE: Measure = Measure::Length;

    /// Whether refusals name a place inside the value rather than the value.
    const NESTED: bool = false;

    /// What the bounds are held against.
    fn size(&self) -> i64 {
        0
    }

    /// What patterns and sets of words are held against.
    fn text(&self) -> Option<&str> {
        None
    }

    /// The value as a refusal prints it; `None` if it is not printed.
    fn print(&self) -> Option<String> {
        None
    }

    /// Holds the value against `rule`, and what is in it against theirs.
    fn hold(&self, rule: &Rule, at: &Path<'_>, report: &mut Report) {
        hold_whole(self, rule, at, report);
    }
}

fn broken<T: Constrained + ?Sized>(value: &T, rule: &Rule) -> impl Iterator<Item = Demand> {
    Demand::all(rule, T::MEASURE).filter(|demand| !demand.is_met(value.size(), value.text()))
}

/// Holds the value itself; whether it keeps its greatest size. What does not is not looked into: how many
/// there are is all the sender needs to know.
///
/// UNSURE: AWS may name the elements, too.
fn hold_whole<T: Constrained + ?Sized>(value: &T, rule: &Rule, at: &Path<'_>, report: &mut Report) -> bool {
    let mut fits = true;
    for demand in broken(value, rule) {
        report.broken(value.print(), at, &demand);
        fits &= !matches!(demand, Demand::AtMost(..));
    }
    fits
}

/// `[Member must …, Member must …]`: every demand of a rule, broken or not.
fn sentences<T: Constrained>(rule: &Rule) -> String {
    let sentences: Vec<String> = Demand::all(rule, T::MEASURE)
        .map(|demand| demand.to_string())
        .collect();
    format!("[{}]", sentences.join(", "))
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

impl Constrained for String {
    // UNSURE: AWS may count UTF-16 units; the two differ outside the basic plane only.
    fn size(&self) -> i64 {
        count(self.chars().count())
    }

    fn text(&self) -> Option<&str> {
        Some(self)
    }

    fn print(&self) -> Option<String> {
        Some(self.clone())
    }
}

impl Constrained for SecretString {
    fn size(&self) -> i64 {
        count(self.expose().chars().count())
    }

    fn text(&self) -> Option<&str> {
        Some(self.expose())
    }
}

impl Constrained for Vec<u8> {
    fn size(&self) -> i64 {
        count(self.len())
    }
}

impl Constrained for SecretBytes {
    fn size(&self) -> i64 {
        count(self.expose().len())
    }
}

impl Constrained for i32 {
    const MEASURE: Measure = Measure::Value;

    fn size(&self) -> i64 {
        i64::from(*self)
    }

    fn print(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Constrained for i64 {
    const MEASURE: Measure = Measure::Value;

    fn size(&self) -> i64 {
        *self
    }

    fn print(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Constrained for bool {}

impl Constrained for f64 {}

impl Constrained for Timestamp {}

impl<T: Constrained> Constrained for Vec<T> {
    const NESTED: bool = T::NESTED;

    fn size(&self) -> i64 {
        count(self.len())
    }

    fn print(&self) -> Option<String> {
        let elements: Option<Vec<String>> = self.iter().map(T::print).collect();
        Some(format!("[{}]", elements?.join(", ")))
    }

    fn hold(&self, rule: &Rule, at: &Path<'_>, report: &mut Report) {
        let fits = hold_whole(self, rule, at, report);
        let each = rule.each.unwrap_or(&Rule::NONE);
        if T::NESTED {
            for (i, element) in self.iter().enumerate() {
                if !fits || report.is_full() {
                    break;
                }
                element.hold(each, &at.element(i), report);
            }
        } else if self.iter().any(|element| broken(element, each).next().is_some()) {
            report.parts(
                self.print(),
                at,
                "Member must satisfy constraint",
                &sentences::<T>(each),
            );
        }
    }
}

impl<T: Constrained> Constrained for BTreeMap<String, T> {
    const NESTED: bool = T::NESTED;

    fn size(&self) -> i64 {
        count(self.len())
    }

    fn print(&self) -> Option<String> {
        let entry = |(key, value): (&String, &T)| value.print().map(|value| format!("{key}={value}"));
        let entries: Option<Vec<String>> = self.iter().map(entry).collect();
        Some(format!("{{{}}}", entries?.join(", ")))
    }

    fn hold(&self, rule: &Rule, at: &Path<'_>, report: &mut Report) {
        let fits = hold_whole(self, rule, at, report);
        let (key, each) = (rule.key.unwrap_or(&Rule::NONE), rule.each.unwrap_or(&Rule::NONE));
        if self.keys().any(|name| broken(name, key).next().is_some()) {
            report.parts(
                self.print(),
                at,
                "Map keys must satisfy constraint",
                &sentences::<String>(key),
            );
        }
        if T::NESTED {
            for (name, value) in self {
                if !fits || report.is_full() {
                    break;
                }
                value.hold(each, &at.entry(name), report);
            }
        } else if self.values().any(|value| broken(value, each).next().is_some()) {
            report.parts(
                self.print(),
                at,
                "Map value must satisfy constraint",
                &sentences::<T>(each),
            );
        }
    }
}
