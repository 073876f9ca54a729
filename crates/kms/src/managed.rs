//! Keys that a service manages for an account, made at first use: `alias/aws/ssm`.
//!
//! Nobody can disable them or change their policy. The policy lets everyone in the account use the
//! key *through the service*; so with the default key, permission to read a parameter is permission
//! to read a SecureString, while the bare ciphertext stays closed.

use std::sync::Arc;

use imbl::OrdSet;
use kagiban_aws::Timestamp;
use kagiban_iam::document::KeyPolicy;
use kagiban_iam::{Entropy, Scope};
use kagiban_store::Txn;

use crate::material::symmetric;
use crate::records::{Alias, Key, KeyManager, KeyState, Rotation, keys};
use crate::rotation::DEFAULT_DAYS;
use crate::spec::{KeySpec, KeyUsage, Origin};
use crate::view::{Found, Usable};
use crate::{KmsError, View};

/// The services that have a managed key here, with the descriptions that AWS gives the keys.
const SERVICES: [(&str, &str); 1] = [(
    "ssm",
    "Default key that protects my SSM parameters when no other key is defined",
)];

const PREFIX: &str = "alias/aws/";

/// Whether only AWS may make an alias of this name.
pub fn is_reserved(alias: &str) -> bool {
    alias.starts_with(PREFIX)
}

/// The managed key behind an alias that does not exist yet; none if the alias names no service.
pub(crate) fn unborn(view: &View<'_>, scope: Scope, alias: &str, now: Timestamp) -> Option<Found> {
    let name = alias.strip_prefix(PREFIX)?;
    let (service, description) = SERVICES.into_iter().find(|(service, _)| *service == name)?;
    let key = Key {
        id: view.domain.managed_key_id(scope, service),
        description: description.to_owned(),
        state: KeyState::Enabled,
        manager: KeyManager::Aws,
        spec: KeySpec::SymmetricDefault,
        usage: KeyUsage::EncryptDecrypt,
        origin: Origin::AwsKms,
        policy: policy(scope, service),
        created: now,
        current_material: 1,
        deletion: None,
        rotation: Some(Rotation::starting(DEFAULT_DAYS, now)),
        on_demand_rotations: 0,
        multi_region: None,
        tags: Vec::new(),
        rest: Default::default(),
    };
    Some(Found {
        key: Arc::new(key),
        scope,
        revision: None,
        alias: Some(alias.to_owned()),
        names: OrdSet::unit(alias.into()),
        grants: None,
    })
}

/// Makes an unborn key's material and the transaction that writes key, material and alias.
///
/// Two first uses at once meet at the condition that the key is absent; the slower decides again.
pub(crate) fn give_birth(view: &View<'_>, found: &Found, entropy: &Entropy) -> Result<Usable, KmsError> {
    let Found {
        key, scope, alias, ..
    } = found;
    let alias = alias.clone().ok_or(KmsError::Internal)?;
    let material = view.domain.generate(*scope, &key.id, key.spec, entropy)?;
    let opened = view.domain.open(*scope, &key.id, &material)?;
    let bytes = symmetric(&opened)?;
    let id = material
        .id
        .as_slice()
        .try_into()
        .map_err(|_| KmsError::Internal)?;
    let alias = Alias {
        name: alias,
        key: key.id.clone(),
        created: key.created,
        updated: key.created,
        rest: Default::default(),
    };

    let mut txn = Txn::new();
    txn.absent(keys::key(*scope, &key.id))
        .absent(keys::alias(*scope, &alias.name));
    txn.put(keys::key(*scope, &key.id), &**key);
    txn.put(keys::material(*scope, &key.id, key.current_material), &material);
    txn.put(keys::alias(*scope, &alias.name), &alias);
    Ok(Usable { id, bytes, txn })
}

/// Source: the key policy of `aws/ssm` as account owners have published it.
fn policy(scope: Scope, service: &str) -> KeyPolicy {
    let account = scope.account.to_string();
    let text = serde_json::json!({
        "Version": "2012-10-17",
        "Id": format!("auto-{service}-1"),
        "Statement": [{
            "Sid": format!(
                "Allow access through {} for all principals in the account that are authorized to use {0}",
                service.to_uppercase()
            ),
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            "Resource": "*",
            "Condition": {"StringEquals": {
                "kms:CallerAccount": account,
                "kms:ViaService": format!("{service}.{}.amazonaws.com", scope.region),
            }},
        }, {
            "Sid": "Allow direct access to key metadata to the account",
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
            "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
            "Resource": "*",
        }],
    });
    KeyPolicy::parse(&text.to_string()).expect("the text above is a key policy")
}
