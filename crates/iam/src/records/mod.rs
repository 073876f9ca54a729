//! What IAM keeps: the records and the keys they lie under.

mod access_key;
mod account;
mod account_alias;
mod credential_report;
mod entities;
mod instance_profile;
pub mod keys;
mod last_used;
mod login_profile;
mod mfa_device;
mod password_policy;
mod policies;
mod providers;

use kagiban_store::Record;

pub use access_key::AccessKey;
pub use account::Account;
pub use account_alias::AccountAlias;
pub use credential_report::CredentialReport;
pub use entities::{Grants, Group, Membership, Role, Tag, User};
pub use instance_profile::InstanceProfile;
pub use last_used::LastUsed;
pub use login_profile::{LoginProfile, PasswordHash};
pub use mfa_device::{Holder, MfaDevice};
pub use password_policy::PasswordPolicy;
pub use policies::{Attachment, ManagedPolicy, PolicyVersion};
pub use providers::{OidcProvider, SamlProvider};

macro_rules! records {
    ($($record:ty = $kind:literal),* $(,)?) => {$(
        impl Record for $record {
            const KIND: u16 = $kind;
            const SCHEMA: u16 = 1;
        }
    )*};
}

// INVARIANT: a kind is never given to another record, or old stores would be misread. IAM has 0x01__.
records! {
    Account = 0x0101,
    User = 0x0102,
    Role = 0x0103,
    ManagedPolicy = 0x0104,
    PolicyVersion = 0x0105,
    Attachment = 0x0106,
    InstanceProfile = 0x0107,
    AccessKey = 0x0108,
    Group = 0x0109,
    Membership = 0x010A,
    MfaDevice = 0x010B,
    LoginProfile = 0x010C,
    PasswordPolicy = 0x010D,
    AccountAlias = 0x010E,
    OidcProvider = 0x010F,
    SamlProvider = 0x0110,
    LastUsed = 0x0111,
    CredentialReport = 0x011F,
}
