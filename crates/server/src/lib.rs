//! The server's parts that are not a service: how it is configured, listens, logs, counts and
//! keeps its audit log.

pub mod audit;
pub mod cli;
pub mod config;
pub mod http;
pub mod log;
pub mod metrics;
pub mod process;
pub mod request_id;
pub mod serve;
