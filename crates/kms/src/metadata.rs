//! KeyMetadata, as CreateKey and DescribeKey show it.

use crate::records::{Key, KeyManager, KeyState};
use crate::view::Found;
use crate::{Keyring, wire};

/// What everyone may know of a key who may describe it.
///
/// Source: answers of AWS for a fresh symmetric key; members that such a key lacks are left out.
pub(crate) fn metadata(found: &Found, current_material: Option<&[u8]>) -> wire::KeyMetadata {
    let key = &found.key;
    let algorithms = key.spec.algorithms(key.usage).unwrap_or_default();
    wire::KeyMetadata {
        aws_account_id: Some(found.scope.account.to_string()),
        key_id: Some(key.id.clone()),
        arn: Some(found.arn().into()),
        creation_date: Some(key.created),
        enabled: Some(key.state == KeyState::Enabled),
        description: Some(key.description.clone()),
        key_usage: Some(key.usage.to_string()),
        key_state: Some(key.state.as_str().to_owned()),
        deletion_date: key.deletion.and_then(|deletion| deletion.date),
        pending_deletion_window_in_days: waiting(key),
        origin: Some(key.origin.to_string()),
        key_manager: Some(match key.manager {
            KeyManager::Aws => "AWS".to_owned(),
            KeyManager::Customer => "CUSTOMER".to_owned(),
        }),
        customer_master_key_spec: Some(key.spec.to_string()),
        key_spec: Some(key.spec.to_string()),
        encryption_algorithms: words(algorithms.encryption),
        signing_algorithms: words(algorithms.signing),
        mac_algorithms: words(algorithms.mac),
        key_agreement_algorithms: words(algorithms.key_agreement),
        multi_region: Some(key.multi_region.is_some()),
        multi_region_configuration: key
            .multi_region
            .as_ref()
            .map(|regions| regions.shown(found.scope, &key.id)),
        current_key_material_id: current_material
            .filter(|_| key.spec.is_symmetric())
            .map(kagiban_iam::hex),
        ..Default::default()
    }
}

/// The waiting time, as long as it has not begun: a primary key waits for its replicas first.
fn waiting(key: &Key) -> Option<i32> {
    let deletion = key.deletion.filter(|deletion| deletion.date.is_none())?;
    i32::try_from(deletion.days).ok()
}

/// None rather than an empty list.
pub(crate) fn words(words: &[&str]) -> Option<Vec<String>> {
    (!words.is_empty()).then(|| words.iter().map(|word| (*word).to_owned()).collect())
}

/// The id of the material in use, as the keyring has it.
pub(crate) fn current_material_id<'k>(found: &Found, keyring: Option<&'k Keyring>) -> Option<&'k [u8]> {
    keyring?
        .current_material(&found.key)
        .map(crate::material::Resident::id)
}
