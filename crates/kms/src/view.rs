//! What KMS's operations see, and how they find a key in it.

use std::borrow::Cow;
use std::sync::Arc;

use imbl::OrdSet;
use kagiban_aws::{Arn, Timestamp};
use kagiban_iam::{Call, Entropy, Requirement, Scope};
use kagiban_policy::Rule;
use kagiban_store::{Rev, Txn};

use crate::condition_keys::{ContextParticulars, KeyParticulars};
use crate::envelope::{self, Address};
use crate::grants::{GrantTokens, KeyGrants};
use crate::material::{DomainKey, KeyBytes, Resident};
use crate::prepared::Prepared;
use crate::records::{self, KeyManager, keys};
use crate::{Dependants, EncryptionContext, KeyRef, KmsError, State, managed};

/// One revision of IAM and KMS, and the key that material is sealed under.
#[derive(Clone, Copy, Debug)]
pub struct View<'v> {
    /// Users, roles and policies.
    pub iam: &'v kagiban_iam::State,
    /// Keys and aliases.
    pub kms: &'v State,
    /// The top of KMS's key hierarchy.
    pub domain: &'v DomainKey,
    /// What other services keep under keys.
    pub dependants: &'v dyn Dependants,
}

impl AsRef<kagiban_iam::State> for View<'_> {
    fn as_ref(&self) -> &kagiban_iam::State {
        self.iam
    }
}

/// A key that a request named and that was found, or is about to be made for it.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its metadata and policy.
    pub key: Arc<records::Key>,
    /// Where it lives.
    pub scope: Scope,
    /// Its record's revision; none for a managed key before its first use.
    pub revision: Option<Rev>,
    /// The alias that it was named by.
    pub alias: Option<String>,
    /// All its aliases.
    pub names: OrdSet<Box<str>>,
    /// The grants on it, if there are any.
    pub grants: Option<Arc<KeyGrants>>,
}

impl Found {
    /// The key's ARN.
    pub fn arn(&self) -> Arn {
        arn(self.scope, &self.key.id)
    }

    /// What the caller must be allowed to do something with the key; its policy is the root of trust.
    pub fn requirement(&self, action: impl Into<Cow<'static, str>>, call: &Call<'_>) -> Requirement {
        self.granted(Requirement::on(action, self.arn(), self.scope.account))
            .under(self.key.policy.shared(), Rule::KeyPolicy)
            .knowing(KeyParticulars::of(self, call))
    }
}

/// A key's ARN.
pub fn arn(scope: Scope, id: &str) -> Arn {
    Arn::regional("kms", scope.region, scope.account, format_args!("key/{id}"))
}

/// An alias's ARN; `name` begins with `alias/`.
pub fn alias_arn(scope: Scope, name: &str) -> Arn {
    Arn::regional("kms", scope.region, scope.account, format_args!("{name}"))
}

/// Adds what policies may ask of an encryption context.
pub fn with_context(requirement: Requirement, context: &Arc<EncryptionContext>) -> Requirement {
    match context.is_empty() {
        true => requirement,
        false => requirement.knowing(ContextParticulars::of(context.clone())),
    }
}

impl<'v> View<'v> {
    /// Finds the key that a request names; an unborn managed key counts as found.
    ///
    /// # Errors
    ///
    /// `NotFoundException` in its four forms.
    pub fn find(&self, named: &KeyRef, call: &Call<'_>) -> Result<Found, KmsError> {
        match named {
            KeyRef::Id(id) => self.key(call.scope, id, call.facts.now),
            KeyRef::KeyArn(arn) => self.key(scope_of(arn, call)?, last_part(arn), call.facts.now),
            KeyRef::Alias(name) => self.by_alias(call.scope, name, call.facts.now),
            KeyRef::AliasArn(arn) => self.by_alias(scope_of(arn, call)?, arn.resource(), call.facts.now),
        }
    }

    /// The same for a request with grant tokens, which have to be ours.
    ///
    /// # Errors
    ///
    /// As [`View::find`]; `InvalidGrantTokenException`.
    pub(crate) fn find_with(
        &self,
        tokens: &GrantTokens,
        named: &KeyRef,
        call: &Call<'_>,
    ) -> Result<Found, KmsError> {
        let found = self.find(named, call)?;
        tokens.check(call, self)?;
        Ok(found)
    }

    /// Finds a key to be managed, which nobody can do from another account.
    ///
    /// # Errors
    ///
    /// As [`View::find`]; other accounts' keys do not exist here.
    pub fn own(&self, named: &KeyRef, call: &Call<'_>) -> Result<Found, KmsError> {
        let found = self.find(named, call)?;
        if found.scope.account != call.scope.account {
            // UNSURE: AWS says that these operations have no cross-account use, not how they fail.
            return Err(KmsError::NoSuchKey(found.arn()));
        }
        Ok(found)
    }

    /// Finds a key by its id, in the state that it has by now.
    ///
    /// # Errors
    ///
    /// `NoSuchKey`.
    pub fn key(&self, scope: Scope, id: &str, now: Timestamp) -> Result<Found, KmsError> {
        let mut found = self.recorded(scope, id)?;
        let keyring = self.kms.keyring(scope).ok_or(KmsError::Internal)?;
        let state = keyring.state(&found.key, now);
        if state != found.key.state {
            Arc::make_mut(&mut found.key).state = state;
        }
        Ok(found)
    }

    /// Finds a key by its id, in the state that its record has.
    ///
    /// # Errors
    ///
    /// `NoSuchKey`.
    pub(crate) fn recorded(&self, scope: Scope, id: &str) -> Result<Found, KmsError> {
        let absent = || KmsError::NoSuchKey(arn(scope, id));
        let keyring = self.kms.keyring(scope).ok_or_else(absent)?;
        let stored = keyring.keys.get(id).ok_or_else(absent)?;
        Ok(Found {
            key: stored.shared().clone(),
            scope,
            revision: Some(stored.revision),
            alias: None,
            names: keyring.names(id),
            grants: keyring.grants(id).cloned(),
        })
    }

    /// Finds the key that a ciphertext claims to be under; another Region's counts as absent.
    ///
    /// # Errors
    ///
    /// `CiphertextKey`.
    pub fn addressed(&self, address: &Address, call: &Call<'_>) -> Result<Found, KmsError> {
        let scope = address.scope(call.scope.region).ok_or(KmsError::CiphertextKey)?;
        self.key(scope, &address.key_id(), call.facts.now)
            .map_err(|_| KmsError::CiphertextKey)
    }

    fn by_alias(&self, scope: Scope, name: &str, now: Timestamp) -> Result<Found, KmsError> {
        let stored = self
            .kms
            .keyring(scope)
            .and_then(|keyring| keyring.aliases.get(name));
        let found = match stored {
            Some(alias) => self.key(scope, &alias.key, now)?,
            None => managed::unborn(self, scope, name, now)
                .ok_or_else(|| KmsError::NoSuchAlias(alias_arn(scope, name)))?,
        };
        Ok(Found {
            alias: Some(name.to_owned()),
            ..found
        })
    }

    /// The material for new ciphertexts under a key; for an unborn key it is made, and so is the
    /// transaction that gives birth to the key.
    ///
    /// # Errors
    ///
    /// `Internal` if the material does not open.
    pub fn material(&self, found: &Found, entropy: &Entropy) -> Result<Usable, KmsError> {
        let Some(_) = found.revision else {
            return managed::give_birth(self, found, entropy);
        };
        let keyring = self.kms.keyring(found.scope).ok_or(KmsError::Internal)?;
        let material = keyring.current_material(&found.key).ok_or(KmsError::Internal)?;
        self.open(found, material)
    }

    /// An asymmetric or HMAC key, ready for work.
    ///
    /// # Errors
    ///
    /// `Internal` for symmetric keys, and if the material does not open.
    pub(crate) fn prepared(&self, found: &Found) -> Result<&'v Prepared, KmsError> {
        let keyring = self.kms.keyring(found.scope).ok_or(KmsError::Internal)?;
        let material = keyring.current_material(&found.key).ok_or(KmsError::Internal)?;
        material.prepared(self.domain, found.scope, &found.key)
    }

    /// Opens one generation of a key.
    ///
    /// # Errors
    ///
    /// `Internal` if the material does not open.
    pub fn open(&self, found: &Found, material: &Resident) -> Result<Usable, KmsError> {
        let bytes = material.bytes(self.domain, found.scope, &found.key.id)?.clone();
        let id = material.id().try_into().map_err(|_| KmsError::Internal)?;
        Ok(Usable {
            id,
            bytes,
            txn: Txn::new(),
        })
    }

    /// The condition that a key is still what the handler saw.
    pub fn unchanged(found: &Found) -> Txn {
        let mut txn = Txn::new();
        txn.unchanged(keys::key(found.scope, &found.key.id), found.revision);
        txn
    }
}

impl Found {
    /// The transaction that changes a key, provided it is still what the handler saw.
    ///
    /// # Errors
    ///
    /// `AccessDenied` for keys that AWS manages.
    pub fn change(&self, action: &str, change: impl FnOnce(&mut records::Key)) -> Result<Txn, KmsError> {
        if self.key.manager == KeyManager::Aws {
            return Err(self.managed_by_aws(action));
        }
        Ok(self.rewrite(change))
    }

    /// The same for whoever manages the key.
    pub(crate) fn rewrite(&self, change: impl FnOnce(&mut records::Key)) -> Txn {
        let mut key = records::Key::clone(&self.key);
        change(&mut key);
        let mut txn = View::unchanged(self);
        txn.put(keys::key(self.scope, &key.id), &key);
        txn
    }

    /// What is asked is AWS's alone to do.
    pub(crate) fn managed_by_aws(&self, action: &str) -> KmsError {
        KmsError::AccessDenied(format!(
            "{action} is not allowed on the AWS managed key {}.",
            self.arn()
        ))
    }
}

/// Key bytes ready for use.
pub struct Usable {
    /// The material's id, for the ciphertext's header.
    pub id: [u8; 32],
    /// The bytes.
    pub bytes: KeyBytes,
    /// What has to be written for the key to exist; empty for keys that do.
    pub txn: Txn,
}

impl Usable {
    /// Encrypts under these bytes.
    pub fn seal(
        &self,
        found: &Found,
        plaintext: &[u8],
        context: &EncryptionContext,
        entropy: &Entropy,
    ) -> Vec<u8> {
        let address = Address::of(found.scope, &found.key.id, self.id);
        envelope::seal(&address, &self.bytes, plaintext, context, entropy)
    }
}

/// An ARN's account and Region; only the request's own Region can be reached.
fn scope_of(arn: &Arn, call: &Call<'_>) -> Result<Scope, KmsError> {
    if arn.region() != call.scope.region.as_str() {
        return Err(KmsError::ForeignRegion(arn.region().to_owned()));
    }
    let account = arn
        .account_id()
        .ok_or_else(|| KmsError::InvalidKeyId(arn.to_string()))?;
    Ok(Scope {
        account,
        region: call.scope.region,
    })
}

fn last_part(arn: &Arn) -> &str {
    arn.resource().rsplit('/').next().unwrap_or_default()
}
