//! Roles that services have for themselves.

mod create_service_linked_role;
mod delete_service_linked_role;
mod get_service_linked_role_deletion_status;

pub use create_service_linked_role::CreateServiceLinkedRole;
pub use delete_service_linked_role::DeleteServiceLinkedRole;
pub use get_service_linked_role_deletion_status::GetServiceLinkedRoleDeletionStatus;
