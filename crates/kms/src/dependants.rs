//! What other services keep under keys, which KMS itself cannot see.

use std::fmt;

use kagiban_aws::Arn;
use kagiban_iam::Scope;

use crate::{Found, KmsError, View};

/// The part of a service that knows what it keeps under which key.
pub trait Dependants: fmt::Debug + Sync {
    /// What could no longer be read in a key's Region without the key. At most `at_most` are named.
    fn needing(&self, scope: Scope, key_id: &str, at_most: usize) -> Needing;
}

/// What needs a key.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Needing {
    /// How much there is.
    pub count: usize,
    /// The names of some of it, as far as it is the account's that owns the key.
    pub names: Vec<String>,
    /// What can be done about it: sentences without the last full stop.
    pub advice: String,
}

/// The tag that lets a key be destroyed although something needs it.
const FORCE: &str = "kagiban:force-deletion";

/// How many names a refusal has.
const NAMED: usize = 10;

/// Refuses to let a key be destroyed that something still needs, unless its tags say so.
///
/// The names are parameters' of the key's own account. A caller who may destroy the key may know
/// what would be lost with it, also without permission to list parameters.
///
/// A parameter that is written in the same moment may be missed, so the question is asked once more
/// when the waiting time is over.
///
/// # Errors
///
/// `InvalidState`, with the names of what needs it.
pub(crate) fn demand_none(found: &Found, view: &View<'_>) -> Result<(), KmsError> {
    // DIFFERS: AWS destroys keys whatever is encrypted under them, because KMS there knows of nothing
    // that is. Here the same server keeps both, and what is lost would be lost for good.
    let forced = |tag: &&kagiban_iam::records::Tag| tag.key == FORCE && tag.value == "true";
    if found.key.tags.iter().any(|tag| forced(&tag)) {
        return Ok(());
    }
    let needing = view.dependants.needing(found.scope, &found.key.id, NAMED);
    match needing.count {
        0 => Ok(()),
        _ => Err(KmsError::InvalidState(refusal(&found.arn(), &needing))),
    }
}

fn refusal(arn: &Arn, Needing { count, names, advice }: &Needing) -> String {
    let listed = match (names.len(), count - names.len()) {
        (0, _) => "of other accounts".to_owned(),
        (_, 0) => names.join(", "),
        (_, more) => format!("{} and {more} more", names.join(", ")),
    };
    let what = if *count == 1 {
        "SecureString parameter"
    } else {
        "SecureString parameters"
    };
    format!(
        "{arn} is needed to read {count} {what}: {listed}. {advice}; to lose them, tag the key with {FORCE}=true and schedule \
         its deletion again."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_would_be_lost_and_how_to_lose_it() {
        let arn: Arn = "arn:aws:kms:us-east-1:111122223333:key/k".parse().unwrap();
        let said = |count, names: &[&str]| {
            let names = names.iter().map(ToString::to_string).collect();
            let advice = "Do this. Or that".to_owned();
            refusal(&arn, &Needing { count, names, advice })
        };
        let rest = "Do this. Or that; \
                    to lose them, tag the key with kagiban:force-deletion=true and schedule its deletion again.";
        let begin = "arn:aws:kms:us-east-1:111122223333:key/k is needed to read";
        assert_eq!(
            said(1, &["/a"]),
            format!("{begin} 1 SecureString parameter: /a. {rest}")
        );
        assert_eq!(
            said(3, &["/a", "/b"]),
            format!("{begin} 3 SecureString parameters: /a, /b and 1 more. {rest}")
        );
        assert_eq!(
            said(2, &[]),
            format!("{begin} 2 SecureString parameters: of other accounts. {rest}")
        );
    }
}
