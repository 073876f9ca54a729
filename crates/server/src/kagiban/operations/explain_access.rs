//! `kagiban:ExplainAccess`: may this user or role do that, and why (not)?

use kagiban_aws::Arn;
use kagiban_iam::explanation::{Circumstances, Subject, subject};
use kagiban_iam::{Authorized, Call, Decision, Facts, Operation, Requirement, With};

use crate::kagiban::check::Asker;
use crate::kagiban::target::Target;
use crate::kagiban::{KagibanError, View, given, principal, wire};

/// Whose access to what.
#[derive(Clone, Debug)]
pub struct ExplainAccess {
    principal: Arn,
    target: Target,
    circumstances: Circumstances,
}

impl Operation for ExplainAccess {
    const ACTION: &'static str = "kagiban:ExplainAccess";
    type Wire = wire::ExplainAccessRequest;
    type Output = wire::ExplainAccessResponse;
    type Error = KagibanError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ExplainAccessRequest) -> Result<ExplainAccess, KagibanError> {
        Ok(ExplainAccess {
            principal: principal::parse(&wire.principal_arn.unwrap_or_default())?,
            target: Target::parse(
                &wire.action_name.unwrap_or_default(),
                wire.resource_arn.as_deref(),
            )?,
            circumstances: given::parse(wire.context_entries)?,
        })
    }

    fn requirements(&self, _call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KagibanError> {
        Ok(vec![principal::simulated(&self.principal, view)?])
    }

    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        true
    }

    fn decide(
        request: Authorized<ExplainAccess>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::ExplainAccessResponse>, KagibanError> {
        let caller = match subject(&request.principal, view.as_ref(), with.now) {
            Some(Subject::Caller(caller)) => *caller,
            Some(Subject::Federated) => return Err(KagibanError::Federated),
            None => return Err(KagibanError::NoSuchPrincipal(request.principal.to_string())),
        };
        let facts = Facts {
            user_agent: None,
            referer: None,
            ..call.facts.clone()
        };
        let asked = Call {
            caller: &caller,
            scope: request.target.scope(&caller, call.scope.region),
            facts: &facts,
            via: None,
        };
        let checks = Asker { call, view }.checks(&request.target, &asked, &request.circumstances);
        Ok(Decision::read(wire::ExplainAccessResponse {
            decision: Some(checks.decision().to_owned()),
            principal_arn: Some(request.principal.to_string()),
            checks: Some(checks.shown),
        }))
    }
}
