use crate::sts::SessionKey;
use crate::sts::web_identity::Issuers;
use crate::{Account, Call, IamError, State};

/// What IAM's and STS's operations see: one revision of IAM, and the key that sessions are made with.
#[derive(Clone, Copy, Debug)]
pub struct View<'v> {
    /// Users, roles and policies.
    pub iam: &'v State,
    /// Seals session tokens.
    pub sessions: &'v SessionKey,
    /// What is known of the keys of identity providers.
    pub issuers: &'v Issuers,
}

impl<'v> View<'v> {
    /// The account that a call is about.
    ///
    /// # Errors
    ///
    /// If this server does not keep it (any more).
    pub fn account(&self, call: &Call<'_>) -> Result<&'v Account, IamError> {
        let id = call.scope.account;
        self.iam
            .account(id)
            .ok_or_else(|| IamError::AccessDenied(format!("Account {id} is not kept here.")))
    }
}

impl AsRef<State> for View<'_> {
    fn as_ref(&self) -> &State {
        self.iam
    }
}
