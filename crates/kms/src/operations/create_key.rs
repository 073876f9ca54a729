//! `kms:CreateKey`: make a key, its material and its policy.

use std::sync::Arc;

use kagiban_aws::AccountId;
use kagiban_iam::document::KeyPolicy;
use kagiban_iam::records::Tag;
use kagiban_iam::tags::to_create;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use crate::key_ref::mrk;
use crate::metadata::metadata;
use crate::records::{Key, KeyManager, KeyState, MultiRegion, keys};
use crate::spec::{self, KeySpec, KeyUsage, Origin};
use crate::wire::multi_region_key_type::PRIMARY;
use crate::{Found, KmsError, View, policy, tags, wire};

/// A key to be made.
#[derive(Clone, Debug)]
pub struct CreateKey {
    spec: KeySpec,
    usage: KeyUsage,
    multi_region: bool,
    origin: Origin,
    description: String,
    policy: Option<KeyPolicy>,
    bypass: bool,
    tags: Vec<Tag>,
}

impl Operation for CreateKey {
    const ACTION: &'static str = "kms:CreateKey";
    type Wire = wire::CreateKeyRequest;
    type Output = wire::CreateKeyResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreateKeyRequest) -> Result<CreateKey, KmsError> {
        if let Some(store) = wire.custom_key_store_id {
            return Err(KmsError::NoSuchCustomKeyStore(store));
        }
        let spec = wire.key_spec.or(wire.customer_master_key_spec);
        let (spec, usage) = spec::kind(spec.as_deref(), wire.key_usage.as_deref())?;
        Ok(CreateKey {
            spec,
            usage,
            multi_region: wire.multi_region.unwrap_or(false),
            origin: origin(wire.origin.as_deref())?,
            description: wire.description.unwrap_or_default(),
            policy: wire.policy.as_deref().map(policy::parse).transpose()?,
            bypass: wire.bypass_policy_lockout_safety_check.unwrap_or(false),
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let create = creation(call.scope.account, (self.spec, self.usage), self.origin)
            .when("kms:multiregion", self.multi_region)
            .when("kms:bypasspolicylockoutsafetycheck", self.bypass);
        let create = match self.multi_region {
            true => create.when("kms:multiregionkeytype", PRIMARY),
            false => create,
        };
        Ok(to_create(create, "kms:TagResource", &self.tags))
    }

    /// RSA keys are searched for.
    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        self.is_searched_for()
    }

    fn decide(
        request: Authorized<CreateKey>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateKeyResponse>, KmsError> {
        let CreateKey {
            spec,
            usage,
            multi_region,
            origin,
            description,
            policy,
            bypass,
            tags,
        } = request.into_inner();
        let id = match multi_region {
            true => mrk(with.entropy.bytes()),
            false => with.entropy.uuid(),
        };
        let keyring = view.kms.keyring(call.scope);
        demand_room(keyring.map_or(0, |keyring| keyring.keys.len()))?;
        let policy = match policy {
            Some(policy) => policy::accept(&policy, &id, bypass, call, view)?,
            None => policy::default(call.scope.account),
        };
        let (state, material) = match origin {
            Origin::AwsKms => (
                KeyState::Enabled,
                Some(view.domain.generate(call.scope, &id, spec, with.entropy)?),
            ),
            Origin::External => (KeyState::PendingImport, None),
        };
        let key = Key {
            id,
            description,
            state,
            manager: KeyManager::Customer,
            spec,
            usage,
            origin,
            policy,
            created: call.facts.now,
            current_material: 1,
            deletion: None,
            rotation: None,
            on_demand_rotations: 0,
            multi_region: multi_region.then(|| MultiRegion::alone(call.scope.region)),
            tags,
            rest: Default::default(),
        };
        let mut txn = Txn::new();
        txn.absent(keys::key(call.scope, &key.id));
        txn.put(keys::key(call.scope, &key.id), &key);
        if let Some(material) = &material {
            txn.put(keys::material(call.scope, &key.id, 1), material);
        }
        let found = Found {
            key: Arc::new(key),
            scope: call.scope,
            revision: None,
            alias: None,
            names: Default::default(),
            grants: None,
        };
        let metadata = metadata(&found, material.as_ref().map(|material| &*material.id));
        Ok(Decision::write(
            txn,
            wire::CreateKeyResponse {
                key_metadata: Some(metadata),
            },
        ))
    }
}

/// What must be allowed to make a key of this kind.
pub(crate) fn creation(
    account: AccountId,
    (spec, usage): (KeySpec, KeyUsage),
    origin: Origin,
) -> Requirement {
    Requirement::on(CreateKey::ACTION, "*", account)
        .when("kms:keyspec", spec.as_str())
        .when("kms:keyusage", usage.as_str())
        .when("kms:customermasterkeyspec", spec.as_str())
        .when("kms:customermasterkeyusage", usage.as_str())
        .when("kms:keyorigin", origin.as_str())
}

/// Custom key stores, the other origins, are AWS's alone.
fn origin(word: Option<&str>) -> Result<Origin, KmsError> {
    let word = word.unwrap_or(Origin::AwsKms.as_str());
    Origin::find(word)
        .ok_or_else(|| KmsError::Unsupported(format!("Origin {word} is not supported by this server.")))
}

/// AWS's limit for one account and Region.
const MAX_KEYS: usize = 100_000;

/// Refuses to let there be more.
///
/// # Errors
///
/// `LimitExceeded`.
pub(crate) fn demand_room(keys: usize) -> Result<(), KmsError> {
    match keys < MAX_KEYS {
        true => Ok(()),
        // UNSURE: AWS's sentence is not known.
        false => Err(KmsError::LimitExceeded(format!(
            "The limit of {MAX_KEYS} keys for one account and Region has been reached."
        ))),
    }
}

impl CreateKey {
    fn is_searched_for(&self) -> bool {
        self.origin == Origin::AwsKms && self.spec.rsa_bits().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(spec: &str, usage: &str, origin: &str) -> CreateKey {
        let wire = wire::CreateKeyRequest {
            key_spec: Some(spec.to_owned()),
            key_usage: Some(usage.to_owned()),
            origin: Some(origin.to_owned()),
            ..Default::default()
        };
        CreateKey::parse(wire).unwrap()
    }

    #[test]
    fn only_rsa_keys_that_this_server_makes_are_searched_for() {
        for (spec, usage, origin, is_slow) in [
            ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", false),
            ("HMAC_256", "GENERATE_VERIFY_MAC", "AWS_KMS", false),
            ("ECC_NIST_P256", "SIGN_VERIFY", "AWS_KMS", false),
            ("RSA_2048", "SIGN_VERIFY", "AWS_KMS", true),
            ("RSA_4096", "ENCRYPT_DECRYPT", "AWS_KMS", true),
            ("RSA_4096", "ENCRYPT_DECRYPT", "EXTERNAL", false),
        ] {
            assert_eq!(
                asked(spec, usage, origin).is_searched_for(),
                is_slow,
                "{spec} {origin}"
            );
        }
    }

    #[test]
    fn the_last_key_that_fits_is_the_hundred_thousandth() {
        assert_eq!(demand_room(99_999), Ok(()));
        assert_eq!(
            demand_room(100_000).map_err(|error| error.code()),
            Err("LimitExceededException")
        );
    }
}
