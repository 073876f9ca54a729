use crate::State;
use crate::sts::SessionKey;

/// What IAM's and STS's operations see: one revision of IAM, and the key that sessions are made with.
#[derive(Clone, Copy, Debug)]
pub struct View<'v> {
    /// Users, roles and policies.
    pub iam: &'v State,
    /// Seals session tokens.
    pub sessions: &'v SessionKey,
}

impl AsRef<State> for View<'_> {
    fn as_ref(&self) -> &State {
        self.iam
    }
}
