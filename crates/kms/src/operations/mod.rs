//! KMS's operations, one file each.

mod create_alias;
mod create_key;
mod decrypt;
mod delete_alias;
mod describe_key;
mod disable_key;
mod enable_key;
mod encrypt;
mod generate_data_key;
mod generate_data_key_without_plaintext;
mod generate_random;
mod get_key_policy;
mod list_aliases;
mod list_key_policies;
mod list_keys;
mod list_resource_tags;
mod put_key_policy;

pub use create_alias::CreateAlias;
pub use create_key::CreateKey;
pub use decrypt::Decrypt;
pub use delete_alias::DeleteAlias;
pub use describe_key::DescribeKey;
pub use disable_key::DisableKey;
pub use enable_key::EnableKey;
pub use encrypt::Encrypt;
pub use generate_data_key::GenerateDataKey;
pub use generate_data_key_without_plaintext::GenerateDataKeyWithoutPlaintext;
pub use generate_random::GenerateRandom;
pub use get_key_policy::GetKeyPolicy;
pub use list_aliases::ListAliases;
pub use list_key_policies::ListKeyPolicies;
pub use list_keys::ListKeys;
pub use list_resource_tags::ListResourceTags;
pub use put_key_policy::PutKeyPolicy;
