//! Users: who they are and what they may.

mod attach_user_policy;
mod create_user;
mod delete_user;
mod delete_user_permissions_boundary;
mod delete_user_policy;
mod detach_user_policy;
mod get_user;
mod get_user_policy;
mod list_attached_user_policies;
mod list_user_policies;
mod list_user_tags;
mod list_users;
mod put_user_permissions_boundary;
mod put_user_policy;
mod tag_user;
mod untag_user;
mod update_user;

pub use attach_user_policy::AttachUserPolicy;
pub use create_user::CreateUser;
pub use delete_user::DeleteUser;
pub use delete_user_permissions_boundary::DeleteUserPermissionsBoundary;
pub use delete_user_policy::DeleteUserPolicy;
pub use detach_user_policy::DetachUserPolicy;
pub use get_user::GetUser;
pub use get_user_policy::GetUserPolicy;
pub use list_attached_user_policies::ListAttachedUserPolicies;
pub use list_user_policies::ListUserPolicies;
pub use list_user_tags::ListUserTags;
pub use list_users::ListUsers;
pub use put_user_permissions_boundary::PutUserPermissionsBoundary;
pub use put_user_policy::PutUserPolicy;
pub use tag_user::TagUser;
pub use untag_user::UntagUser;
pub use update_user::UpdateUser;
