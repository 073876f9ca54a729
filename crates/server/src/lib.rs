//! Every service on one listener: configuration, HTTP, the edge where requests become operations,
//! the audit log, metrics.

pub mod accounts;
pub mod audit;
pub mod cli;
pub mod config;
pub mod console;
pub mod doctor;
pub mod edge;
pub mod gateway;
pub mod housekeeping;
pub mod http;
mod issuers;
pub mod kagiban;
pub mod log;
pub mod metrics;
mod offline;
pub mod outage;
pub mod process;
pub mod request_id;
mod root_file;
pub mod root_key;
pub mod serve;
pub mod start;
mod strangers;
mod webhooks;
