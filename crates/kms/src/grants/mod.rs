//! Grants: rights to use a key that are given and taken back one by one, beside its policy.
//!
//! A grant lets one principal do some [operations](operation) with one key, possibly only with some
//! encryption contexts ([constraints]). It names its [principals](principal) by unique id, as key policies
//! do. What counts for a request is decided with all its other rights ([covering]); explicit denies win.
//!
//! Source: KMS Developer Guide, "Grants in AWS KMS".

mod constraints;
mod covering;
mod operation;
mod principal;
mod token;

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use kagiban_aws::AccountId;
use kagiban_iam::{Scope, Stored};
use kagiban_store::{Error, Event, Rev, Txn};

use crate::records::{Grant, keys};
use crate::{Found, KeyRef, KmsError, wire};

pub use constraints::Constraints;
pub(crate) use covering::{PassedOn, Retiring};
pub use operation::GrantOperation;
pub use principal::{GrantPrincipal, Pinned};
pub use token::GrantToken;
pub(crate) use token::GrantTokens;

/// AWS's limit for one key.
pub(crate) const MAX_GRANTS: usize = 50_000;

/// The most grants that a listing shows at once.
pub(crate) const MAX_PAGE: i32 = 100;

/// The grants on one key.
#[derive(Clone, Debug, Default)]
pub struct KeyGrants {
    by_id: OrdMap<Box<str>, Stored<Grant>>,
    by_grantee: OrdMap<Pinned, OrdSet<Box<str>>>,
    /// The revision of the last change among them.
    changed: Rev,
}

impl KeyGrants {
    /// All of them, in the order of their ids.
    pub fn all(&self) -> impl Iterator<Item = &Stored<Grant>> {
        self.by_id.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// One of them.
    pub fn get(&self, id: &str) -> Option<&Stored<Grant>> {
        self.by_id.get(id)
    }

    /// Those to one principal, in the order of their ids.
    pub(crate) fn to(&self, grantee: &Pinned) -> impl Iterator<Item = &Stored<Grant>> {
        let ids = self.by_grantee.get(grantee).into_iter().flatten();
        ids.filter_map(|id| self.by_id.get(id))
    }

    /// The grant that says the same under the same name; one without a name is never the same.
    pub(crate) fn same(&self, other: &Grant) -> Option<&Stored<Grant>> {
        let what = |grant: &Grant| grant.operations.iter().copied().collect::<BTreeSet<_>>();
        let operations = what(other);
        self.to(&other.grantee).find(|grant| {
            other.name.is_some()
                && grant.name == other.name
                && grant.retiring == other.retiring
                && grant.issuing_account == other.issuing_account
                && grant.constraints == other.constraints
                && what(grant) == operations
        })
    }

    fn apply(&mut self, id: &str, event: &Event) -> Result<(), Error> {
        if let Some(old) = self.by_id.get(id) {
            let left = self.by_grantee.get_mut(&old.grantee).map(|ids| {
                ids.remove(id);
                ids.is_empty()
            });
            if left == Some(true) {
                self.by_grantee.remove(&old.grantee);
            }
        }
        kagiban_iam::apply(&mut self.by_id, id.into(), event)?;
        if let Some(new) = self.by_id.get(id) {
            let ids = self.by_grantee.entry(new.grantee.clone()).or_default();
            ids.insert(id.into());
        }
        self.changed = self.changed.max(event.mod_rev);
        Ok(())
    }
}

/// Every key's grants in one account and Region.
pub(crate) type ByKey = OrdMap<Box<str>, Arc<KeyGrants>>;

/// Carries one change into memory.
///
/// # Errors
///
/// If the record cannot be read.
pub(crate) fn apply(grants: &mut ByKey, key: &str, id: &str, event: &Event) -> Result<(), Error> {
    let of_key = Arc::make_mut(grants.entry(key.into()).or_default());
    of_key.apply(id, event)?;
    if of_key.is_empty() {
        grants.remove(key);
    }
    Ok(())
}

/// Grants by the principal who may retire them, whichever account's keys they are on.
#[derive(Clone, Debug, Default)]
pub struct Retirable(OrdMap<Pinned, OrdSet<Place>>);

/// Where a grant lies: the key's account and Region, its id, the grant's id.
type Place = (Scope, Box<str>, Box<str>);

impl Retirable {
    /// Where the grants of a retiring principal lie, in order.
    pub(crate) fn by(&self, principal: &Pinned) -> impl Iterator<Item = &Place> {
        self.0.get(principal).into_iter().flatten()
    }

    pub(crate) fn remove(&mut self, principal: &Pinned, place: &Place) {
        let left = self.0.get_mut(principal).map(|places| {
            places.remove(place);
            places.is_empty()
        });
        if left == Some(true) {
            self.0.remove(principal);
        }
    }

    pub(crate) fn insert(&mut self, principal: &Pinned, place: Place) {
        self.0.entry(principal.clone()).or_default().insert(place);
    }
}

impl Found {
    /// One of the key's grants.
    ///
    /// # Errors
    ///
    /// `InvalidGrantId` for what is no grant's id, `NotFound` for one that no grant of this key has.
    pub(crate) fn grant(&self, id: &str) -> Result<&Stored<Grant>, KmsError> {
        // UNSURE: AWS's sentences, and which of the two codes is for which.
        if id.len() != 64 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(KmsError::InvalidGrantId(format!("Invalid grant ID: {id}")));
        }
        let grant = self.grants.as_ref().and_then(|grants| grants.get(id));
        grant.ok_or_else(|| KmsError::NotFound(format!("Grant ID {id} not found")))
    }

    /// The transaction that makes a grant, provided the key is as it was seen. A named one is made only if
    /// no other has been made meanwhile: it might be the same.
    pub(crate) fn give(&self, grant: &Grant) -> Txn {
        let (scope, key) = (self.scope, &self.key.id);
        let place = keys::grant(scope, key, &grant.id);
        let mut txn = crate::View::unchanged(self);
        txn.absent(place.clone()).put(place, grant);
        if grant.name.is_some() {
            let changed = self.grants.as_ref().map_or(Rev(0), |grants| grants.changed);
            txn.prefix_unchanged_since(keys::grants(scope, key), changed);
        }
        txn
    }

    /// The transaction that takes a grant back.
    pub(crate) fn take_back(&self, grant: &Stored<Grant>) -> Txn {
        let place = keys::grant(self.scope, &self.key.id, &grant.id);
        let mut txn = Txn::new();
        txn.unchanged(place.clone(), Some(grant.revision)).delete(place);
        txn
    }
}

/// A grant as listings show it.
pub(crate) fn entry(
    scope: Scope,
    key: &str,
    grant: &Grant,
    state: &kagiban_iam::State,
) -> wire::GrantListEntry {
    let shown = |principal: &Pinned| principal.shown(state);
    let service = |principal: &Pinned| principal.is_service().then(|| shown(principal));
    wire::GrantListEntry {
        key_id: Some(crate::arn(scope, key).into()),
        grant_id: Some(grant.id.clone()),
        name: Some(grant.name.clone().unwrap_or_default()),
        creation_date: Some(grant.created),
        grantee_principal: Some(shown(&grant.grantee)),
        retiring_principal: grant.retiring.as_ref().map(shown),
        issuing_account: Some(root_of(grant.issuing_account).shown(state)),
        operations: Some(grant.operations.iter().map(ToString::to_string).collect()),
        constraints: grant.constraints.to_wire(),
        grantee_service_principal: service(&grant.grantee),
        retiring_service_principal: grant.retiring.as_ref().and_then(service),
    }
}

/// An account as a principal.
fn root_of(account: AccountId) -> Pinned {
    Pinned::account(account)
}

/// Reads the key of a grant, which is no alias.
///
/// # Errors
///
/// `InvalidArn` for aliases, in AWS's words; `InvalidKeyId`.
pub(crate) fn key_ref(text: Option<String>) -> Result<KeyRef, KmsError> {
    match text.unwrap_or_default().parse()? {
        KeyRef::Alias(_) | KeyRef::AliasArn(_) => Err(KmsError::InvalidArn(
            "Key Aliases are not supported for this operation.".to_owned(),
        )),
        key => Ok(key),
    }
}
