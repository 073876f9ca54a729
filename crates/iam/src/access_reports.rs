//! Reports on who used which service when: whom they are about, and their jobs.

use kagiban_aws::{AccountId, Arn, Timestamp};

use crate::entity::Entity;
use crate::managed_policy::PolicyArn;
use crate::records::{Group, Role, User};
use crate::{Account, Call, Entropy, IamError, Requirement};

/// The user, group, role or policy that a report is about.
#[derive(Clone, Debug)]
pub(crate) struct Subject(Arn);

impl Subject {
    /// Takes a member that the wire demands.
    ///
    /// # Errors
    ///
    /// If it is no ARN.
    pub(crate) fn required(wire: Option<String>) -> Result<Subject, IamError> {
        let arn = PolicyArn::required(wire)?; // the same words for whatever is no ARN
        Ok(Subject(arn.arn().clone()))
    }

    /// What a caller must be allowed who asks about the subject, whether it exists or not.
    pub(crate) fn target(&self, action: &'static str, account: &Account, call: &Call<'_>) -> Requirement {
        let id = call.scope.account;
        match self.kind_and_name() {
            Some(("user", name)) if self.is::<User>(account, id, name) => {
                User::target(action, account, id, name)
            }
            Some(("group", name)) if self.is::<Group>(account, id, name) => {
                Group::target(action, account, id, name)
            }
            Some(("role", name)) if self.is::<Role>(account, id, name) => {
                Role::target(action, account, id, name)
            }
            _ => Requirement::on(action, self.0.clone(), self.0.account_id().unwrap_or(id)),
        }
    }

    /// Refuses a subject that is not there.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub(crate) fn existing(&self, account: &Account, id: AccountId) -> Result<(), IamError> {
        let there = match self.kind_and_name() {
            Some(("user", name)) => self.is::<User>(account, id, name),
            Some(("group", name)) => self.is::<Group>(account, id, name),
            Some(("role", name)) => self.is::<Role>(account, id, name),
            Some(("policy", _)) => PolicyArn::parse(self.0.as_str())?.find(account, id).is_some(),
            _ => false,
        };
        match there {
            true => Ok(()),
            // UNSURE: AWS's sentence.
            false => Err(IamError::NoSuchEntity(format!("ARN {} was not found.", self.0))),
        }
    }

    fn kind_and_name(&self) -> Option<(&str, &str)> {
        let (kind, rest) = self.0.resource().split_once('/')?;
        Some((kind, rest.rsplit('/').next()?))
    }

    /// Whether the ARN is that of the entity of this name.
    fn is<E: Entity>(&self, account: &Account, id: AccountId, name: &str) -> bool {
        E::find(account, name).is_some_and(|entity| entity.arn(id) == self.0)
    }
}

/// A report that was asked for, known by a UUID that says when (version 7): nothing else has to be
/// remembered of a report that is always empty.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    created: Timestamp,
}

impl Job {
    /// The id of a job of now.
    pub(crate) fn id(now: Timestamp, entropy: &Entropy) -> String {
        let millis = format!("{:012x}", now.millis().max(0));
        let random = entropy.uuid();
        format!("{}-{}-7{}", &millis[..8], &millis[8..], &random[15..])
    }

    /// Takes a member that the wire demands.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity` for what [`Job::id`] never gave.
    pub(crate) fn required(wire: Option<String>) -> Result<Job, IamError> {
        let id = wire.unwrap_or_default();
        let hex = id.get(..8).zip(id.get(9..13));
        let millis = hex
            .filter(|_| id.len() == 36 && id.get(14..15) == Some("7"))
            .and_then(|(high, low)| u64::from_str_radix(&format!("{high}{low}"), 16).ok())
            .and_then(|millis| i64::try_from(millis).ok());
        match millis {
            Some(millis) => Ok(Job {
                created: Timestamp::from_millis(millis),
            }),
            // UNSURE: AWS's sentence.
            None => Err(IamError::NoSuchEntity(format!("Job {id} was not found."))),
        }
    }

    /// When the report was asked for, and made.
    pub(crate) fn created(&self) -> Timestamp {
        self.created
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_knows_when_it_was_made() {
        let now = Timestamp::from_seconds(1_700_000_000);
        let id = Job::id(now, &Entropy::system());
        assert_eq!(id.len(), 36);
        assert_eq!(Job::required(Some(id)).unwrap().created(), now);
        for id in ["", "00000000-0000-4000-8000-000000000000", "ä"] {
            assert!(Job::required(Some(id.to_owned())).is_err(), "{id}");
        }
    }
}
