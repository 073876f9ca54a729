//! Why a request was denied, as DecodeAuthorizationMessage tells it.

use std::borrow::Cow;

use kagiban_policy::{Context as _, ContextKey, Denial, Refusal, Values};
use serde_json::{Value, json};

use crate::Call;
use crate::authorize::Requirement;
use crate::context::RequestContext;

/// The keys that every message shows, if the request has them.
const KEYS: &[&str] = &[
    "aws:username",
    "aws:userid",
    "aws:PrincipalType",
    "aws:SourceIp",
    "aws:SecureTransport",
    "aws:CurrentTime",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:MultiFactorAuthPresent",
    "aws:MultiFactorAuthAge",
    "aws:ViaAWSService",
];

/// The message; none where it would tell one account about another's policies.
pub(crate) fn message(denial: &Denial<'_>, requirement: &Requirement, call: &Call<'_>) -> Option<String> {
    if requirement.owner != call.caller.account {
        return None;
    }
    let context = RequestContext::new(call, requirement);
    let items = |items: Vec<Value>| json!({ "items": items });
    let matched = match &denial.refusal {
        Refusal::Explicit(deciding) => vec![json!({
            "statementId": deciding.sid.unwrap_or_default(),
            "effect": "DENY",
            "sourcePolicyId": deciding.source,
            "sourcePolicyType": deciding.policy_type.as_str(),
        })],
        Refusal::Implicit(_) => Vec::new(),
    };
    let always = KEYS.iter().map(|key| Cow::Borrowed(*key));
    let conditions = requirement.keys().chain(always).filter_map(|key| {
        let values = items(values(&context, &key)?);
        Some(json!({ "key": key, "values": values }))
    });
    let message = json!({
        "allowed": false,
        "explicitDeny": denial.is_explicit(),
        "matchedStatements": items(matched),
        "failures": items(Vec::new()),
        "context": {
            "principal": { "id": call.caller.user_id(), "arn": call.caller.arn.as_str() },
            "action": requirement.action,
            "resource": requirement.resource,
            "conditions": items(conditions.collect()),
        },
    });
    Some(message.to_string())
}

fn values(context: &RequestContext<'_>, key: &str) -> Option<Vec<Value>> {
    let key = ContextKey::new(key);
    let value = |value: &str| json!({ "value": value });
    match context.values(&key) {
        Values::Absent => None,
        Values::One(one) => Some(vec![value(&one)]),
        Values::Many(many) => Some(many.iter().map(|one| value(one)).collect()),
    }
}
