//! Who the simulated calls come from, and what that alone says about them.

use std::borrow::Cow;

use kagiban_aws::AccountId;
use kagiban_policy::{Context, ContextKey, Facts, Principal, Values};

use super::subject::{EntityKind, SourceArn};
use crate::State;
use crate::records::Tag;

/// The simulated caller.
pub(super) struct SimulatedCaller<'s> {
    source: Option<&'s SourceArn>,
    account: AccountId,
    id: &'s str,
    tags: &'s [Tag],
    /// The ARN of the session, if it is a role.
    session: String,
}

impl<'s> SimulatedCaller<'s> {
    /// Somebody of `account` if nobody is named.
    pub(super) fn new(source: Option<&'s SourceArn>, account: AccountId, state: &'s State) -> Self {
        let (id, tags) = source.and_then(|source| source.known(state)).unwrap_or_default();
        let account = source.map_or(account, |source| source.account);
        let session = source
            .map(|source| format!("arn:aws:sts::{account}:assumed-role/{}/simulated", source.name))
            .unwrap_or_default();
        SimulatedCaller {
            source,
            account,
            id,
            tags,
            session,
        }
    }

    /// A group cannot call; it is taken for somebody whom no policy names.
    pub(super) fn principal(&self) -> Principal<'_> {
        match self.source {
            Some(role) if role.kind == EntityKind::Role => Principal::RoleSession {
                account: self.account,
                role_arn: role.arn.as_str(),
                role_id: self.id,
                session_arn: &self.session,
            },
            source => Principal::User {
                account: self.account,
                arn: source.map_or("", |source| source.arn.as_str()),
                id: self.id,
            },
        }
    }

    fn value(&self, key: &str) -> Option<Cow<'_, str>> {
        let source = self.source?;
        if let Some(tag) = key.strip_prefix("aws:principaltag/") {
            let found = self.tags.iter().find(|t| t.key.to_lowercase() == tag);
            return found.map(|tag| Cow::Borrowed(tag.value.as_str()));
        }
        match (key, source.kind) {
            ("aws:principalaccount", _) => Some(Cow::Owned(self.account.to_string())),
            ("aws:principalarn", EntityKind::User | EntityKind::Role) => {
                Some(Cow::Borrowed(source.arn.as_str()))
            }
            ("aws:username", EntityKind::User) => Some(Cow::Borrowed(&source.name)),
            ("aws:userid", EntityKind::User) if !self.id.is_empty() => Some(Cow::Borrowed(self.id)),
            ("aws:principaltype", EntityKind::User) => Some(Cow::Borrowed("User")),
            ("aws:principaltype", EntityKind::Role) => Some(Cow::Borrowed("AssumedRole")),
            _ => None,
        }
    }
}

/// The keys of a simulation: those that were given, then what the caller's name and tags say.
// UNSURE: which keys AWS's simulator fills in by itself. These are facts of any request that the
// caller could make; everything else has to be given.
pub(super) struct SimulatedContext<'s> {
    pub(super) given: &'s Facts,
    pub(super) caller: &'s SimulatedCaller<'s>,
}

impl Context for SimulatedContext<'_> {
    fn values(&self, key: &ContextKey) -> Values<'_> {
        match self.given.values(key) {
            Values::Absent => Values::maybe(self.caller.value(key.as_str())),
            given => given,
        }
    }
}
