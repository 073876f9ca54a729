//! KeyMetadata, as CreateKey and DescribeKey show it.

use crate::records::{KeyManager, KeyState};
use crate::view::Found;
use crate::{Keyring, wire};

/// What everyone may know of a key who may describe it.
///
/// Source: answers of AWS for a fresh symmetric key; members that such a key lacks are left out.
pub(crate) fn metadata(found: &Found, current_material: Option<&[u8]>) -> wire::KeyMetadata {
    let key = &found.key;
    wire::KeyMetadata {
        aws_account_id: Some(found.scope.account.to_string()),
        key_id: Some(key.id.clone()),
        arn: Some(found.arn().into()),
        creation_date: Some(key.created),
        enabled: Some(key.state == KeyState::Enabled),
        description: Some(key.description.clone()),
        key_usage: Some(key.usage.clone()),
        key_state: Some(match key.state {
            KeyState::Enabled => "Enabled".to_owned(),
            KeyState::Disabled => "Disabled".to_owned(),
        }),
        origin: Some("AWS_KMS".to_owned()),
        key_manager: Some(match key.manager {
            KeyManager::Aws => "AWS".to_owned(),
            KeyManager::Customer => "CUSTOMER".to_owned(),
        }),
        customer_master_key_spec: Some(key.spec.clone()),
        key_spec: Some(key.spec.clone()),
        encryption_algorithms: Some(vec!["SYMMETRIC_DEFAULT".to_owned()]),
        multi_region: Some(false),
        current_key_material_id: current_material.map(kagiban_iam::hex),
        ..Default::default()
    }
}

/// The id of the material in use, as the keyring has it.
pub(crate) fn current_material_id<'k>(found: &Found, keyring: Option<&'k Keyring>) -> Option<&'k [u8]> {
    keyring?
        .current_material(&found.key)
        .map(crate::material::Resident::id)
}
