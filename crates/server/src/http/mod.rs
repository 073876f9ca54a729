//! The listener: HTTP/1.1 over TCP or TLS, and what it does not put up with.
//!
//! Clients are strangers until a signature is verified, and that comes after reading. So
//! everything before it is bounded: sizes, counts, and how long a client may dawdle. One task
//! serves one connection and runs the handler itself; a request never hops to another task.

mod body;
mod connection;
mod limits;
mod listener;
mod message;
mod pace;
mod refusal;
mod shutdown;
mod tls;

pub use limits::Limits;
pub use listener::{Listener, serve};
pub use message::{Handler, Request, Response};
pub use refusal::Refusal;
pub use shutdown::Shutdown;
pub use tls::{Tls, TlsError};

pub use crate::strangers::Acquaintance;
