use kagiban_iam::sts::web_identity::Issuers;

use crate::edge::{Snapshot, World};

/// What this service's operations see: everything, at one revision.
#[derive(Clone, Copy, Debug)]
pub struct View<'v> {
    /// Every service's state.
    pub world: &'v World,
    /// The same, to make the services' own views of.
    snapshot: Snapshot<'v>,
    /// What is known of the keys of identity providers.
    pub issuers: &'v Issuers,
}

impl<'v> View<'v> {
    /// The same revision as KMS sees it.
    pub fn kms(&self) -> kagiban_kms::View<'v> {
        kagiban_kms::View::from(self.snapshot)
    }

    /// The same revision as Parameter Store sees it.
    pub fn ssm(&self) -> kagiban_ssm::View<'v> {
        kagiban_ssm::View::from(self.snapshot)
    }
}

impl AsRef<kagiban_iam::State> for View<'_> {
    fn as_ref(&self) -> &kagiban_iam::State {
        &self.world.iam
    }
}

impl<'s> From<Snapshot<'s>> for View<'s> {
    fn from(snapshot: Snapshot<'s>) -> Self {
        View {
            world: snapshot.world,
            issuers: snapshot.issuers,
            snapshot,
        }
    }
}
