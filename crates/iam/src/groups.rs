//! Groups, as answers show them, and who is in them.

use kagiban_aws::{AccountId, Arn};
use kagiban_store::Txn;

use crate::entity::{Entity, rewrite};
use crate::page::{Page, Slice};
use crate::quotas::GROUPS_PER_USER;
use crate::records::{Group, Membership, User, keys};
use crate::{Account, IamError, Stored, wire};

impl Group {
    /// `arn:aws:iam::A:group<path><name>`
    pub fn arn(&self, account: AccountId) -> Arn {
        Arn::global("iam", account, format_args!("group{}{}", self.path, self.name))
    }

    /// As answers show it.
    pub(crate) fn shown(&self, account: AccountId) -> wire::Group {
        wire::Group {
            path: Some(self.path.clone()),
            group_name: Some(self.name.clone()),
            group_id: Some(self.id.clone()),
            arn: Some(self.arn(account).into()),
            create_date: Some(self.created),
        }
    }
}

/// Puts a user into a group; one who is in it stays there.
///
/// # Errors
///
/// If either is not there, or the user is in as many groups as it may be.
pub(crate) fn join(account: &Account, id: AccountId, group: &str, user: &str) -> Result<Txn, IamError> {
    let group = Group::existing(account, group)?;
    let user = User::existing(account, user)?;
    if user.groups.contains(&group.id) {
        return Ok(Txn::new());
    }
    GROUPS_PER_USER.one_more(user.groups.len())?;
    let mut txn = Txn::new();
    let mark = keys::member(id, &group.id, &user.id);
    // The group is not rewritten, so that many can join at once: its deletion asks for no marks.
    txn.unchanged(keys::group(id, &group.name), Some(group.revision))
        .absent(mark.clone())
        .put(mark, &Membership::default());
    let mut new = User::clone(user);
    new.groups.insert(group.id.clone());
    rewrite(&mut txn, id, user, &new);
    Ok(txn)
}

/// Takes a user out of a group.
///
/// # Errors
///
/// If either is not there, or the user is not in the group.
pub(crate) fn leave(account: &Account, id: AccountId, group: &str, user: &str) -> Result<Txn, IamError> {
    let group = Group::existing(account, group)?;
    let user = User::existing(account, user)?;
    let mut new = User::clone(user);
    if !new.groups.remove(&group.id) {
        // UNSURE: AWS's words for a user who is there, but elsewhere.
        return Err(IamError::NoSuchEntity(format!(
            "User {} not in group {}",
            user.name, group.name
        )));
    }
    let mut txn = Txn::new();
    txn.delete(keys::member(id, &group.id, &user.id));
    rewrite(&mut txn, id, user, &new);
    Ok(txn)
}

/// A page of groups, in the order of their names.
pub(crate) fn page<'g>(
    groups: impl Iterator<Item = &'g Stored<Group>>,
    account: AccountId,
    page: &Page,
) -> Slice<wire::Group> {
    let mut named: Vec<(String, &Group)> = groups
        .map(|group| (group.name.to_lowercase(), &**group))
        .collect();
    named.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    page.cut(
        named
            .into_iter()
            .map(|(name, group)| (name, group.shown(account))),
    )
}
