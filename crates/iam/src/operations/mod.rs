//! IAM's operations, one file each.

mod create_access_key;
mod create_user;
mod delete_access_key;
mod delete_user;
mod get_user;
mod list_access_keys;
mod list_users;
mod update_access_key;

pub use create_access_key::CreateAccessKey;
pub use create_user::CreateUser;
pub use delete_access_key::DeleteAccessKey;
pub use delete_user::DeleteUser;
pub use get_user::GetUser;
pub use list_access_keys::ListAccessKeys;
pub use list_users::ListUsers;
pub use update_access_key::UpdateAccessKey;
