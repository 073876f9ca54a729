//! What may allow something besides policies: the grants on a KMS key.
//!
//! Which grants there are is the key's affair; whether one covers a request depends on who asks and in
//! which circumstances, and those are known here. So a requirement brings its grants along, and they are
//! asked when it is decided.

use std::fmt;

use kagiban_policy::{Context, Granted, Principal, Reach};

/// The grants that count for one requirement.
pub trait Grants: fmt::Debug + Send + Sync {
    /// The grant that covers the request, if one does; of several one that names the caller most closely.
    fn covering(&self, who: &Principal<'_>, context: &dyn Context) -> Option<Covering>;
}

/// A grant that covers a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Covering {
    /// The grant's id.
    pub grant: String,
    /// How closely it names the caller.
    pub reach: Reach,
}

impl Covering {
    /// The same, as the policies' decision takes it.
    pub(crate) fn granted(&self) -> Granted<'_> {
        Granted {
            id: &self.grant,
            reach: self.reach,
        }
    }
}
