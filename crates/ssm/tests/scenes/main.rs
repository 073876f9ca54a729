//! Scenes: whole requests, decided and committed to plain maps, without a server.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail by panicking")]
#![expect(clippy::needless_pass_by_value, reason = "requests are written in place")]

mod access;
mod denials;
mod describe;
mod documents;
mod history;
mod inventory;
mod labels;
mod limits;
mod model;
mod paths;
mod policies;
mod public;
mod put;
mod quotas;
mod read;
mod references;
mod references_bounds;
mod rollback;
mod secure;
mod service_settings;
mod sessions;
mod settings;
mod sharing;
mod strict_paths;
mod swap;
mod tags;
mod undelete;
mod watch;
mod webhooks;
mod webhooks_rights;
mod world;
