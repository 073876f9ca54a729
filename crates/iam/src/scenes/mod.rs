//! Scenes: several operations after one another, as an administrator lives them.

mod access_keys;
mod account;
mod assume_role;
mod boundaries;
mod condition_keys;
mod deleting;
mod denials;
mod groups;
mod last_used;
mod managed_policies;
mod mfa;
mod passwords;
mod policy_limits;
mod policy_versions;
mod quotas;
mod renaming;
mod service_linked_roles;
mod sessions;
mod simulation;
mod tags;
mod users_and_roles;
mod web_identity;
