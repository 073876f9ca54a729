//! Query: a request is a form, such as `Action=CreateUser&Version=2010-05-08&UserName=x`.
//!
//! Names are paths: `Tags.member.1.Key` is the `Key` of the first element of `Tags`. The form is
//! read into a tree whose size is bounded, and structures pick their members from it. Members
//! that the model does not know are skipped, and of members sent twice the last one counts.

mod form;
mod percent;
mod read;

pub use form::{Form, Operation};
pub use percent::percent_encode;
pub use read::{FromForm, Structure, member, read};

#[cfg(test)]
mod tests;
