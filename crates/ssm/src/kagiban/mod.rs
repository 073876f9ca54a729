//! Systems Manager's part of the service that AWS does not have: the same target `Kagiban` and signing
//! name `kagiban` as the rest of it, and one file for each operation.
//!
//! The model is the server's, `kagiban/service-2.json`; `wiregen.toml` says which of its operations are
//! here. What acts on parameters and nodes asks for the `ssm:` actions that the same work takes on AWS, so
//! policies that were written for AWS hold here too; what changes the account asks for an action of
//! the service's own.

mod admit_instance;
mod create_webhook;
mod delete_webhook;
mod deregister_instance;
mod get_account_settings;
mod list_dead_letters;
mod list_deleted_parameters;
mod list_webhooks;
mod purge_deleted_parameter;
mod put_account_setting;
mod redeliver_dead_letters;
mod rollback_parameter;
mod undelete_parameter;
mod watch_parameters;
pub mod wire;

pub use admit_instance::AdmitInstance;
pub use create_webhook::CreateWebhook;
pub use delete_webhook::DeleteWebhook;
pub use deregister_instance::DeregisterInstance;
pub use get_account_settings::GetAccountSettings;
pub use list_dead_letters::ListDeadLetters;
pub use list_deleted_parameters::ListDeletedParameters;
pub use list_webhooks::ListWebhooks;
pub use purge_deleted_parameter::PurgeDeletedParameter;
pub use put_account_setting::PutAccountSetting;
pub use redeliver_dead_letters::RedeliverDeadLetters;
pub use rollback_parameter::RollbackParameter;
pub use undelete_parameter::UndeleteParameter;
pub use watch_parameters::WatchParameters;
