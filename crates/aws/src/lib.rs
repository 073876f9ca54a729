//! Words that both sides of AWS's APIs speak.
//!
//! Names ([`Arn`], [`AccountId`], [`Region`], [`AccessKeyId`]), the signature that proves who is
//! calling ([`sigv4`]), the two wires that requests arrive on ([`wire`]) and the error that goes
//! back ([`Fault`]). Pure: no socket, no clock, no randomness; those come in as arguments.

mod access_key;
mod account;
mod arn;
mod fault;
mod region;
mod secret;
pub mod sigv4;
mod timestamp;
pub mod wire;

pub use access_key::{AccessKeyId, InvalidAccessKeyId, KeyOrigin};
pub use account::{AccountId, InvalidAccountId};
pub use arn::{Arn, InvalidArn};
pub use fault::Fault;
pub use region::{InvalidRegion, Region};
pub use secret::{SecretBytes, SecretString};
pub use timestamp::Timestamp;
