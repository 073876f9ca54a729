//! The one thing that a running server cannot mend: a store that takes no more writes.

use kagiban_store::Error;

use crate::http::Shutdown;

/// The word that the store takes no more writes; clones share it.
///
/// After a failed write, such as on a full disk, only opening the store anew can tell what it holds.
/// So the server ends, not with success, and whoever started it starts it again.
#[derive(Clone, Debug, Default)]
pub struct Outage(Shutdown);

impl Outage {
    /// A store that takes writes for now.
    pub fn new() -> Outage {
        Outage::default()
    }

    /// Looks at why a commit failed, and spreads the word if no other will succeed.
    pub fn suspect(&self, error: &Error) {
        let is_final = match error {
            Error::Unavailable | Error::Unknown(_) => true,
            Error::Compacted
            | Error::LeaseGone
            | Error::TooLarge { .. }
            | Error::TooManyOps { .. }
            | Error::DuplicateKey(_)
            | Error::PrefixBoundary(_)
            | Error::Reserved(_)
            | Error::Corrupt(_)
            | Error::NewerSchema { .. }
            | Error::Other(_) => false,
        };
        if is_final && !self.has_come() {
            tracing::error!(
                "the store cannot be written any more; the server ends, to be started again once the disk \
                 works and has room"
            );
            self.0.begin();
        }
    }

    /// Whether the store takes no more writes.
    pub fn has_come(&self) -> bool {
        self.0.has_begun()
    }

    /// Returns once the store takes no more writes.
    pub async fn come(&self) {
        self.0.begun().await;
    }
}

#[cfg(test)]
mod tests {
    use kagiban_store::OpId;

    use super::*;

    #[tokio::test]
    async fn a_writer_that_is_gone_is_an_outage_for_all_who_share_the_word() {
        for error in [Error::Unavailable, Error::Unknown(OpId::random())] {
            let outage = Outage::new();
            let shared = outage.clone();
            shared.suspect(&error);
            assert!(outage.has_come());
            outage.come().await;
        }
    }

    #[test]
    fn a_transaction_that_does_not_fit_is_none() {
        let outage = Outage::new();
        outage.suspect(&Error::TooManyOps {
            what: "operations",
            count: 2,
            limit: 1,
        });
        assert!(!outage.has_come());
    }
}
