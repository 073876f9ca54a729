//! Long-lived keys in the store, one for each profile that has one.

use kagiban_aws::SecretString;
use kagiban_client::Credentials;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::store::Store;

/// What stands before a profile's name in the name of its item.
const PREFIX: &str = "key/";

/// A key and where it belongs. The two members that aws-vault has as well are named as there.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct StoredKey {
    #[serde(rename = "AccessKeyID")]
    pub(crate) access_key_id: String,
    #[serde(rename = "SecretAccessKey")]
    pub(crate) secret: SecretString,
    /// Whose STS it may be sent to: AWS's partition, or the origin of another server.
    #[serde(rename = "KagibanPlace", default, skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<String>,
}

impl StoredKey {
    /// A profile's key.
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    pub(crate) fn load(store: &dyn Store, profile: &str) -> Result<Option<StoredKey>, Failure> {
        let Some(bytes) = store.get(&format!("{PREFIX}{profile}"))? else {
            return Ok(None);
        };
        serde_json::from_slice(bytes.expose())
            .map(Some)
            .map_err(|_| Failure::Setting(format!("what {} has for `{profile}` is no key", store.describe())))
    }

    /// Keeps it for a profile.
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    pub(crate) fn save(&self, store: &dyn Store, profile: &str) -> Result<(), Failure> {
        let mut text = Zeroizing::new(Vec::with_capacity(1024));
        serde_json::to_writer(&mut *text, self).map_err(std::io::Error::from)?;
        store.put(&format!("{PREFIX}{profile}"), &text.to_vec().into(), None)
    }

    /// Takes a profile's key away; `false` if there was none.
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    pub(crate) fn remove(store: &dyn Store, profile: &str) -> Result<bool, Failure> {
        store.remove(&format!("{PREFIX}{profile}"))
    }

    /// The profiles that have a key, sorted.
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    pub(crate) fn profiles(store: &dyn Store) -> Result<Vec<String>, Failure> {
        let names = store.names()?;
        let mut profiles: Vec<String> = names
            .iter()
            .filter_map(|name| name.strip_prefix(PREFIX))
            .map(str::to_owned)
            .collect();
        profiles.sort();
        Ok(profiles)
    }

    /// What signs.
    pub(crate) fn credentials(&self) -> Credentials {
        Credentials {
            access_key_id: self.access_key_id.clone(),
            secret: self.secret.clone(),
            session_token: None,
        }
    }
}
