//! IAM's operations, one file each, by what they are about.

mod access_keys;
mod account;
mod groups;
mod instance_profiles;
mod mfa;
mod oidc_providers;
mod passwords;
mod policies;
mod roles;
mod saml_providers;
mod service_linked_roles;
mod simulation;
mod stubs;
mod users;

pub use access_keys::*;
pub use account::*;
pub use groups::*;
pub use instance_profiles::*;
pub use mfa::*;
pub use oidc_providers::*;
pub use passwords::*;
pub use policies::*;
pub use roles::*;
pub use saml_providers::*;
pub use service_linked_roles::*;
pub use simulation::*;
pub use stubs::*;
pub use users::*;
