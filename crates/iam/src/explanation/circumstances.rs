//! What is known of a request that nobody has sent, or that was sent long ago.

use kagiban_policy::{Context, ContextKey, Facts, Values};

use crate::context::RequestContext;
use crate::{Call, Requirement};

/// What a request's circumstances are taken to be.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// Condition keys that are given; they come first.
    pub given: Facts,
    /// Whether the address and the client in the call's facts are those of the request.
    pub client_known: bool,
}

/// Keys that only the client's own request could tell.
const OF_THE_CLIENT: [&str; 3] = ["aws:referer", "aws:sourceip", "aws:useragent"];

/// Keys that not even the audit log keeps.
const NEVER_KNOWN: [&str; 1] = ["aws:securetransport"];

impl Circumstances {
    pub(super) fn of<'c>(&'c self, call: &'c Call<'c>, requirement: &'c Requirement) -> Assumed<'c> {
        Assumed {
            circumstances: self,
            request: RequestContext::new(call, requirement),
        }
    }

    fn hides(&self, key: &str) -> bool {
        NEVER_KNOWN.contains(&key) || (!self.client_known && OF_THE_CLIENT.contains(&key))
    }
}

/// A request's context without what cannot be known of it.
pub(super) struct Assumed<'c> {
    circumstances: &'c Circumstances,
    request: RequestContext<'c>,
}

impl Context for Assumed<'_> {
    fn values(&self, key: &ContextKey) -> Values<'_> {
        match self.circumstances.given.values(key) {
            Values::Absent if self.circumstances.hides(key.as_str()) => Values::Absent,
            Values::Absent => self.request.values(key),
            given => given,
        }
    }
}

/// The values of a key, to be shown.
pub(super) fn values(context: &dyn Context, key: &str) -> Vec<String> {
    match context.values(&ContextKey::new(key)) {
        Values::Absent => Vec::new(),
        Values::One(value) => vec![value.into_owned()],
        Values::Many(values) => values.into_iter().map(std::borrow::Cow::into_owned).collect(),
    }
}
