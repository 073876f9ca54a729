//! Groups: what their users may, and who is in them.

mod add_user_to_group;
mod attach_group_policy;
mod create_group;
mod delete_group;
mod delete_group_policy;
mod detach_group_policy;
mod get_group;
mod get_group_policy;
mod list_attached_group_policies;
mod list_group_policies;
mod list_groups;
mod list_groups_for_user;
mod put_group_policy;
mod remove_user_from_group;
mod update_group;

pub use add_user_to_group::AddUserToGroup;
pub use attach_group_policy::AttachGroupPolicy;
pub use create_group::CreateGroup;
pub use delete_group::DeleteGroup;
pub use delete_group_policy::DeleteGroupPolicy;
pub use detach_group_policy::DetachGroupPolicy;
pub use get_group::GetGroup;
pub use get_group_policy::GetGroupPolicy;
pub use list_attached_group_policies::ListAttachedGroupPolicies;
pub use list_group_policies::ListGroupPolicies;
pub use list_groups::ListGroups;
pub use list_groups_for_user::ListGroupsForUser;
pub use put_group_policy::PutGroupPolicy;
pub use remove_user_from_group::RemoveUserFromGroup;
pub use update_group::UpdateGroup;
