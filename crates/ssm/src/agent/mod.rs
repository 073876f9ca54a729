//! What managed nodes call: Systems Manager's operations that AWS's agent knows and its SDKs do not.
//!
//! The model, `service-2.json`, was written after the agent's behaviour. A machine registers unsigned, with
//! an activation's code; then it signs with its own key to get credentials, and with those for the rest.

mod list_instance_associations;
mod register_managed_instance;
mod request_managed_instance_role_token;
mod update_instance_information;
mod update_managed_instance_public_key;
pub mod wire;

pub use list_instance_associations::ListInstanceAssociations;
pub use register_managed_instance::RegisterManagedInstance;
pub use request_managed_instance_role_token::RequestManagedInstanceRoleToken;
pub use update_instance_information::UpdateInstanceInformation;
pub use update_managed_instance_public_key::UpdateManagedInstancePublicKey;
