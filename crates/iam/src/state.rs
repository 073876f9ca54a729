//! IAM in memory: every account's users, roles and policies, compiled, at one revision.

use std::ops::Deref;
use std::sync::Arc;

use imbl::{HashMap, OrdMap, OrdSet};
use kagiban_aws::{AccessKeyId, AccountId, Arn};
use kagiban_store::{Error, Event, Record, Rev};

use crate::records::{self, AccessKey, InstanceProfile, ManagedPolicy, PolicyVersion, Role, User};

/// A record with the revision that wrote it: what a condition on it compares.
#[derive(Clone, Debug)]
pub struct Stored<T> {
    value: Arc<T>,
    /// The revision of its last change.
    pub revision: Rev,
}

impl<T: Record> Stored<T> {
    /// Reads a change; `None` for a deletion.
    ///
    /// # Errors
    ///
    /// If the value is not such a record, or a newer server's.
    pub fn read(event: &Event) -> Result<Option<Stored<T>>, Error> {
        let record = event.record::<T>()?;
        Ok(record.map(|value| Stored {
            value: Arc::new(value),
            revision: event.mod_rev,
        }))
    }
}

impl<T> Stored<T> {
    /// The record, shared.
    pub fn shared(&self) -> &Arc<T> {
        &self.value
    }
}

impl<T> Deref for Stored<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A map by name whose entries appear, change and vanish with events.
pub type ByName<T> = OrdMap<Box<str>, Stored<T>>;

/// Carries one change into a map.
///
/// # Errors
///
/// As [`Stored::read`].
pub fn apply<K: Ord + Clone, T: Record + Clone>(
    map: &mut OrdMap<K, Stored<T>>,
    key: K,
    event: &Event,
) -> Result<(), Error> {
    match Stored::read(event)? {
        Some(stored) => map.insert(key, stored),
        None => map.remove(&key),
    };
    Ok(())
}

/// One account.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The account's own record: there since the first start.
    pub record: Option<Stored<records::Account>>,
    /// Users by lower-case name.
    pub users: ByName<User>,
    /// Roles by lower-case name.
    pub roles: ByName<Role>,
    /// Managed policies by lower-case name.
    pub policies: ByName<ManagedPolicy>,
    /// Their documents, by lower-case policy name and version.
    pub policy_versions: OrdMap<(Box<str>, u32), Stored<PolicyVersion>>,
    /// How many users and roles each managed policy is attached to.
    pub attachments: OrdMap<Box<str>, u32>,
    /// Instance profiles by lower-case name.
    pub instance_profiles: ByName<InstanceProfile>,
    /// Every long-term key's owner (lower-case user name, empty for root) and id, in order.
    pub access_keys: OrdSet<(Box<str>, AccessKeyId)>,
}

impl Account {
    /// A user by name, without regard to case.
    pub fn user(&self, name: &str) -> Option<&Stored<User>> {
        by_name(&self.users, name)
    }

    /// A role by name, without regard to case.
    pub fn role(&self, name: &str) -> Option<&Stored<Role>> {
        by_name(&self.roles, name)
    }

    /// An instance profile by name, without regard to case.
    pub fn instance_profile(&self, name: &str) -> Option<&Stored<InstanceProfile>> {
        by_name(&self.instance_profiles, name)
    }

    /// A managed policy by its ARN, whose path must be right too.
    pub fn policy(&self, arn: &Arn) -> Option<&Stored<ManagedPolicy>> {
        let path_and_name = arn.resource().strip_prefix("policy")?;
        let name = path_and_name.rsplit('/').next()?;
        by_name(&self.policies, name)
            .filter(|policy| path_and_name.strip_suffix(policy.name.as_str()) == Some(&policy.path))
    }

    /// A managed policy by name alone, without regard to case and path.
    pub fn policy_named(&self, name: &str) -> Option<&Stored<ManagedPolicy>> {
        by_name(&self.policies, name)
    }

    /// One document of a managed policy.
    pub fn policy_version(&self, policy: &ManagedPolicy, version: u32) -> Option<&Stored<PolicyVersion>> {
        self.policy_versions
            .get(&(policy.name.to_lowercase().into(), version))
    }

    /// The document of a managed policy that is in force.
    pub fn policy_in_force(&self, arn: &Arn) -> Option<&Stored<PolicyVersion>> {
        let policy = self.policy(arn)?;
        self.policy_version(policy, policy.default_version)
    }

    /// How many users and roles a managed policy is attached to.
    pub fn attachment_count(&self, arn: &Arn) -> u32 {
        self.attachments.get(arn.as_str()).copied().unwrap_or(0)
    }
}

/// Looks a name up in lower case, which most names already are.
fn by_name<'m, T>(map: &'m ByName<T>, name: &str) -> Option<&'m Stored<T>> {
    if name.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
        map.get(name.to_lowercase().as_str())
    } else {
        map.get(name)
    }
}

/// All of IAM.
#[derive(Clone, Debug, Default)]
pub struct State {
    accounts: HashMap<AccountId, Arc<Account>>,
    access_keys: HashMap<AccessKeyId, Stored<AccessKey>>,
}

impl State {
    /// An account that this server keeps.
    pub fn account(&self, account: AccountId) -> Option<&Account> {
        self.accounts
            .get(&account)
            .map(AsRef::as_ref)
            .filter(|account| account.record.is_some())
    }

    /// A long-term access key, active or not.
    pub fn access_key(&self, id: AccessKeyId) -> Option<&Stored<AccessKey>> {
        self.access_keys.get(&id)
    }

    /// Every account that this server keeps.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> {
        self.accounts
            .iter()
            .filter(|(_, account)| account.record.is_some())
            .map(|(id, _)| *id)
    }

    /// Carries one change under `/cred/` into memory.
    ///
    /// # Errors
    ///
    /// If the record cannot be read: then nothing may be served from this state.
    pub fn apply_access_key(&mut self, id: &str, event: &Event) -> Result<(), Error> {
        let id: AccessKeyId = id.parse().map_err(|_| misplaced(event))?;
        if let Some(old) = self.access_keys.remove(&id) {
            self.account_mut(old.account)
                .access_keys
                .remove(&(owner(&old), id));
        }
        if let Some(new) = Stored::<AccessKey>::read(event)? {
            self.account_mut(new.account)
                .access_keys
                .insert((owner(&new), id));
            self.access_keys.insert(id, new);
        }
        Ok(())
    }

    /// Carries one change under `/a/<account>/iam/` into memory; `parts` are those after `iam`.
    ///
    /// # Errors
    ///
    /// As [`State::apply_access_key`].
    pub fn apply(&mut self, account: AccountId, parts: &[&str], event: &Event) -> Result<(), Error> {
        let account = self.account_mut(account);
        match parts {
            ["account"] => account.record = Stored::read(event)?,
            ["user", name] => apply(&mut account.users, (*name).into(), event)?,
            ["role", name] => apply(&mut account.roles, (*name).into(), event)?,
            ["policy", name] => apply(&mut account.policies, (*name).into(), event)?,
            ["policyver", name, version] => {
                let version = version.parse().map_err(|_| misplaced(event))?;
                apply(&mut account.policy_versions, ((*name).into(), version), event)?;
            }
            ["attach", policy, ..] => count(&mut account.attachments, policy, event.value.is_some()),
            ["profile", name] => apply(&mut account.instance_profiles, (*name).into(), event)?,
            _ => {} // a newer server's
        }
        Ok(())
    }

    fn account_mut(&mut self, account: AccountId) -> &mut Account {
        Arc::make_mut(self.accounts.entry(account).or_default())
    }
}

/// A key that no server writes: the store is not what it should be.
pub fn misplaced(event: &Event) -> Error {
    Error::Corrupt(format!("no record belongs at `{}`", event.key))
}

fn owner(key: &AccessKey) -> Box<str> {
    key.user.as_deref().unwrap_or_default().to_lowercase().into()
}

/// INVARIANT: an attachment is only ever made where none was and removed where one was; both are
/// conditions of their transactions.
fn count(attachments: &mut OrdMap<Box<str>, u32>, policy: &str, added: bool) {
    let before = attachments.get(policy).copied().unwrap_or(0);
    match (added, before) {
        (true, before) => attachments.insert(policy.into(), before + 1),
        (false, 0 | 1) => attachments.remove(policy),
        (false, before) => attachments.insert(policy.into(), before - 1),
    };
}
