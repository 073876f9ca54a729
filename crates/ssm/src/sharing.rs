//! Sharing: resource policies that let other accounts read a parameter.
//!
//! A parameter has one at most. It joins every decision about the parameter as the resource's own
//! policy; across accounts the caller's own policies must allow as well.
//
// DIFFERS: on AWS it is Resource Access Manager that writes these policies; here whoever may call
// PutResourcePolicy. The whole world (`"Principal": "*"`) is refused: a parameter is shared with
// accounts, users and roles.

use aws_lc_rs::digest::{SHA256, digest};
use kagiban_aws::{Arn, Region};
use kagiban_iam::{Call, Scope, Stored};
use kagiban_policy::{Kind, Policy};
use serde_json::Value;

use crate::records::{Parameter, ResourcePolicy};
use crate::reference::ParameterRef;
use crate::tier::Tier;
use crate::{ParameterError, ParameterName, View};

/// The longest policy, in bytes. Source: API model, `ResourcePolicyLimitExceededException`.
const MAX_BYTES: usize = 1024;

/// What a policy may allow.
const ACTIONS: [&str; 5] = [
    "ssm:getparameter",
    "ssm:getparameters",
    "ssm:getparametersbypath",
    "ssm:getparameterhistory",
    "ssm:describeparameters",
];

/// A parameter whose policy a request is about.
#[derive(Clone, Debug)]
pub(crate) struct Shared(ParameterRef);

impl Shared {
    /// Reads the ARN of a parameter.
    ///
    /// # Errors
    ///
    /// `InvalidResource` for anything else.
    pub(crate) fn parse(arn: &str) -> Result<Shared, ParameterError> {
        let reference = ParameterRef::parse(arn).map_err(|_| ParameterError::InvalidResource)?;
        match reference.arn.is_some() && reference.selector.is_none() {
            true => Ok(Shared(reference)),
            false => Err(ParameterError::InvalidResource),
        }
    }

    pub(crate) fn reference(&self) -> &ParameterRef {
        &self.0
    }

    pub(crate) fn name(&self) -> &ParameterName {
        &self.0.name
    }

    /// The parameter, which is the caller's own: others' policies are nobody else's business.
    ///
    /// # Errors
    ///
    /// `NoSuchResource`; `NotShareable` in the standard tier.
    pub(crate) fn find<'v>(
        &self,
        call: &Call<'_>,
        view: &View<'v>,
    ) -> Result<&'v Stored<Parameter>, ParameterError> {
        let parameter = view.parameter(call.scope, self.name(), call.facts.now);
        let parameter = parameter.filter(|_| self.0.is_in(call.scope));
        let parameter = parameter.ok_or(ParameterError::NoSuchResource)?;
        match parameter.current.tier {
            Tier::Advanced => Ok(parameter),
            Tier::Standard => Err(ParameterError::NotShareable),
        }
    }

    /// The policy that the caller has seen.
    ///
    /// # Errors
    ///
    /// `NoSuchResourcePolicy` for another id, `StaleResourcePolicy` for another hash.
    pub(crate) fn seen<'v>(
        &self,
        id: &str,
        hash: &str,
        call: &Call<'_>,
        view: &View<'v>,
    ) -> Result<&'v Stored<ResourcePolicy>, ParameterError> {
        let policy = view.ssm.resource_policy(call.scope, self.name());
        let policy = policy.filter(|policy| *policy.id == *id);
        let policy = policy.ok_or(ParameterError::NoSuchResourcePolicy)?;
        match hash_of(policy.policy.text()) == hash {
            true => Ok(policy),
            false => Err(ParameterError::StaleResourcePolicy),
        }
    }
}

/// What tells one text of a policy from another.
pub(crate) fn hash_of(text: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a policy that shares a parameter.
///
/// # Errors
///
/// `ResourcePolicyTooLong`; `MalformedResourcePolicy` for what is no policy of a resource, for other
/// actions than reading, and for everybody as the principal.
pub(crate) fn parse(text: &str) -> Result<Policy, ParameterError> {
    if text.len() > MAX_BYTES {
        return Err(ParameterError::ResourcePolicyTooLong);
    }
    let malformed = |why: String| ParameterError::MalformedResourcePolicy(why);
    let policy = Policy::parse(text, Kind::Resource).map_err(|error| malformed(error.to_string()))?;
    if policy.principals().any(|principal| &*principal.text == "*") {
        return Err(malformed(
            "The policy must name the principals that it allows.".to_owned(),
        ));
    }
    match only_reads(text) {
        true => Ok(policy),
        false => Err(malformed(
            "The policy has an action that is not supported for the resource.".to_owned(),
        )),
    }
}

/// Whether every statement has a principal and nothing but the actions that can be shared, each by its name.
fn only_reads(text: &str) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        return false;
    };
    several(&document["Statement"]).iter().all(|statement| {
        let actions = several(&statement["Action"]);
        let reads = |action: &&Value| {
            let action = action.as_str().unwrap_or_default().to_ascii_lowercase();
            ACTIONS.contains(&action.as_str())
        };
        statement["Principal"].is_object() && !actions.is_empty() && actions.iter().all(reads)
    })
}

/// The elements of a list, or the one thing that stands in its place.
fn several(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        Value::Null => Vec::new(),
        value => vec![value],
    }
}

impl ParameterRef {
    /// The account and Region that the parameter is in; none if that is not this Region, whose
    /// parameters alone are answered for.
    pub(crate) fn home(&self, scope: Scope) -> Option<Scope> {
        let Some(arn) = &self.arn else {
            return Some(scope);
        };
        if self.name.is_public() {
            return self.is_in(scope).then_some(scope);
        }
        let account = arn.account_id()?;
        let region: Region = arn.region().parse().ok()?;
        let home = Scope { account, region };
        (region == scope.region && *arn == self.name.arn(home)).then_some(home)
    }

    /// The ARN of a parameter of another account.
    pub(crate) fn foreign(&self, scope: Scope) -> Option<&Arn> {
        self.arn.as_ref().filter(|_| !self.is_in(scope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(principal: &str, action: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":{action},"Resource":"*"}}]}}"#
        )
    }

    const ACCOUNT: &str = r#"{"AWS":"444455556666"}"#;

    #[test]
    fn reading_can_be_shared_with_accounts_users_and_roles() {
        for action in [
            r#""ssm:GetParameter""#,
            r#"["ssm:GetParameters","ssm:DescribeParameters","SSM:getParameterHistory"]"#,
        ] {
            assert!(parse(&policy(ACCOUNT, action)).is_ok(), "{action}");
        }
        assert!(
            parse(&policy(
                r#"{"AWS":["arn:aws:iam::444455556666:role/x"]}"#,
                r#""ssm:GetParameter""#
            ))
            .is_ok()
        );
    }

    #[test]
    fn everybody_other_actions_and_what_is_no_policy_are_refused() {
        for text in [
            "x".to_owned(),
            "{}".to_owned(),
            policy(r#""*""#, r#""ssm:GetParameter""#),
            policy(r#"{"AWS":"*"}"#, r#""ssm:GetParameter""#),
            policy(r#"{"AWS":["444455556666","*"]}"#, r#""ssm:GetParameter""#),
            policy(ACCOUNT, r#""ssm:PutParameter""#),
            policy(ACCOUNT, r#""ssm:Get*""#),
            policy(ACCOUNT, r#"["ssm:GetParameter","*"]"#),
            policy(ACCOUNT, r#""ssm:GetParameter""#).replace("Action", "NotAction"),
            policy(ACCOUNT, r#""ssm:GetParameter""#).replace("Principal", "NotPrincipal"),
        ] {
            let refused = parse(&text).unwrap_err();
            assert_eq!(
                refused.code(),
                "MalformedResourcePolicyDocumentException",
                "{text}"
            );
        }
        let long = policy(ACCOUNT, r#""ssm:GetParameter""#) + &" ".repeat(MAX_BYTES);
        assert_eq!(parse(&long).unwrap_err(), ParameterError::ResourcePolicyTooLong);
    }
}
