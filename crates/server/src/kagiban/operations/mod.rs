//! One file per operation.

mod explain_access;

pub use explain_access::ExplainAccess;
