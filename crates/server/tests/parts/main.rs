//! The server's own parts, from outside: sockets, files and the binary's command line.

mod audit;
mod cli;
mod http;
