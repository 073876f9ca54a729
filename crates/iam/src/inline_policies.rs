//! Policies written into users and roles.

use kagiban_aws::AccountId;
use kagiban_aws::wire::query::percent_encode;
use kagiban_store::Txn;

use crate::document::{IdentityPolicy, MAX_STORED_BYTES};
use crate::entity::{Entity, rewrite};
use crate::names::PolicyName;
use crate::page::{Page, Slice};
use crate::{Account, IamError};

/// Writes a policy into an entity, in place of the one of the same name.
///
/// # Errors
///
/// If the entity is not there, or its policies together become longer than they may be.
pub(crate) fn put<E: Entity>(
    account: &Account,
    id: AccountId,
    entity: &str,
    name: &PolicyName,
    policy: &IdentityPolicy,
) -> Result<Txn, IamError> {
    let entity = E::modifiable(account, entity)?;
    let mut new = E::clone(entity);
    let inline = &mut new.grants_mut().inline;
    inline.insert(name.to_string(), policy.clone());
    let length: usize = inline
        .values()
        .map(|policy| policy.len_without_whitespace())
        .sum();
    let stored: usize = inline.values().map(IdentityPolicy::stored_bytes).sum();
    if length > E::INLINE_LIMIT || stored > MAX_STORED_BYTES {
        return Err(IamError::LimitExceeded(format!(
            "Maximum policy size of {} bytes exceeded for {} {}",
            E::INLINE_LIMIT,
            E::NOUN,
            entity.name()
        )));
    }
    let mut txn = Txn::new();
    rewrite(&mut txn, id, entity, &new);
    Ok(txn)
}

/// A policy's document, as answers carry it.
///
/// # Errors
///
/// If the entity or the policy is not there.
pub(crate) fn get<E: Entity>(
    account: &Account,
    entity: &str,
    name: &PolicyName,
) -> Result<(String, String), IamError> {
    let entity = E::existing(account, entity)?;
    let policy = entity.grants().inline.get(&**name);
    let policy = policy.ok_or_else(|| missing::<E>(name))?;
    Ok((entity.name().to_owned(), percent_encode(policy.text())))
}

/// The names of an entity's policies.
///
/// # Errors
///
/// If it is not there.
pub(crate) fn list<E: Entity>(
    account: &Account,
    entity: &str,
    page: &Page,
) -> Result<Slice<String>, IamError> {
    let names = E::existing(account, entity)?.grants().inline.keys();
    Ok(page.cut(names.map(|name| (name, name.clone()))))
}

/// Deletes a policy.
///
/// # Errors
///
/// If the entity or the policy is not there.
pub(crate) fn delete<E: Entity>(
    account: &Account,
    id: AccountId,
    entity: &str,
    name: &PolicyName,
) -> Result<Txn, IamError> {
    let entity = E::modifiable(account, entity)?;
    let mut new = E::clone(entity);
    if new.grants_mut().inline.remove(&**name).is_none() {
        return Err(missing::<E>(name));
    }
    let mut txn = Txn::new();
    rewrite(&mut txn, id, entity, &new);
    Ok(txn)
}

fn missing<E: Entity>(name: &PolicyName) -> IamError {
    IamError::NoSuchEntity(format!(
        "The {} policy with name {name} cannot be found.",
        E::NOUN
    ))
}
