//! Passwords of users, and what the account demands of them.

mod change_password;
mod create_login_profile;
mod delete_account_password_policy;
mod delete_login_profile;
mod get_account_password_policy;
mod get_login_profile;
mod update_account_password_policy;
mod update_login_profile;

pub use change_password::ChangePassword;
pub use create_login_profile::CreateLoginProfile;
pub use delete_account_password_policy::DeleteAccountPasswordPolicy;
pub use delete_login_profile::DeleteLoginProfile;
pub use get_account_password_policy::GetAccountPasswordPolicy;
pub use get_login_profile::GetLoginProfile;
pub use update_account_password_policy::UpdateAccountPasswordPolicy;
pub use update_login_profile::UpdateLoginProfile;
