//! The server's own parts, from outside: sockets, files and the binary's command line.

#![expect(clippy::unwrap_used, reason = "tests")]

mod anchor;
mod audit;
mod cli;
mod console;
mod gateway;
mod http;
mod key_upkeep;
mod process;
mod running;
mod tls;
