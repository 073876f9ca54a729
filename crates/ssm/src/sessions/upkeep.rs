//! Sessions that ended long ago are forgotten.

use kagiban_aws::Timestamp;
use kagiban_iam::{Scope, Stored};
use kagiban_store::Txn;

use super::HISTORY;
use crate::State;
use crate::records::{Session, keys};

/// What the audit log calls it.
pub const WORK: &str = "ForgetSession";

/// A session whose thirty days are over.
#[derive(Clone, Debug)]
pub struct Due {
    scope: Scope,
    id: Box<str>,
    session: Stored<Session>,
}

/// Those that are over now.
pub fn due(state: &State, now: Timestamp) -> Vec<Due> {
    let sessions = state
        .all_sessions()
        .filter(|(_, _, session)| is_due(session, now));
    sessions
        .map(|(scope, id, session)| Due {
            scope,
            id: id.into(),
            session: session.clone(),
        })
        .collect()
}

fn is_due(session: &Session, now: Timestamp) -> bool {
    session.ended.is_some_and(|ended| ended.plus(HISTORY) <= now)
}

impl Due {
    /// The same on a newer snapshot, if it is still due there.
    pub fn anew(&self, state: &State, now: Timestamp) -> Option<Due> {
        let session = state.session(self.scope, &self.id)?;
        is_due(session, now).then(|| Due {
            session: session.clone(),
            ..self.clone()
        })
    }

    /// The account and Region of the session.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The session's ARN.
    pub fn arn(&self) -> String {
        let Scope { account, region } = self.scope;
        format!("arn:aws:ssm:{region}:{account}:session/{}", self.id)
    }

    /// The transaction that forgets it, if it is still as it was seen.
    pub fn txn(&self) -> Txn {
        let key = keys::session(self.scope, &self.id);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(self.session.revision))
            .delete(key);
        txn
    }
}
