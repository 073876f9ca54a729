//! `sts:AssumeRole`: begin a session of a role, if its trust policy and the caller's own policies agree.

use std::sync::Arc;

use kagiban_aws::{AccountId, Arn};
use kagiban_policy::{Policy, Rule};
use kagiban_store::Txn;

use super::credentials::{credentials, packed_percent, seconds};
use super::session_policies::SessionPolicies;
use super::session_tags::SessionTags;
use super::{Bearer, SessionClaims, wire};
use crate::mfa::Proof;
use crate::records::Role;
use crate::{
    Authorized, Call, ContextValue, Decision, IamError, Identity, Operation, Requirement, State, Stored,
    View, With, WrongCode, tags,
};

/// A role to assume, and what the session shall be like.
#[derive(Clone, Debug)]
pub struct AssumeRole {
    role: Arn,
    owner: AccountId,
    session_name: String,
    seconds: Option<u32>,
    policies: SessionPolicies,
    tags: SessionTags,
    external_id: Option<String>,
    source_identity: Option<String>,
    mfa: Proof,
}

/// What a session lives if nothing else is said, and what a chained one lives at most.
const HOUR: u32 = 3600;

impl Operation for AssumeRole {
    const ACTION: &'static str = "sts:AssumeRole";
    type Wire = wire::AssumeRoleRequest;
    type Output = wire::AssumeRoleResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::AssumeRoleRequest) -> Result<AssumeRole, IamError> {
        if wire
            .provided_contexts
            .is_some_and(|contexts| !contexts.is_empty())
        {
            return Err(IamError::NotBuilt("ProvidedContexts is not supported"));
        }
        let (role, owner) = role_arn(wire.role_arn.unwrap_or_default().as_str())?;
        Ok(AssumeRole {
            role,
            owner,
            session_name: session_name(wire.role_session_name.unwrap_or_default())?,
            seconds: seconds(wire.duration_seconds, 43_200)?,
            policies: SessionPolicies::parse(wire.policy.as_deref(), wire.policy_arns)?,
            tags: SessionTags::parse(wire.tags, wire.transitive_tag_keys)?,
            external_id: wire.external_id,
            source_identity: wire.source_identity,
            mfa: Proof::parse(wire.serial_number, wire.token_code),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        if matches!(call.caller.identity, Identity::Root) {
            return Err(denied("Roles may not be assumed by root accounts."));
        }
        let proven = self.mfa.verify(call, view.iam)?;
        let role = self.find(view.iam);
        let trust = role.map_or_else(|| Arc::new(Policy::broken()), |role| role.trust.shared());
        let source_identity = self.source_identity(call)?;
        let mut actions = vec![Self::ACTION];
        if self.tags.make_any(call) {
            actions.push("sts:TagSession");
        }
        if source_identity.is_some() {
            actions.push("sts:SetSourceIdentity");
        }
        let requirement = |action| {
            let on =
                Requirement::on(action, self.role.as_str(), self.owner).under(trust.clone(), Rule::Trust);
            let on = self.circumstances(on, source_identity);
            let on = match &proven {
                Some(proven) => proven.on(on),
                None => on,
            };
            tags::of_target(on, role.map_or(&[], |role| &role.tags))
        };
        Ok(actions.into_iter().map(requirement).collect())
    }

    fn decide(
        request: Authorized<AssumeRole>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::AssumeRoleResponse>, IamError> {
        let request = request.into_inner();
        let found = (view.iam.account(request.owner), request.find(view.iam));
        let (Some(account), Some(role)) = found else {
            // A role that does not exist has a trust policy that denies everything.
            return Err(denied("The role is gone."));
        };
        let lifetime = session_seconds(
            request.seconds,
            role.max_session_seconds,
            call.caller.is_temporary(),
        )?;
        request.policies.exist(account, request.owner)?;
        let assumed = assumed(role, request.owner, &request.session_name);
        let mut txn = Txn::new();
        if let Some(proven) = request.mfa.verify(call, view.iam)? {
            proven.spend(&mut txn);
        }
        let claims = request.claims(role, lifetime, call, with)?;
        let output = wire::AssumeRoleResponse {
            packed_policy_size: packed_percent(&claims)?,
            credentials: Some(credentials(&claims, view, with)),
            assumed_role_user: Some(assumed),
            source_identity: claims.source_identity,
            ..wire::AssumeRoleResponse::default()
        };
        Ok(Decision::write(txn, output))
    }

    fn aftermath(error: &IamError, call: &Call<'_>, view: &View<'_>) -> Txn {
        WrongCode::counted(error, call, view.iam)
    }
}

impl AssumeRole {
    /// The role, if it exists under exactly this ARN.
    fn find<'s>(&self, state: &'s State) -> Option<&'s Stored<Role>> {
        let name = self.role.resource().rsplit('/').next()?;
        let role = state.account(self.owner)?.role(name)?;
        (role.arn(self.owner) == self.role).then_some(role)
    }

    /// The source identity of the new session: once set, it stays the same from role to role.
    fn source_identity<'c>(&'c self, call: &Call<'c>) -> Result<Option<&'c str>, IamError> {
        let claims = call.caller.claims();
        let before = claims.and_then(|claims| claims.source_identity.as_deref());
        match (before, self.source_identity.as_deref()) {
            // UNSURE: AWS's sentence.
            (Some(before), Some(now)) if before != now => Err(denied("SourceIdentity can not be changed.")),
            (before, now) => Ok(before.or(now)),
        }
    }

    /// The requirement with STS's condition keys.
    fn circumstances(&self, requirement: Requirement, source_identity: Option<&str>) -> Requirement {
        let transitive = self.tags.transitive();
        let seconds = self.seconds.map(|seconds| seconds.to_string());
        let optional = [
            ("sts:externalid", self.external_id.as_deref()),
            ("sts:sourceidentity", source_identity),
            ("sts:durationseconds", seconds.as_deref()),
        ];
        let mut on = requirement.when("sts:rolesessionname", self.session_name.as_str());
        for (key, value) in optional {
            if let Some(value) = value {
                on = on.when(key, value);
            }
        }
        if !transitive.is_empty() {
            on = on.when("sts:transitivetagkeys", ContextValue::Many(transitive.to_vec()));
        }
        tags::requested(on, &self.tags.passed)
    }

    fn claims(
        self,
        role: &Role,
        lifetime: u32,
        call: &Call<'_>,
        with: &With<'_>,
    ) -> Result<SessionClaims, IamError> {
        let source_identity = self.source_identity(call)?.map(str::to_owned);
        let (tags, transitive_tag_keys) = self.tags.with_inherited(call)?;
        let bearer = Bearer::Role {
            id: role.id.clone(),
            session_name: self.session_name,
            federation: None,
        };
        Ok(SessionClaims {
            // Only credentials that have proved it hand it on: a code given now counts for this call alone.
            mfa: call.caller.mfa(),
            policy: self.policies.inline(),
            policy_arns: self.policies.managed(),
            source_identity,
            tags,
            transitive_tag_keys,
            chained: call.caller.is_temporary(),
            ..SessionClaims::new(self.owner, bearer, with.now, lifetime)
        })
    }
}

pub(super) fn denied(sentence: &str) -> IamError {
    IamError::AccessDenied(sentence.to_owned())
}

/// The ARN of a role, and the account it belongs to.
pub(super) fn role_arn(text: &str) -> Result<(Arn, AccountId), IamError> {
    let arn: Option<Arn> = text.parse().ok();
    let of_role =
        |arn: &Arn| arn.service() == "iam" && arn.region().is_empty() && arn.resource().starts_with("role/");
    arn.filter(of_role)
        .and_then(|arn| arn.account_id().map(|owner| (arn, owner)))
        .ok_or_else(|| IamError::ValidationError(format!("{text} is invalid")))
}

pub(super) fn session_name(text: String) -> Result<String, IamError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    if text.bytes().all(allowed) && (2..=64).contains(&text.len()) {
        return Ok(text);
    }
    Err(IamError::ValidationError(format!(
        "1 validation error detected: Value '{text}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"
    )))
}

/// How long an assumed role's credentials live, in whole seconds.
///
/// `requested` falls back to an hour. A chained role (one assumed with temporary credentials) never
/// gets more than that, whatever `role_max` says.
///
/// # Errors
///
/// Above the limit: AWS refuses rather than clamps, and so do we.
///
/// Source: STS API Reference, `AssumeRole`, `DurationSeconds`.
pub(super) fn session_seconds(requested: Option<u32>, role_max: u32, chained: bool) -> Result<u32, IamError> {
    let seconds = requested.unwrap_or(HOUR);
    let refused = |sentence: &str| Err(IamError::ValidationError(sentence.to_owned()));
    if chained && seconds > HOUR {
        return refused(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        );
    }
    if seconds > role_max {
        return refused("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    }
    Ok(seconds)
}

/// The new session, as answers name it.
pub(super) fn assumed(role: &Role, account: AccountId, session_name: &str) -> wire::AssumedRoleUser {
    wire::AssumedRoleUser {
        assumed_role_id: Some(format!("{}:{session_name}", role.id)),
        arn: Some(role.session_arn(account, session_name).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lives_an_hour_unless_it_asks_for_less_or_its_role_allows_more() {
        assert_eq!(session_seconds(None, 43200, false), Ok(3600));
        assert_eq!(session_seconds(Some(900), 3600, false), Ok(900));
        assert_eq!(session_seconds(Some(43200), 43200, false), Ok(43200));
        assert_eq!(
            session_seconds(Some(3601), 3600, false).unwrap_err().to_string(),
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        );
    }

    #[test]
    fn a_chained_session_never_lives_longer_than_an_hour() {
        assert_eq!(session_seconds(None, 43200, true), Ok(3600));
        assert_eq!(
            session_seconds(Some(3601), 43200, true).unwrap_err().to_string(),
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        );
    }

    #[test]
    fn what_is_not_a_roles_arn_is_invalid() {
        for text in [
            "app",
            "arn:aws:iam::111122223333:user/alice",
            "arn:aws:iam::aws:role/app",
        ] {
            let refused = role_arn(text).unwrap_err();
            assert_eq!(refused.to_string(), format!("{text} is invalid"));
        }
    }

    #[test]
    fn a_session_name_holds_no_colon() {
        assert_eq!(
            session_name("a:b".to_owned()).unwrap_err().to_string(),
            r"1 validation error detected: Value 'a:b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*"
        );
    }
}
