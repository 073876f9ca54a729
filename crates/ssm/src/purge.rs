//! Deleted parameters whose time is over: found here, destroyed by the server.
//!
//! When that is follows from the records alone, so a server that was off does it when it is back.

use kagiban_aws::{Arn, Timestamp};
use kagiban_iam::Scope;
use kagiban_store::Txn;

use crate::deleted::Deleted;
use crate::{ParameterName, State};

/// The server's name for it in the audit log.
pub const WORK: &str = "PurgeParameter";

/// A deleted parameter whose time is over.
#[derive(Clone, Debug)]
pub struct Due {
    scope: Scope,
    deleted: Deleted,
}

/// Every deleted parameter whose time is over.
pub fn due(state: &State, now: Timestamp) -> Vec<Due> {
    let over = state.all_deleted().filter(|(_, deleted)| deleted.purge <= now);
    over.map(|(scope, deleted)| Due {
        scope,
        deleted: deleted.clone(),
    })
    .collect()
}

impl Due {
    /// The same as it is now, if its time is still over: the name may have been deleted anew since.
    pub fn anew(&self, state: &State, now: Timestamp) -> Option<Due> {
        let deleted = state.deleted(self.scope, &ParameterName::stored(&self.deleted.name))?;
        (deleted.purge <= now).then(|| Due {
            deleted: deleted.clone(),
            ..*self
        })
    }

    /// The account and Region.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The ARN that the parameter had.
    pub fn arn(&self) -> Arn {
        ParameterName::stored(&self.deleted.name).arn(self.scope)
    }

    /// The transaction that destroys it with its history, provided it is as it was seen.
    pub fn txn(&self) -> Txn {
        self.deleted.purge(self.scope)
    }
}
