//! How our own programs, the agent and the workstation's command, reach a server.
//!
//! A [`Connector`] opens connections: TLS against the system's authorities or `AWS_CA_BUNDLE`, through
//! the environment's proxies. Over them go [`Client`]'s calls of an [`Endpoint`] in AWS's JSON protocol,
//! plain requests ([`Http`]) and [`websocket`]s, each with the proof of a [`Signer`].

mod backoff;
mod call;
mod connect;
pub mod data_channel;
mod date;
mod endpoint;
mod error;
mod http;
mod proxy;
mod shown;
mod signer;
mod tls;
pub mod websocket;

pub use backoff::{Backoff, spread};
pub use call::Client;
pub use connect::{Connector, Socket, Stream};
pub use date::http_date;
pub use endpoint::{Credentials, Endpoint, Service, join, parse_region, parse_url};
pub use error::Error;
pub use http::{Answer, Http, Text};
pub use hyper::Uri as Url;
pub use shown::{readable, safe, safe_json};
pub use signer::{Proof, Signer, Unsigned};
