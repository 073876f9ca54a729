//! Managed policies and their versions.

mod create_policy;
mod delete_policy;
mod get_policy;
mod get_policy_version;
mod list_policies;
mod list_policy_versions;

pub use create_policy::CreatePolicy;
pub use delete_policy::DeletePolicy;
pub use get_policy::GetPolicy;
pub use get_policy_version::GetPolicyVersion;
pub use list_policies::ListPolicies;
pub use list_policy_versions::ListPolicyVersions;
