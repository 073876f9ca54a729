//! The condition keys of a request, computed only when a policy asks for one.
//!
//! Source: IAM User Guide, "AWS global condition context keys".

use std::borrow::Cow;
use std::fmt;

use kagiban_policy::{Context, ContextKey, Values};

use crate::authorize::Requirement;
use crate::records::Tag;
use crate::{Call, Caller, Identity};

/// Condition keys that only one requirement knows, told one at a time, when a policy asks: most policies
/// ask for none of them.
pub trait Particulars: fmt::Debug + Send + Sync {
    /// The values of a key, which is in lower case; none if the request has no such key.
    fn value(&self, key: &str) -> Option<Values<'_>>;

    /// The names of those that there are, in lower case.
    fn names(&self) -> Vec<Cow<'_, str>>;
}

/// The value of one condition key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ContextValue {
    /// One value.
    One(Cow<'static, str>),
    /// Several, for ForAllValues and ForAnyValue.
    Many(Vec<String>),
}

impl From<&str> for ContextValue {
    fn from(value: &str) -> ContextValue {
        ContextValue::One(Cow::Owned(value.to_owned()))
    }
}

impl From<String> for ContextValue {
    fn from(value: String) -> ContextValue {
        ContextValue::One(Cow::Owned(value))
    }
}

impl From<bool> for ContextValue {
    fn from(value: bool) -> ContextValue {
        ContextValue::One(Cow::Borrowed(if value { "true" } else { "false" }))
    }
}

impl From<Vec<String>> for ContextValue {
    fn from(values: Vec<String>) -> ContextValue {
        ContextValue::Many(values)
    }
}

impl ContextValue {
    fn values(&self) -> Values<'_> {
        match self {
            ContextValue::One(value) => Values::One(Cow::Borrowed(value)),
            ContextValue::Many(values) => {
                Values::Many(values.iter().map(|value| Cow::Borrowed(value.as_str())).collect())
            }
        }
    }
}

/// The keys of one requirement of one call.
pub(crate) struct RequestContext<'c> {
    call: &'c Call<'c>,
    requirement: &'c Requirement,
}

impl<'c> RequestContext<'c> {
    pub(crate) fn new(call: &'c Call<'c>, requirement: &'c Requirement) -> RequestContext<'c> {
        RequestContext { call, requirement }
    }
}

impl Context for RequestContext<'_> {
    fn values(&self, key: &ContextKey) -> Values<'_> {
        let key = key.as_str();
        if let Some((_, value)) = self.requirement.context.iter().find(|(name, _)| name == key) {
            return value.values();
        }
        let mut particulars = self.requirement.particulars.iter();
        if let Some(values) = particulars.find_map(|particulars| particulars.value(key)) {
            return values;
        }
        let value = match key.strip_prefix("aws:") {
            Some("federatedprovider") => self.federated_provider(),
            Some(key) if self.requirement.web_identity().is_none() || is_of_the_request(key) => {
                self.global(key)
            }
            Some(_) => None,
            None => self.source_instance(key).or_else(|| self.federated_claim(key)),
        };
        value.map_or(Values::Absent, Values::One)
    }
}

/// Whether a global key, without its `aws:`, says nothing about the caller: when somebody else than the
/// caller asks, no other is there.
fn is_of_the_request(key: &str) -> bool {
    matches!(
        key,
        "currenttime"
            | "epochtime"
            | "referer"
            | "requestedregion"
            | "resourceaccount"
            | "securetransport"
            | "sourceip"
            | "useragent"
            | "viaawsservice"
    )
}

impl RequestContext<'_> {
    /// The provider who vouches for whoever asks, or did when the caller's session began.
    fn federated_provider(&self) -> Option<Cow<'_, str>> {
        let provider = match self.requirement.web_identity() {
            Some(who) => who.provider(),
            None => &self.call.caller.federation()?.provider,
        };
        Some(Cow::Borrowed(provider.as_str()))
    }

    /// The node whose credentials these are; only what has an instance profile is EC2's.
    fn source_instance(&self, key: &str) -> Option<Cow<'_, str>> {
        let service = key.strip_suffix(":sourceinstancearn")?;
        let node = self.call.caller.source_instance()?;
        let theirs =
            self.requirement.web_identity().is_none() && (service == "ssm" || service == node.service());
        theirs.then_some(Cow::Borrowed(node.as_str()))
    }

    /// `<host/path>:sub` and `…:aud` of a session that began with a token. What a token says when it
    /// is presented is among the requirement's own keys.
    fn federated_claim(&self, key: &str) -> Option<Cow<'_, str>> {
        let federation = self.call.caller.federation()?;
        let (issuer, claim) = key.rsplit_once(':')?;
        let value = match claim {
            "sub" => &federation.subject,
            "aud" => &federation.audience,
            _ => return None,
        };
        let theirs =
            self.requirement.web_identity().is_none() && federation.issuer().to_lowercase() == issuer;
        theirs.then_some(Cow::Borrowed(value.as_str()))
    }

    /// A global key without its `aws:`.
    fn global(&self, key: &str) -> Option<Cow<'_, str>> {
        let Call {
            caller, facts, via, ..
        } = *self.call;
        if let Some(tag) = key.strip_prefix("principaltag/") {
            return principal_tags(caller)
                .find(|t| t.key == tag || t.key.to_lowercase() == tag)
                .map(|t| Cow::Borrowed(t.value.as_str()));
        }
        let own = |value: String| Some(Cow::Owned(value));
        let flag = |set| Some(Cow::Borrowed(if set { "true" } else { "false" }));
        match key {
            "username" => match &caller.identity {
                Identity::User(user) => Some(Cow::Borrowed(user.name.as_str())),
                Identity::Anonymous
                | Identity::Node(_)
                | Identity::Root
                | Identity::Role(_)
                | Identity::Federated(_) => None,
            },
            "userid" => own(caller.user_id()),
            "principalarn" => own(caller.principal_arn().into()),
            "principalaccount" => own(caller.account.to_string()),
            "principaltype" => Some(Cow::Borrowed(match caller.identity {
                Identity::Anonymous | Identity::Node(_) => "Anonymous",
                Identity::Root => "Account",
                Identity::User(_) => "User",
                Identity::Role(_) => "AssumedRole",
                Identity::Federated(_) => "FederatedUser",
            })),
            "principalisawsservice" => Some(Cow::Borrowed("false")),
            // A call that a service makes for the user does not come from the user's address.
            "sourceip" if via.is_none() => own(facts.source_ip.to_string()),
            "securetransport" => flag(facts.secure),
            "currenttime" => own(facts.now.iso().to_string()),
            "epochtime" => own(facts.now.seconds().to_string()),
            "tokenissuetime" => caller.issued().map(|issued| Cow::Owned(issued.iso().to_string())),
            // Absent with long-term keys.
            "multifactorauthpresent" => caller.claims().and_then(|claims| flag(claims.mfa.is_some())),
            "multifactorauthage" => caller
                .mfa()
                .map(|at| Cow::Owned(facts.now.seconds().saturating_sub(at.seconds()).to_string())),
            // IAM is in one Region, wherever the client signs for.
            "requestedregion" if self.requirement.action.starts_with("iam:") => {
                Some(Cow::Borrowed("us-east-1"))
            }
            "requestedregion" => Some(Cow::Borrowed(self.call.scope.region.as_str())),
            "resourceaccount" => own(self.requirement.owner.to_string()),
            "viaawsservice" => flag(via.is_some()),
            "calledvia" | "calledviafirst" | "calledvialast" => {
                via.map(|service| Cow::Owned(format!("{service}.amazonaws.com")))
            }
            "sourceidentity" => caller
                .claims()
                .and_then(|claims| claims.source_identity.as_deref())
                .map(Cow::Borrowed),
            "referer" => facts.referer.as_deref().map(Cow::Borrowed),
            "useragent" => facts.user_agent.as_deref().map(Cow::Borrowed),
            _ => None,
        }
    }
}

/// The caller's tags: a session's own come before its role's or user's.
fn principal_tags(caller: &Caller) -> impl Iterator<Item = &Tag> {
    let own: &[Tag] = match &caller.identity {
        Identity::Anonymous | Identity::Node(_) | Identity::Root | Identity::Federated(None) => &[],
        Identity::User(user) | Identity::Federated(Some(user)) => &user.tags,
        Identity::Role(role) => &role.tags,
    };
    let passed = caller.claims().map_or(&[][..], |claims| &claims.tags);
    passed.iter().chain(own)
}
