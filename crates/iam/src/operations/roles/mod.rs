//! Roles: who may become them and what they may.

mod attach_role_policy;
mod create_role;
mod delete_role;
mod delete_role_permissions_boundary;
mod delete_role_policy;
mod detach_role_policy;
mod get_role;
mod get_role_policy;
mod list_attached_role_policies;
mod list_role_policies;
mod list_roles;
mod put_role_permissions_boundary;
mod put_role_policy;
mod update_assume_role_policy;

pub use attach_role_policy::AttachRolePolicy;
pub use create_role::CreateRole;
pub use delete_role::DeleteRole;
pub use delete_role_permissions_boundary::DeleteRolePermissionsBoundary;
pub use delete_role_policy::DeleteRolePolicy;
pub use detach_role_policy::DetachRolePolicy;
pub use get_role::GetRole;
pub use get_role_policy::GetRolePolicy;
pub use list_attached_role_policies::ListAttachedRolePolicies;
pub use list_role_policies::ListRolePolicies;
pub use list_roles::ListRoles;
pub use put_role_permissions_boundary::PutRolePermissionsBoundary;
pub use put_role_policy::PutRolePolicy;
pub use update_assume_role_policy::UpdateAssumeRolePolicy;
