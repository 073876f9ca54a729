//! The two wires that AWS's control planes speak: JSON 1.1 (SSM, KMS) and Query (IAM, STS).
//!
//! Each service crate has a generated `wire.rs` with one [`Input`] and one [`Output`] per
//! operation; nothing above it knows which wire a request came on. The generated code names
//! members and rules only. How they are read and written is here: [`json`], [`query`] and [`xml`];
//! [`constraint`] holds them against the model, in AWS's own sentences.

use crate::Fault;

mod blob;
pub mod constraint;
mod error;
pub mod json;
pub mod query;
#[cfg(test)]
mod sample;
mod time;
pub mod xml;

/// One of AWS's services, as its clients address it.
#[derive(Debug)]
pub struct Service {
    /// Signing name, IAM prefix and part of ARNs, such as `ssm`.
    pub name: &'static str,
    /// How requests and answers are written.
    pub protocol: Protocol,
}

/// How a service's requests and answers are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protocol {
    /// JSON 1.1: the operation is in `X-Amz-Target: <target>.<Operation>`, the body an object.
    Json {
        /// What stands before the dot, such as `AmazonSSM`.
        target: &'static str,
    },
    /// Query: a form with `Action` and `Version`, answered in XML.
    Query {
        /// API version, such as `2010-05-08`.
        version: &'static str,
        /// The answers' `xmlns`.
        namespace: &'static str,
    },
}

impl Protocol {
    /// What the `Content-Type` of every answer says, faults included.
    pub const fn content_type(self) -> &'static str {
        match self {
            Protocol::Json { .. } => "application/x-amz-json-1.1",
            Protocol::Query { .. } => "text/xml",
        }
    }
}

/// The parameters of a request, found but not yet read.
#[derive(Clone, Copy, Debug)]
pub enum Raw<'a> {
    /// The body of a JSON 1.1 request; empty counts as `{}`.
    Json(&'a [u8]),
    /// A form, from the body or, for GET, from the query.
    Form(&'a [u8]),
}

/// What a client may ask of an operation: generated, all of it still doubtful.
pub trait Input: Sized {
    /// Reads the members, ignoring those that the model does not know, then holds them against
    /// the model's constraints.
    ///
    /// # Errors
    ///
    /// `SerializationException` (JSON) or `MalformedInput` (Query) for what cannot be read,
    /// `ValidationException` (JSON) or `ValidationError` (Query) with AWS's sentence for what
    /// breaks a constraint.
    fn read(raw: Raw<'_>) -> Result<Self, Fault>;
}

/// What an operation answers: generated, written in its service's wire.
pub trait Output {
    /// Appends the body. `request_id` is part of the XML envelope and unused in JSON.
    fn write(&self, request_id: &str, out: &mut Vec<u8>);
}
