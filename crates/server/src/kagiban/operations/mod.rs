//! One file per operation.

mod explain_access;
mod explain_request;
mod put_open_id_connect_provider_keys;

pub use explain_access::ExplainAccess;
pub use explain_request::ExplainRequest;
pub use put_open_id_connect_provider_keys::PutOpenIDConnectProviderKeys;
