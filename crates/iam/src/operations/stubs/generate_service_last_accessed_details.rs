//! `iam:GenerateServiceLastAccessedDetails`: ask which services somebody used last, and when.

use crate::access_reports::{Job, Subject};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Whom to report about.
#[derive(Clone, Debug)]
pub struct GenerateServiceLastAccessedDetails {
    subject: Subject,
}

impl Operation for GenerateServiceLastAccessedDetails {
    const ACTION: &'static str = "iam:GenerateServiceLastAccessedDetails";
    type Wire = wire::GenerateServiceLastAccessedDetailsRequest;
    type Output = wire::GenerateServiceLastAccessedDetailsResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::GenerateServiceLastAccessedDetailsRequest,
    ) -> Result<GenerateServiceLastAccessedDetails, IamError> {
        let subject = Subject::required(wire.arn)?;
        Ok(GenerateServiceLastAccessedDetails { subject })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![self.subject.target(Self::ACTION, account, call)])
    }

    fn decide(
        request: Authorized<GenerateServiceLastAccessedDetails>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GenerateServiceLastAccessedDetailsResponse>, IamError> {
        request
            .subject
            .existing(view.account(call)?, call.scope.account)?;
        let job_id = Some(Job::id(with.now, with.entropy));
        Ok(Decision::read(wire::GenerateServiceLastAccessedDetailsResponse {
            job_id,
        }))
    }
}
