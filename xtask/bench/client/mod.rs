//! The client: signed requests over kept connections, as light as can be.
//!
//! It has one processor and must outrun the server, so it writes HTTP by hand and reads of an
//! answer only the status and the length.

mod call;
mod connection;
mod load;
mod tls;

pub(crate) use call::Call;
pub(crate) use connection::{Address, Connection};
pub(crate) use load::{Load, Sample};
pub(crate) use tls::trusting;
