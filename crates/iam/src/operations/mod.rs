//! IAM's operations, one file each.

mod create_user;

pub use create_user::CreateUser;
