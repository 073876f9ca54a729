//! Labels: names that a caller gives to versions of a parameter, and moves from one to another.

use kagiban_iam::{Call, Stored};
use kagiban_store::Txn;

use crate::name::is_allowed;
use crate::records::{Labels, Parameter, keys};
use crate::{ParameterError, ParameterName};

/// What became of the labels of a request.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Sorted {
    /// Those that were good, in the request's order, each once.
    pub(crate) good: Vec<String>,
    /// Those that were not.
    pub(crate) invalid: Vec<String>,
}

impl Sorted {
    /// Puts each label to the good or to the invalid ones.
    pub(crate) fn by(labels: &[String], good: impl Fn(&str) -> bool) -> Sorted {
        let mut sorted = Sorted::default();
        for label in labels {
            let side = match good(label) {
                true => &mut sorted.good,
                false => &mut sorted.invalid,
            };
            if !side.contains(label) {
                side.push(label.clone());
            }
        }
        sorted
    }
}

/// Whether a label may be given to a version: letters, digits and `_.-`, no digit in front, and
/// neither `aws` nor `ssm` in any case. The wire has held its length against the model.
///
/// Source: Systems Manager API Reference, `LabelParameterVersion`.
pub(crate) fn is_valid(label: &str) -> bool {
    let lower = label.to_ascii_lowercase();
    label.bytes().all(is_allowed)
        && !label.starts_with(|first: char| first.is_ascii_digit())
        && !lower.starts_with("aws")
        && !lower.starts_with("ssm")
}

/// The parameter's labels with these on a version, wherever they were before.
///
/// # Errors
///
/// `TooManyLabels` if the version would have more than ten.
pub(crate) fn attach(old: &Labels, version: i64, labels: &[String]) -> Result<Labels, ParameterError> {
    let mut new = old.clone();
    new.extend(labels.iter().map(|label| (label.as_str().into(), version)));
    match new.values().filter(|at| **at == version).count() {
        0..=Parameter::MAX_LABELS => Ok(new),
        _ => Err(ParameterError::TooManyLabels),
    }
}

/// The transaction that gives the parameter these labels, empty if it has them; no new version comes of it.
pub(crate) fn write(call: &Call<'_>, name: &ParameterName, old: &Stored<Parameter>, labels: Labels) -> Txn {
    let mut txn = Txn::new();
    if labels == old.all_labels() {
        return txn;
    }
    let key = keys::parameter(call.scope, name);
    txn.unchanged(key.clone(), Some(old.revision));
    let labels = (!labels.is_empty()).then(|| Box::new(labels));
    txn.put(
        key,
        &Parameter {
            labels,
            ..Parameter::clone(old)
        },
    );
    txn
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_label_has_letters_digits_and_three_symbols_and_begins_with_none_of_the_reserved() {
        for label in ["prod", "a1", "_x", ".", "-1", "A.b-c_9", "laws", "as", "x-aws"] {
            assert!(is_valid(label), "{label}");
        }
        for label in [
            "1a", "9", "aws", "AWSx", "ssm", "Ssm-1", "a b", "a/b", "a:b", "é", "a,b",
        ] {
            assert!(!is_valid(label), "{label}");
        }
    }

    #[test]
    fn each_label_of_a_request_is_sorted_once() {
        let sorted = Sorted::by(&labels(&["a", "1", "b", "a", "1"]), is_valid);
        assert_eq!(sorted.good, ["a", "b"]);
        assert_eq!(sorted.invalid, ["1"]);
    }

    #[test]
    fn the_eleventh_label_of_a_version_is_too_many_and_one_that_is_there_does_not_count_twice() {
        let ten = labels(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
        let full = attach(&Labels::new(), 3, &ten).unwrap();
        assert_eq!(attach(&full, 3, &ten), Ok(full.clone()));
        assert_eq!(
            attach(&full, 3, &labels(&["k"])),
            Err(ParameterError::TooManyLabels)
        );
        let moved = attach(&full, 4, &labels(&["a"])).unwrap();
        assert!(attach(&moved, 3, &labels(&["k"])).is_ok());
    }

    proptest! {
        #[test]
        fn a_label_is_on_one_version_at_most(moves in proptest::collection::vec((1..4i64, "[ab]{1,2}"), 0..20)) {
            let mut now = Labels::new();
            for (version, label) in moves {
                let one = [label.clone()];
                now = attach(&now, version, &one).unwrap();
                prop_assert_eq!(now.get(label.as_str()), Some(&version));
            }
        }
    }
}
