//! Other names and paths for users and groups.
//!
//! The unique id stays, and with it memberships, sessions and places in trust policies. Whatever
//! lies under the name moves in the same transaction.

use kagiban_aws::AccountId;
use kagiban_store::{Key, Txn};

use crate::entity::Entity;
use crate::names::Path;
use crate::records::keys;
use crate::records::{AccessKey, Attachment, Group, User};
use crate::{Account, IamError, Requirement, State, tags};

/// The name and the path asked for; none to keep what there is.
#[derive(Clone, Debug)]
pub(crate) struct NewName {
    name: Option<String>,
    path: Option<Path>,
}

impl NewName {
    /// Takes a parsed name, and the path as it was sent.
    ///
    /// # Errors
    ///
    /// If the path is wrong.
    pub(crate) fn parse(name: Option<&str>, path: Option<String>) -> Result<NewName, IamError> {
        let path = path.map(|path| Path::optional(Some(path))).transpose()?;
        Ok(NewName {
            name: name.map(str::to_owned),
            path,
        })
    }

    fn put_on(&self, name: &mut String, path: &mut String) {
        if let Some(new) = &self.name {
            name.clone_from(new);
        }
        if let Some(new) = &self.path {
            *path = new.to_string();
        }
    }
}

/// What can have another name and path.
pub(crate) trait Rename: Entity {
    /// The same under the name and path asked for.
    fn renamed(&self, to: &NewName) -> Self;

    /// Moves what lies under the old name besides policies.
    fn move_belongings(from: &Self, to: &Self, account: AccountId, state: &State, txn: &mut Txn);
}

impl Rename for User {
    fn renamed(&self, to: &NewName) -> User {
        let mut new = self.clone();
        to.put_on(&mut new.name, &mut new.path);
        new
    }

    // INVARIANT: every record that holds a user's name, or lies under it, is moved here. They all
    // rewrite the user's record when they come, so that none comes unseen in the meantime; those that
    // change without it are moved as they were read, or not at all.
    fn move_belongings(from: &User, to: &User, account: AccountId, state: &State, txn: &mut Txn) {
        move_access_keys(from, to, account, state, txn);
        move_login_profile(from, to, account, state, txn);
    }
}

impl Rename for Group {
    fn renamed(&self, to: &NewName) -> Group {
        let mut new = self.clone();
        to.put_on(&mut new.name, &mut new.path);
        new
    }

    /// Nothing: members are marked by id.
    fn move_belongings(_from: &Group, _to: &Group, _account: AccountId, _state: &State, _txn: &mut Txn) {}
}

/// What a caller must be allowed who renames: AWS asks for the same right to what there is and to
/// what there will be, which has the tags of what there is.
///
/// Source: IAM API Reference, `UpdateUser`, `UpdateGroup`.
pub(crate) fn requirements<E: Rename>(
    action: &'static str,
    account: &Account,
    id: AccountId,
    name: &str,
    to: &NewName,
) -> Vec<Requirement> {
    let source = E::target(action, account, id, name);
    let Some(entity) = E::find(account, name) else {
        return vec![source];
    };
    let arn = entity.renamed(to).arn(id);
    if source.resource == arn.as_str() {
        return vec![source];
    }
    let target = tags::of_target(Requirement::on(action, arn, id), entity.tags());
    vec![source, target]
}

/// Renames and moves.
///
/// # Errors
///
/// If there is no such entity, or the name is another's.
pub(crate) fn rename<E: Rename>(
    account: &Account,
    id: AccountId,
    name: &str,
    to: &NewName,
    state: &State,
) -> Result<Txn, IamError> {
    let old = E::existing(account, name)?;
    let new = old.renamed(to);
    let (from, onto) = (E::key(id, old.name()), E::key(id, new.name()));
    let mut txn = Txn::new();
    txn.unchanged(from.clone(), Some(old.revision));
    if from != onto {
        E::free(account, new.name())?;
        txn.absent(onto.clone()).delete(from);
        move_marks(&**old, &new, id, &mut txn);
    }
    if old.name() != new.name() {
        E::move_belongings(old, &new, id, state, &mut txn);
    }
    txn.put(onto, &new);
    Ok(txn)
}

/// Moves the marks of the policies that are attached or bound the entity.
fn move_marks<E: Entity>(old: &E, new: &E, id: AccountId, txn: &mut Txn) {
    let mut shift = |from: Key, to: Key| {
        txn.exists(from.clone())
            .delete(from)
            .absent(to.clone())
            .put(to, &Attachment::default());
    };
    for arn in &old.grants().attached {
        let mark = |entity: &E| keys::attachment(id, arn, E::ENTITY, entity.name());
        shift(mark(old), mark(new));
    }
    if let Some(arn) = &old.grants().boundary {
        let mark = |entity: &E| keys::boundary(id, arn, E::ENTITY, entity.name());
        shift(mark(old), mark(new));
    }
}

fn move_access_keys(from: &User, to: &User, id: AccountId, state: &State, txn: &mut Txn) {
    let ids = state
        .account(id)
        .into_iter()
        .flat_map(|account| account.access_keys_of(&from.name));
    for old in ids.filter_map(|id| state.access_key(id)) {
        let new = AccessKey {
            user: Some(to.name.clone()),
            ..AccessKey::clone(old)
        };
        let key = keys::access_key(old.id);
        txn.unchanged(key.clone(), Some(old.revision)).put(key, &new);
    }
}

fn move_login_profile(from: &User, to: &User, id: AccountId, state: &State, txn: &mut Txn) {
    let login = state.account(id).and_then(|account| account.login(&from.name));
    let (old, new) = (
        keys::login_profile(id, &from.name),
        keys::login_profile(id, &to.name),
    );
    if let Some(login) = login.filter(|_| old != new) {
        txn.unchanged(old.clone(), Some(login.revision))
            .delete(old)
            .absent(new.clone())
            .put(new, &**login);
    }
}
