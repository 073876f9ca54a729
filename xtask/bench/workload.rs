//! What is asked of a server, over and over.

use std::fmt::Write as _;

use crate::client::Call;

/// Names in use; a server that remembers only its last answer gains nothing.
pub(crate) const NAMES: usize = 500;
/// Bytes in a value.
pub(crate) const VALUE_BYTES: usize = 100;

/// A kind of request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Workload {
    /// Read a SecureString, decrypted, under one of so many names.
    Get { names: usize },
    /// Overwrite a SecureString.
    Put { names: usize },
    /// Read the first page under one of so many paths.
    Page { paths: usize },
    /// Describe the first page of the SecureStrings whose names begin with one of so many paths.
    Describe { paths: usize },
    /// Have KMS do something, with one of these bodies.
    Kms {
        operation: &'static str,
        bodies: &'static [String],
    },
}

/// Parameters below one path.
pub(crate) const PER_PATH: usize = 20;

impl Workload {
    /// The `turn`th request; any number will do.
    pub(crate) fn call(self, turn: u64) -> Call {
        match self {
            Workload::Get { names } => Call::ssm("GetParameter", get(pick(turn, names))),
            Workload::Put { names } => put(pick(turn, names), true),
            Workload::Page { paths } => Call::ssm("GetParametersByPath", page(pick(turn, paths))),
            Workload::Describe { paths } => Call::ssm("DescribeParameters", describe(pick(turn, paths))),
            Workload::Kms { operation, bodies } => {
                Call::kms(operation, bodies[pick(turn, bodies.len())].clone())
            }
        }
    }
}

/// Makes one parameter, or gives it another value.
pub(crate) fn put(number: usize, overwrite: bool) -> Call {
    let name = name(number);
    let value = value(number);
    Call::ssm(
        "PutParameter",
        format!(r#"{{"Name":"{name}","Value":"{value}","Type":"SecureString","Overwrite":{overwrite}}}"#),
    )
}

/// Names share their paths, as those of real parameters do.
pub(crate) fn name(number: usize) -> String {
    format!("/bench/{:04}/{number:06}", number / PER_PATH)
}

/// Base64-like text.
pub(crate) fn value(number: usize) -> String {
    let mut value = String::with_capacity(VALUE_BYTES + 8);
    while value.len() < VALUE_BYTES {
        write!(value, "v{number}x").expect("a String takes everything");
    }
    value.truncate(VALUE_BYTES);
    value
}

fn get(number: usize) -> String {
    let name = name(number);
    format!(r#"{{"Name":"{name}","WithDecryption":true}}"#)
}

fn page(path: usize) -> String {
    format!(r#"{{"Path":"/bench/{path:04}","WithDecryption":true,"MaxResults":10}}"#)
}

fn describe(path: usize) -> String {
    format!(
        r#"{{"ParameterFilters":[{{"Key":"Name","Option":"BeginsWith","Values":["/bench/{path:04}/"]}},{{"Key":"Type","Values":["SecureString"]}}],"MaxResults":10}}"#
    )
}

/// Spreads turns over `count` things (Knuth's multiplicative hash).
fn pick(turn: u64, count: usize) -> usize {
    let spread = turn.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
    spread as usize % count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_reach_every_name() {
        let mut seen = [false; NAMES];
        (0..20_000).for_each(|turn| seen[pick(turn, NAMES)] = true);
        assert!(seen.iter().all(|seen| *seen));
    }

    #[test]
    fn values_have_their_length() {
        assert_eq!(value(7).len(), VALUE_BYTES);
    }
}
