//! The account as a whole: its alias, and reports on everything in it.

mod create_account_alias;
mod delete_account_alias;
mod generate_credential_report;
mod get_account_authorization_details;
mod get_account_summary;
mod get_credential_report;
mod list_account_aliases;

pub use create_account_alias::CreateAccountAlias;
pub use delete_account_alias::DeleteAccountAlias;
pub use generate_credential_report::GenerateCredentialReport;
pub use get_account_authorization_details::GetAccountAuthorizationDetails;
pub use get_account_summary::GetAccountSummary;
pub use get_credential_report::GetCredentialReport;
pub use list_account_aliases::ListAccountAliases;
