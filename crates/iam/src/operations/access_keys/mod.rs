//! Access keys: what users sign with.

mod create_access_key;
mod delete_access_key;
mod get_access_key_last_used;
mod list_access_keys;
mod update_access_key;

pub use create_access_key::CreateAccessKey;
pub use delete_access_key::DeleteAccessKey;
pub use get_access_key_last_used::GetAccessKeyLastUsed;
pub use list_access_keys::ListAccessKeys;
pub use update_access_key::UpdateAccessKey;
