//! One file per operation.

mod explain_access;
mod explain_request;

pub use explain_access::ExplainAccess;
pub use explain_request::ExplainRequest;
