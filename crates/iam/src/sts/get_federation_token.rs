//! `sts:GetFederationToken`: credentials for somebody whom this account knows only by the caller's word.
//!
//! They have what both the caller's policies and the session's allow; without session policies that is
//! nothing.

use kagiban_aws::Arn;

use super::credentials::{credentials, lifetime, packed_percent, seconds};
use super::session_policies::SessionPolicies;
use super::session_tags::SessionTags;
use super::{Bearer, SessionClaims, wire};
use crate::{Authorized, Call, Decision, IamError, Identity, Operation, Requirement, View, With, tags};

/// Who it is for, and what the session shall be like.
#[derive(Clone, Debug)]
pub struct GetFederationToken {
    name: String,
    seconds: Option<u32>,
    policies: SessionPolicies,
    tags: SessionTags,
}

impl Operation for GetFederationToken {
    const ACTION: &'static str = "sts:GetFederationToken";
    type Wire = wire::GetFederationTokenRequest;
    type Output = wire::GetFederationTokenResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetFederationTokenRequest) -> Result<GetFederationToken, IamError> {
        Ok(GetFederationToken {
            name: name(wire.name.unwrap_or_default())?,
            seconds: seconds(wire.duration_seconds, 129_600)?,
            policies: SessionPolicies::parse(wire.policy.as_deref(), wire.policy_arns)?,
            tags: SessionTags::parse(wire.tags, None)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let get = Requirement::on(Self::ACTION, self.arn(call), id);
        Ok(tags::to_create(get, "sts:TagSession", &self.tags.passed))
    }

    fn decide(
        request: Authorized<GetFederationToken>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GetFederationTokenResponse>, IamError> {
        let id = call.scope.account;
        request.policies.exist(view.account(call)?, id)?;
        let bearer = Bearer::Federated {
            name: request.name.clone(),
            issuer: issuer(&call.caller.identity)?,
        };
        let claims = SessionClaims {
            policy: request.policies.inline(),
            policy_arns: request.policies.managed(),
            tags: request.tags.passed.clone(),
            ..SessionClaims::new(id, bearer, with.now, lifetime(request.seconds, call))
        };
        Ok(Decision::read(wire::GetFederationTokenResponse {
            packed_policy_size: packed_percent(&claims)?.or(Some(0)),
            credentials: Some(credentials(&claims, view, with)),
            federated_user: Some(wire::FederatedUser {
                federated_user_id: Some(format!("{id}:{}", request.name)),
                arn: Some(request.arn(call).into()),
            }),
            ..wire::GetFederationTokenResponse::default()
        }))
    }
}

impl GetFederationToken {
    fn arn(&self, call: &Call<'_>) -> Arn {
        Arn::global(
            "sts",
            call.scope.account,
            format_args!("federated-user/{}", self.name),
        )
    }
}

/// The unique id of the user who answers for the session; none for the root user.
fn issuer(identity: &Identity) -> Result<Option<String>, IamError> {
    match identity {
        Identity::Root => Ok(None),
        Identity::User(user) => Ok(Some(user.id.clone())),
        Identity::Anonymous | Identity::Node(_) | Identity::Role(_) | Identity::Federated(_) => Err(
            IamError::AccessDenied("Cannot call GetFederationToken with session credentials".to_owned()),
        ),
    }
}

/// The name stands in an ARN, so it must not hold what would make it another one.
fn name(text: String) -> Result<String, IamError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    if text.bytes().all(allowed) && (2..=32).contains(&text.len()) {
        return Ok(text);
    }
    Err(IamError::ValidationError(format!(
        "1 validation error detected: Value '{text}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"
    )))
}
