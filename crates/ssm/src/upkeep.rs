//! What parameter policies demand when its time has come, without anybody asking: parameters are
//! deleted when they expire, and somebody is told before that, or when nothing has changed for long.
//!
//! All of it follows from the records, so a server that was off does it when it is back; an expired
//! parameter cannot be seen meanwhile ([`View::parameter`]). Here it is decided; the server commits
//! it. Each transaction holds only if the parameter is still as it was seen.

use kagiban_aws::{Arn, Timestamp};
use kagiban_iam::{Scope, Stored};
use kagiban_store::Txn;

use crate::deleted::Deleting;
use crate::policies::{self, Rule};
use crate::records::{Parameter, Rare, Version, keys};
use crate::{ParameterName, State};

/// Something that is due.
#[derive(Clone, Debug)]
pub struct Due {
    scope: Scope,
    parameter: Stored<Parameter>,
    /// What it is.
    pub work: Work,
}

/// What is due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Work {
    /// The parameter has expired: it is deleted, as if somebody did it.
    Delete,
    /// Somebody is to be told what the policy of this place in the list says.
    Notify(usize),
}

/// What is due now, the next thing of each parameter: what comes after it is due once it is done.
pub fn due(state: &State, now: Timestamp) -> Vec<Due> {
    let parameters = state.stored();
    parameters
        .filter_map(|(scope, parameter)| {
            let work = work(&parameter.current, now)?;
            Some(Due {
                scope,
                parameter: parameter.clone(),
                work,
            })
        })
        .collect()
}

fn work(version: &Version, now: Timestamp) -> Option<Work> {
    let policies = version.policies();
    let expires = policies::expiry(policies);
    if expires.is_some_and(|at| at <= now) {
        return Some(Work::Delete);
    }
    let due = |rule: &Rule| {
        let at = rule.notifies_at(expires, version.modified);
        at.is_some_and(|at| at <= now)
    };
    let notify = policies
        .iter()
        .position(|policy| !policy.finished && due(&policy.rule));
    notify.map(Work::Notify)
}

impl Due {
    /// What is due about the parameter as it is now, if anything still is.
    pub fn anew(&self, state: &State, now: Timestamp) -> Option<Due> {
        let parameter = state.parameter(self.scope, &self.name())?;
        let work = work(&parameter.current, now)?;
        Some(Due {
            parameter: parameter.clone(),
            work,
            ..*self
        })
    }

    /// The account and Region of the parameter.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The parameter's ARN.
    pub fn arn(&self) -> Arn {
        self.name().arn(self.scope)
    }

    /// What the audit calls it: AWS's words for the policies, and for what it does by itself.
    pub fn operation(&self) -> &'static str {
        match self.work {
            Work::Delete => "DeleteExpiredParameter",
            Work::Notify(place) => self.parameter.current.policies()[place].rule.name(),
        }
    }

    /// The transaction that does it, provided nobody changed the parameter.
    pub fn txn(&self, state: &State, now: Timestamp) -> Txn {
        match self.work {
            Work::Delete => Deleting::of_expired(state, self.scope, now).delete(&self.parameter),
            Work::Notify(place) => self.finish(place),
        }
    }

    fn name(&self) -> ParameterName {
        ParameterName::stored(&self.parameter.name)
    }

    /// The policy is not looked at again; no new version comes of it.
    fn finish(&self, place: usize) -> Txn {
        let mut parameter = Parameter::clone(&self.parameter);
        let rare = parameter.current.rare.as_deref().cloned();
        let mut rare: Rare = rare.unwrap_or_default();
        rare.policies[place].finished = true;
        parameter.current.rare = rare.boxed();
        let key = keys::parameter(self.scope, &self.name());
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(self.parameter.revision));
        txn.put(key, &parameter);
        txn
    }
}
