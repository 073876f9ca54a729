//! IAM in memory: every account's users, roles and policies, compiled, at one revision.

mod account;

use std::ops::Deref;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use kagiban_aws::{AccessKeyId, AccountId, Arn};
use kagiban_store::{Error, Event, HashMap, Record, Rev};

use crate::last_used::LastUses;
use crate::mfa_devices::MfaDevices;
use crate::records::keys::EntityKind;
use crate::records::{
    self, AccessKey, AccountAlias, CredentialReport, Group, InstanceProfile, LastUsed, LoginProfile,
    ManagedPolicy, OidcProvider, PasswordPolicy, PolicyVersion, Role, SamlProvider, User,
};
use crate::uses::Uses;

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
    /// Groups by lower-case name.
    pub groups: ByName<Group>,
    /// Their lower-case names by unique id.
    group_names: HashMap<Box<str>, Box<str>>,
    /// Everybody in a group: the group's id and the user's lower-case name, in order.
    members: OrdSet<(Box<str>, Box<str>)>,
    /// Roles by lower-case name.
    pub roles: ByName<Role>,
    /// Managed policies by lower-case name.
    pub policies: ByName<ManagedPolicy>,
    /// Their documents, by lower-case policy name and version.
    pub policy_versions: OrdMap<(Box<str>, u32), Stored<PolicyVersion>>,
    /// The document in force of each managed policy, by ARN: what authorization reads.
    in_force: HashMap<Box<str>, Stored<PolicyVersion>>,
    /// Where managed policies are attached, and whom they bound.
    pub uses: Uses,
    /// Virtual MFA devices.
    pub mfa_devices: MfaDevices,
    /// Instance profiles by lower-case name.
    pub instance_profiles: ByName<InstanceProfile>,
    /// OpenID Connect providers by URL, without the scheme.
    pub oidc_providers: ByName<OidcProvider>,
    /// SAML providers by lower-case name.
    pub saml_providers: ByName<SamlProvider>,
    /// Every long-term key's owner (lower-case user name, empty for root) and id, in order.
    pub access_keys: OrdSet<(Box<str>, AccessKeyId)>,
    /// Passwords by lower-case user name.
    pub logins: ByName<LoginProfile>,
    /// What is demanded of passwords, if anybody has said.
    pub password_policy: Option<Stored<PasswordPolicy>>,
    /// The account's other name.
    pub alias: Option<Box<str>>,
    /// The newest report on credentials.
    pub credential_report: Option<Stored<CredentialReport>>,
    /// When long-term keys and roles were last used, by id, as far as that has been written.
    pub last_used: HashMap<Box<str>, Stored<LastUsed>>,
}

impl Account {
    /// A user by name, without regard to case.
    pub fn user(&self, name: &str) -> Option<&Stored<User>> {
        by_name(&self.users, name)
    }

    /// A group by name, without regard to case.
    pub fn group(&self, name: &str) -> Option<&Stored<Group>> {
        by_name(&self.groups, name)
    }

    /// The groups that a user is in, by unique id.
    pub fn groups_of(&self, user: &User) -> impl Iterator<Item = &Stored<Group>> {
        let names = user
            .groups
            .iter()
            .filter_map(|id| self.group_names.get(id.as_str()));
        names.filter_map(|name| self.groups.get(name))
    }

    /// The users in a group, by name.
    pub fn members_of(&self, group: &Group) -> impl Iterator<Item = &Stored<User>> {
        let id: Box<str> = group.id.as_str().into();
        self.members
            .range((id.clone(), Box::default())..)
            .take_while(move |(group, _)| *group == id)
            .filter_map(|(_, user)| self.users.get(user))
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

    /// The numbers of a managed policy's versions, oldest first.
    pub fn policy_versions_of(&self, policy: &ManagedPolicy) -> impl DoubleEndedIterator<Item = u32> {
        let name: Box<str> = policy.name.to_lowercase().into();
        self.policy_versions
            .range((name.clone(), 0)..=(name, u32::MAX))
            .map(|((_, number), _)| *number)
    }

    /// The document of a managed policy that is in force.
    pub fn policy_in_force(&self, arn: &Arn) -> Option<&Stored<PolicyVersion>> {
        self.in_force.get(arn.as_str())
    }

    /// Keeps [`Account::in_force`] in step with a policy's record and documents.
    fn put_in_force(&mut self, account: AccountId, name: &str, there: bool) {
        let Some(policy) = self.policies.get(name) else {
            return;
        };
        let arn = Box::from(policy.arn(account).as_str());
        let version = self.policy_version(policy, policy.default_version);
        match version.filter(|_| there).cloned() {
            Some(version) => self.in_force.insert(arn, version),
            None => self.in_force.remove(&arn),
        };
    }

    fn apply_group(&mut self, name: &str, event: &Event) -> Result<(), Error> {
        // A renamed group may have come under its new name before it goes under its old one.
        if let Some(old) = self.groups.get(name)
            && self.group_names.get(old.id.as_str()).map(AsRef::as_ref) == Some(name)
        {
            self.group_names.remove(old.id.as_str());
        }
        apply(&mut self.groups, name.into(), event)?;
        if let Some(new) = self.groups.get(name) {
            self.group_names.insert(new.id.as_str().into(), name.into());
        }
        Ok(())
    }

    /// Keeps [`Account::members`] in step with a user's record.
    fn regroup(&mut self, name: &str, old: Option<&Stored<User>>, new: Option<&Stored<User>>) {
        let pairs = |user: &Stored<User>| -> Vec<(Box<str>, Box<str>)> {
            let ids = user.groups.iter();
            ids.map(|id| (id.as_str().into(), name.into())).collect()
        };
        for pair in old.map(pairs).unwrap_or_default() {
            self.members.remove(&pair);
        }
        self.members.extend(new.map(pairs).unwrap_or_default());
    }

    /// The ids of a user's long-term keys, in order; of the root user's for an empty name.
    pub fn access_keys_of(&self, user: &str) -> impl Iterator<Item = AccessKeyId> {
        let least = "00000000000000000000"
            .parse()
            .expect("an id is twenty digits or letters");
        let user: Box<str> = user.to_lowercase().into();
        self.access_keys
            .range((user.clone(), least)..)
            .take_while(move |(owner, _)| *owner == user)
            .map(|(_, id)| *id)
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
    aliases: HashMap<Box<str>, Stored<AccountAlias>>,
    /// What was used lately: shared by every revision, and no part of any.
    last_uses: Arc<LastUses>,
    /// Users and roles by unique id.
    entities: HashMap<Box<str>, EntityRef>,
}

/// Where the user or role of a unique id is kept.
#[derive(Clone, Debug)]
struct EntityRef {
    account: AccountId,
    kind: EntityKind,
    name: Box<str>,
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

    /// The ARN of the living user or role that has this unique id (`AIDA…`, `AROA…`).
    pub fn arn_of_id(&self, id: &str) -> Option<Arn> {
        let EntityRef { account, kind, name } = self.entities.get(id)?;
        let kept = self.account(*account)?;
        match kind {
            EntityKind::User => kept.user(name).map(|user| user.arn(*account)),
            EntityKind::Role => kept.role(name).map(|role| role.arn(*account)),
            EntityKind::Group => None, // never indexed: no policy can name a group
        }
    }

    /// The living user of an account who has this unique id (`AIDA…`).
    pub fn user_by_id(&self, account: AccountId, id: &str) -> Option<&Stored<User>> {
        let found = self.entities.get(id).filter(|found| found.account == account)?;
        let user = self.account(account)?.user(&found.name)?;
        (user.id == id).then_some(user)
    }

    /// The living role of an account that has this unique id (`AROA…`).
    pub fn role_by_id(&self, account: AccountId, id: &str) -> Option<&Stored<Role>> {
        let found = self.entities.get(id).filter(|found| found.account == account)?;
        let role = self.account(account)?.role(&found.name)?;
        (role.id == id).then_some(role)
    }

    /// The unique id of the user or role that an ARN names now.
    pub fn id_of_arn(&self, arn: &Arn) -> Option<&str> {
        let id = arn.account_id()?;
        let account = self.account(id)?;
        let (kind, _) = arn.resource().split_once('/')?;
        let name = arn.resource().rsplit('/').next()?;
        match kind {
            "user" => account
                .user(name)
                .filter(|user| user.arn(id) == *arn)
                .map(|user| user.id.as_str()),
            "role" => account
                .role(name)
                .filter(|role| role.arn(id) == *arn)
                .map(|role| role.id.as_str()),
            _ => None,
        }
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
        match parts {
            ["user", name] => return self.apply_user(account, name, event),
            ["role", name] => return self.apply_role(account, name, event),
            ["group", name] => return self.account_mut(account).apply_group(name, event),
            _ => {}
        }
        let id = account;
        let account = self.account_mut(id);
        match parts {
            ["account"] => account.record = Stored::read(event)?,
            ["policy", name] => {
                account.put_in_force(id, name, false);
                apply(&mut account.policies, (*name).into(), event)?;
                account.put_in_force(id, name, true);
            }
            ["policyver", name, version] => {
                let version = version.parse().map_err(|_| misplaced(event))?;
                apply(&mut account.policy_versions, ((*name).into(), version), event)?;
                account.put_in_force(id, name, true);
            }
            ["attach", policy, kind, entity] => {
                account.uses.apply(policy, kind, entity, event.value.is_some());
            }
            ["login", name] => apply(&mut account.logins, (*name).into(), event)?,
            ["password-policy"] => account.password_policy = Stored::read(event)?,
            ["credential-report"] => account.credential_report = Stored::read(event)?,
            ["used", id] => account.apply_last_used(id, event)?,
            ["mfa", name] => account.mfa_devices.apply(name, event)?,
            ["oidc", url] => apply(&mut account.oidc_providers, (*url).into(), event)?,
            ["saml", name] => apply(&mut account.saml_providers, (*name).into(), event)?,
            ["profile", name] => apply(&mut account.instance_profiles, (*name).into(), event)?,
            _ => {} // a newer server's
        }
        Ok(())
    }

    fn apply_user(&mut self, account: AccountId, name: &str, event: &Event) -> Result<(), Error> {
        let users = &mut self.account_mut(account).users;
        let old = users.get(name).cloned();
        apply(users, name.into(), event)?;
        let new = users.get(name).cloned();
        self.account_mut(account)
            .regroup(name, old.as_ref(), new.as_ref());
        let id = |user: &Stored<User>| Box::from(user.id.as_str());
        self.index(
            account,
            EntityKind::User,
            name,
            old.as_ref().map(id),
            new.as_ref().map(id),
        );
        Ok(())
    }

    fn apply_role(&mut self, account: AccountId, name: &str, event: &Event) -> Result<(), Error> {
        let roles = &mut self.account_mut(account).roles;
        let old = roles.get(name).cloned();
        apply(roles, name.into(), event)?;
        let new = roles.get(name).cloned();
        let id = |role: &Stored<Role>| Box::from(role.id.as_str());
        self.index(
            account,
            EntityKind::Role,
            name,
            old.as_ref().map(id),
            new.as_ref().map(id),
        );
        Ok(())
    }

    /// Keeps [`State::entities`] in step with a user's or role's record.
    fn index(
        &mut self,
        account: AccountId,
        kind: EntityKind,
        name: &str,
        old: Option<Box<str>>,
        new: Option<Box<str>>,
    ) {
        if old == new {
            return;
        }
        // A renamed user may have come under its new name before it goes under its old one.
        if let Some(old) = old
            && self.entities.get(&old).is_some_and(|found| *found.name == *name)
        {
            self.entities.remove(&old);
        }
        if let Some(new) = new {
            let name = name.into();
            self.entities.insert(new, EntityRef { account, kind, name });
        }
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
