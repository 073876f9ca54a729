//! `sts:AssumeRoleWithWebIdentity`: begin a session of a role with a token of an identity provider.
//!
//! Whoever calls is of no account: the token is the proof, and the role's trust policy decides about
//! its subject alone. So the request may come unsigned, and mostly does.

use std::sync::Arc;

use kagiban_aws::{AccountId, Arn, SecretString, Timestamp};
use kagiban_policy::{Policy, Rule};

use super::assume_role::{assumed, denied, role_arn, session_name, session_seconds};
use super::credentials::{credentials, packed_percent, seconds};
use super::session_policies::SessionPolicies;
use super::web_identity::{Presented, WebIdentity};
use super::{Bearer, SessionClaims, wire};
use crate::records::Role;
use crate::{
    Authorized, Call, ContextValue, Decision, IamError, Operation, ProviderUrl, Requirement, State, Stored,
    View, With, tags,
};

/// A role to assume, the token that speaks for whoever asks, and what the session shall be like.
#[derive(Clone, Debug)]
pub struct AssumeRoleWithWebIdentity {
    role: Arn,
    owner: AccountId,
    session_name: String,
    token: SecretString,
    seconds: Option<u32>,
    policies: SessionPolicies,
}

impl Operation for AssumeRoleWithWebIdentity {
    const UNSIGNED: bool = true;
    const ACTION: &'static str = "sts:AssumeRoleWithWebIdentity";
    type Wire = wire::AssumeRoleWithWebIdentityRequest;
    type Output = wire::AssumeRoleWithWebIdentityResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::AssumeRoleWithWebIdentityRequest) -> Result<AssumeRoleWithWebIdentity, IamError> {
        if wire.provider_id.is_some() {
            return Err(IamError::NotBuilt(
                "ProviderId is not supported; only OpenID Connect ID tokens are taken",
            ));
        }
        let (role, owner) = role_arn(wire.role_arn.unwrap_or_default().as_str())?;
        Ok(AssumeRoleWithWebIdentity {
            role,
            owner,
            session_name: session_name(wire.role_session_name.unwrap_or_default())?,
            token: wire.web_identity_token.unwrap_or_default(),
            seconds: seconds(wire.duration_seconds, 43_200)?,
            policies: SessionPolicies::parse(wire.policy.as_deref(), wire.policy_arns)?,
        })
    }

    fn unknown_keys(&self, call: &Call<'_>, view: &View<'_>) -> Option<ProviderUrl> {
        let now = call.facts.now;
        let presented = self.presented(view, now).ok()?;
        presented.unknown_keys(view.issuers, now)
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let who = Arc::new(self.verified(call, view)?);
        let role = self.find(view.iam);
        let trust = role.map_or_else(|| Arc::new(Policy::broken()), |role| role.trust.shared());
        let mut actions = vec![Self::ACTION];
        if !who.tags().passed.is_empty() {
            actions.push("sts:TagSession");
        }
        if who.source_identity().is_some() {
            actions.push("sts:SetSourceIdentity");
        }
        let requirement = |action| {
            let on = Requirement::on(action, self.role.as_str(), self.owner)
                .under(trust.clone(), Rule::Trust)
                .asked_by(who.clone());
            let on = self.circumstances(on, &who);
            tags::of_target(on, role.map_or(&[], |role| &role.tags))
        };
        Ok(actions.into_iter().map(requirement).collect())
    }

    fn decide(
        request: Authorized<AssumeRoleWithWebIdentity>,
        _call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::AssumeRoleWithWebIdentityResponse>, IamError> {
        let who = request.asked_by().cloned();
        let request = request.into_inner();
        let found = (view.iam.account(request.owner), request.find(view.iam), who);
        let (Some(account), Some(role), Some(who)) = found else {
            // A role that does not exist has a trust policy that denies everything.
            return Err(denied("The role is gone."));
        };
        // Never a chained role: whatever signed has no part in the session.
        let lifetime = session_seconds(request.seconds, role.max_session_seconds, false)?;
        request.policies.exist(account, request.owner)?;
        let assumed = assumed(role, request.owner, &request.session_name);
        let claims = request.claims(role, &who, lifetime, with);
        let federation = who.federation();
        Ok(Decision::read(wire::AssumeRoleWithWebIdentityResponse {
            packed_policy_size: packed_percent(&claims)?,
            credentials: Some(credentials(&claims, view, with)),
            assumed_role_user: Some(assumed),
            subject_from_web_identity_token: Some(federation.subject.clone()),
            audience: Some(federation.audience.clone()),
            // UNSURE: the documentation says the `iss`; users show the provider's ARN.
            provider: Some(federation.provider.to_string()),
            source_identity: claims.source_identity,
            ..wire::AssumeRoleWithWebIdentityResponse::default()
        }))
    }
}

impl AssumeRoleWithWebIdentity {
    /// The token, read; its issuer must be a provider of the role's account.
    fn presented<'p>(&'p self, view: &View<'p>, now: Timestamp) -> Result<Presented<'p>, IamError> {
        let account = view.iam.account(self.owner);
        Presented::read(self.token.expose(), account, self.owner, now)
    }

    fn verified(&self, call: &Call<'_>, view: &View<'_>) -> Result<WebIdentity, IamError> {
        let now = call.facts.now;
        self.presented(view, now)?.verify(view.issuers, now)
    }

    /// The role, if it exists under exactly this ARN.
    fn find<'s>(&self, state: &'s State) -> Option<&'s Stored<Role>> {
        let name = self.role.resource().rsplit('/').next()?;
        let role = state.account(self.owner)?.role(name)?;
        (role.arn(self.owner) == self.role).then_some(role)
    }

    /// The requirement with STS's condition keys and those of the token.
    fn circumstances(&self, requirement: Requirement, who: &WebIdentity) -> Requirement {
        let mut on = requirement.when("sts:rolesessionname", self.session_name.as_str());
        if let Some(seconds) = self.seconds {
            on = on.when("sts:durationseconds", seconds.to_string());
        }
        if let Some(identity) = who.source_identity() {
            on = on.when("sts:sourceidentity", identity);
        }
        let transitive = who.tags().transitive();
        if !transitive.is_empty() {
            on = on.when("sts:transitivetagkeys", ContextValue::Many(transitive.to_vec()));
        }
        let on = tags::requested(on, &who.tags().passed);
        who.context()
            .iter()
            .fold(on, |on, (key, value)| on.when(key.clone(), value.clone()))
    }

    fn claims(self, role: &Role, who: &WebIdentity, lifetime: u32, with: &With<'_>) -> SessionClaims {
        let (tags, transitive_tag_keys) = who.tags().clone().alone();
        let bearer = Bearer::Role {
            id: role.id.clone(),
            session_name: self.session_name,
            federation: Some(Box::new(who.federation().clone())),
        };
        SessionClaims {
            policy: self.policies.inline(),
            policy_arns: self.policies.managed(),
            source_identity: who.source_identity().map(str::to_owned),
            tags,
            transitive_tag_keys,
            ..SessionClaims::new(self.owner, bearer, with.now, lifetime)
        }
    }
}
