//! `iam:ListPoliciesGrantingServiceAccess`: which of somebody's policies let them use a service.

use crate::access_reports::Subject;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Whom the question is about, and the services.
#[derive(Clone, Debug)]
pub struct ListPoliciesGrantingServiceAccess {
    subject: Subject,
    services: Vec<String>,
}

impl Operation for ListPoliciesGrantingServiceAccess {
    const ACTION: &'static str = "iam:ListPoliciesGrantingServiceAccess";
    type Wire = wire::ListPoliciesGrantingServiceAccessRequest;
    type Output = wire::ListPoliciesGrantingServiceAccessResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::ListPoliciesGrantingServiceAccessRequest,
    ) -> Result<ListPoliciesGrantingServiceAccess, IamError> {
        Ok(ListPoliciesGrantingServiceAccess {
            subject: Subject::required(wire.arn)?,
            services: wire.service_namespaces.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![self.subject.target(Self::ACTION, account, call)])
    }

    // DIFFERS: no policy is ever named, because SimulatePrincipalPolicy answers the question better.
    fn decide(
        request: Authorized<ListPoliciesGrantingServiceAccess>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListPoliciesGrantingServiceAccessResponse>, IamError> {
        request
            .subject
            .existing(view.account(call)?, call.scope.account)?;
        let entry = |service: &String| wire::ListPoliciesGrantingServiceAccessEntry {
            service_namespace: Some(service.clone()),
            policies: Some(Vec::new()),
        };
        Ok(Decision::read(wire::ListPoliciesGrantingServiceAccessResponse {
            policies_granting_service_access: Some(request.services.iter().map(entry).collect()),
            is_truncated: Some(false),
            marker: None,
        }))
    }
}
