//! Managed policies attached to users and roles.

use kagiban_aws::AccountId;
use kagiban_store::Txn;

use crate::entity::{Entity, rewrite};
use crate::managed_policy::PolicyArn;
use crate::names::PathPrefix;
use crate::page::{Page, Slice};
use crate::records::{Attachment, keys};
use crate::{Account, IamError, Requirement, wire};

/// The most managed policies that one user or role may have.
const MAX_ATTACHED: usize = 10;

/// What a caller must be allowed who attaches a policy to an entity, or detaches it.
pub(crate) fn target<E: Entity>(
    action: &'static str,
    account: &Account,
    id: AccountId,
    entity: &str,
    policy: &PolicyArn,
) -> Requirement {
    E::target(action, account, id, entity).when("iam:policyarn", policy.arn().as_str())
}

/// Attaches; attaching again changes nothing.
///
/// # Errors
///
/// If either is not there, or the entity has as many policies as it may.
pub(crate) fn attach<E: Entity>(
    account: &Account,
    id: AccountId,
    entity: &str,
    policy: &PolicyArn,
) -> Result<Txn, IamError> {
    let entity = E::modifiable(account, entity)?;
    let mut txn = Txn::new();
    policy.attachable(account, id, &mut txn)?;
    let mut new = E::clone(entity);
    if !new.grants_mut().attached.insert(policy.arn().clone()) {
        return Ok(Txn::new());
    }
    if new.grants().attached.len() > MAX_ATTACHED {
        return Err(IamError::LimitExceeded(format!(
            "Cannot exceed quota for PoliciesPer{}: {MAX_ATTACHED}",
            E::QUOTA
        )));
    }
    let mark = keys::attachment(id, policy.arn(), E::ENTITY, entity.name());
    txn.absent(mark.clone()).put(mark, &Attachment::default());
    rewrite(&mut txn, id, entity, &new);
    Ok(txn)
}

/// Detaches.
///
/// # Errors
///
/// If the entity is not there or does not have the policy.
pub(crate) fn detach<E: Entity>(
    account: &Account,
    id: AccountId,
    entity: &str,
    policy: &PolicyArn,
) -> Result<Txn, IamError> {
    let entity = E::modifiable(account, entity)?;
    let mut new = E::clone(entity);
    if !new.grants_mut().attached.remove(policy.arn()) {
        return Err(IamError::NoSuchEntity(format!(
            "Policy {} was not found.",
            policy.arn()
        )));
    }
    let mark = keys::attachment(id, policy.arn(), E::ENTITY, entity.name());
    let mut txn = Txn::new();
    txn.exists(mark.clone()).delete(mark);
    rewrite(&mut txn, id, entity, &new);
    Ok(txn)
}

/// What is attached to an entity.
///
/// # Errors
///
/// If it is not there.
pub(crate) fn list<E: Entity>(
    account: &Account,
    entity: &str,
    prefix: &PathPrefix,
    page: &Page,
) -> Result<Slice<wire::AttachedPolicy>, IamError> {
    let attached = E::existing(account, entity)?.grants().attached.iter();
    let entries = attached.filter_map(|arn| {
        let (before, name) = arn.resource().rsplit_once('/')?;
        let path = format!("{}/", before.strip_prefix("policy")?);
        let shown = wire::AttachedPolicy {
            policy_name: Some(name.to_owned()),
            policy_arn: Some(arn.to_string()),
        };
        prefix.takes(&path).then(|| (arn.as_str(), shown))
    });
    Ok(page.cut(entries))
}
