//! Parameter Store, the first part of Systems Manager.
//!
//! Parameters have names in a hierarchy ([`ParameterName`]), versions ([`records`]), tiers ([`tier`])
//! and, as SecureStrings, values that only KMS can open, with the caller's own rights. Current
//! versions are answered from memory ([`State`]); older ones are read when someone asks.
//!
//! [`operations`] has a file for each: PutParameter, GetParameter, GetParameters,
//! GetParametersByPath, GetParameterHistory, DescribeParameters, DeleteParameter, DeleteParameters,
//! LabelParameterVersion, UnlabelParameterVersion,
//! PutResourcePolicy, GetResourcePolicies, DeleteResourcePolicy,
//! GetServiceSetting, UpdateServiceSetting, ResetServiceSetting,
//! AddTagsToResource, RemoveTagsFromResource, ListTagsForResource;
//! of [`documents`] CreateDocument, UpdateDocument, UpdateDocumentDefaultVersion, DescribeDocument,
//! GetDocument, ListDocuments, ListDocumentVersions, DeleteDocument, ModifyDocumentPermission,
//! DescribeDocumentPermission; of inventory PutInventory, GetInventory, ListInventoryEntries,
//! GetInventorySchema, DeleteInventory; of [`sessions`] StartSession, ResumeSession, TerminateSession,
//! DescribeSessions.

mod access;
pub mod agent;
mod changes;
mod data_type;
pub mod deleted;
mod dependants;
pub mod documents;
mod error;
mod feed;
mod filter;
mod instant;
mod inventory;
pub mod kagiban;
mod label;
mod listing;
mod name;
pub mod nodes;
pub mod operations;
mod page;
mod path;
mod pattern;
pub mod policies;
pub mod public;
pub mod purge;
pub mod quotas;
mod reading;
pub mod records;
mod reference;
mod references;
mod secure;
mod service_settings;
pub mod sessions;
mod settings;
mod sharing;
mod state;
mod tags;
pub mod tier;
pub mod upkeep;
mod value;
mod view;
pub mod webhooks;
pub mod wire;

pub use changes::{Change, ChangeKind};
pub use error::ParameterError;
pub use feed::Forgotten;
pub use inventory::InventoryError;
pub use name::{InvalidName, ParameterName};
pub use page::PageKey;
pub use service_settings::SettingId;
pub use settings::{SettingName, Settings};
pub use state::{Parameters, State};
pub use view::View;
