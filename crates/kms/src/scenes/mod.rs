//! The life of keys, played against the operations without a server.

mod names;
