//! `iam:GetServiceLastAccessedDetails`: the report on which services somebody used last, which is
//! always empty.

use crate::access_reports::Job;
use crate::page::Page;
use crate::wire::job_status_type::COMPLETED;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The report to show.
#[derive(Clone, Debug)]
pub struct GetServiceLastAccessedDetails {
    job: Job,
}

impl Operation for GetServiceLastAccessedDetails {
    const ACTION: &'static str = "iam:GetServiceLastAccessedDetails";
    type Wire = wire::GetServiceLastAccessedDetailsRequest;
    type Output = wire::GetServiceLastAccessedDetailsResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::GetServiceLastAccessedDetailsRequest,
    ) -> Result<GetServiceLastAccessedDetails, IamError> {
        Page::parse(wire.max_items, wire.marker)?;
        let job = Job::required(wire.job_id)?;
        Ok(GetServiceLastAccessedDetails { job })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    // DIFFERS: when a service was used last is not kept, because it would make every request a
    // write; the audit knows it.
    fn decide(
        request: Authorized<GetServiceLastAccessedDetails>,
        _call: &Call<'_>,
        _view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetServiceLastAccessedDetailsResponse>, IamError> {
        let created = Some(request.job.created());
        Ok(Decision::read(wire::GetServiceLastAccessedDetailsResponse {
            job_status: Some(COMPLETED.to_owned()),
            job_creation_date: created,
            job_completion_date: created,
            services_last_accessed: Some(Vec::new()),
            is_truncated: Some(false),
            ..Default::default()
        }))
    }
}
