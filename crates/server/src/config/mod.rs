//! Configuration: settings from flags, environment and file become one [`Config`] that can be used.
//!
//! Every setting has the same name everywhere: `--tls-cert`, `KAGIBAN_TLS_CERT`, `tls_cert`.
//! Secrets are no settings: flags show up in process lists and files in backups.

mod key_file;
mod passphrase;
mod places;
mod public_parameters;
mod resolve;
mod root;
mod seal;
mod sessions;
mod settings;
mod url;

pub use passphrase::{PassphraseError, choose as choose_passphrase, fetch as fetch_passphrase};
pub use places::Places;
pub use public_parameters::{PublicParametersError, read as read_public_parameters};
pub use resolve::{Config, ConfigError, TlsFiles};
pub use root::{RootCredentials, RootCredentialsError};
pub use seal::{InvalidSeal, Seal};
pub use sessions::SessionSettings;
pub use settings::{
    AuditDurability, AuditSettings, ConsoleSetting, IssuerFetch, Settings, SettingsError, Webhooks,
};
pub use url::{BaseUrl, InvalidBaseUrl};
