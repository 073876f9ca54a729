//! What the edge notes of credentials besides their requests: when they were last used, and that the
//! root user's should not be.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kagiban_aws::{AccountId, Timestamp};
use kagiban_iam::{Caller, Identity};
use kagiban_store::{Committed, Error};

use super::Edge;

impl Edge {
    /// Writes when access keys, roles and KMS's keys were last used, and nodes last heard of, as far as that
    /// is not written yet. What loses a race against a change of its key or role is written the next time.
    ///
    /// # Errors
    ///
    /// The store cannot be written; nothing is forgotten then.
    pub async fn write_uses(&self) -> Result<(), Error> {
        let root = self.memory.snapshot();
        let uses = root.state.iam.last_uses();
        for writing in uses.to_write(&root.state.iam) {
            if let Committed::Ok(_) = self.memory.commit(writing.txn.clone()).await? {
                uses.written(&writing);
            }
        }
        for txn in self.presence.to_write(&root.state.ssm) {
            self.memory.commit(txn).await?;
        }
        let uses = root.state.kms.last_usages();
        for writing in uses.to_write(&root.state.kms) {
            if let Committed::Ok(_) = self.memory.commit(writing.txn.clone()).await? {
                uses.written(&writing);
            }
        }
        Ok(())
    }
}

/// Says in the log that root credentials are in use: the first time at once, then now and then.
#[derive(Debug, Default)]
pub(super) struct RootWatch(Mutex<HashMap<AccountId, Timestamp>>);

impl RootWatch {
    /// How long one sentence is enough.
    const PAUSE: Duration = Duration::from_secs(60 * 60);

    /// To be called with every caller; costs nothing but for the root user.
    pub(super) fn see(&self, caller: &Caller, now: Timestamp) {
        if !matches!(caller.identity, Identity::Root) || !self.is_due(caller.account, now) {
            return;
        }
        tracing::warn!(
            account = %caller.account,
            access_key_id = caller.access_key_id.as_str(),
            "root credentials are in use, which no policy can limit; make an administrator (an IAM user with \
             AdministratorAccess), work as that user, and lock the root access key away"
        );
    }

    fn is_due(&self, account: AccountId, now: Timestamp) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = said
            .get(&account)
            .is_none_or(|last| last.plus(Self::PAUSE) <= now);
        if due {
            said.insert(account, now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_warned_at_once_and_then_once_an_hour() {
        let watch = RootWatch::default();
        let (a, b) = ("111122223333".parse().unwrap(), "444455556666".parse().unwrap());
        let at = |seconds: i64| Timestamp::from_seconds(1_700_000_000 + seconds);
        assert!(watch.is_due(a, at(0)));
        assert!(!watch.is_due(a, at(1)));
        assert!(watch.is_due(b, at(1)));
        assert!(!watch.is_due(a, at(3599)));
        assert!(watch.is_due(a, at(3600)));
        assert!(!watch.is_due(a, at(3601)));
    }
}
