//! What IAM keeps: the records and the keys they lie under.

mod access_key;
mod account;
mod entities;
mod instance_profile;
pub mod keys;
mod policies;

use kagiban_store::Record;

pub use access_key::AccessKey;
pub use account::Account;
pub use entities::{Grants, Group, Membership, Role, Tag, User};
pub use instance_profile::InstanceProfile;
pub use policies::{Attachment, ManagedPolicy, PolicyVersion};

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
}
