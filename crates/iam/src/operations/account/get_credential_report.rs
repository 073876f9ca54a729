//! `iam:GetCredentialReport`: read the report that was made last.

use crate::credential_report;
use crate::wire::report_format_type::TEXT_CSV;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The account's report.
#[derive(Clone, Debug)]
pub struct GetCredentialReport;

impl Operation for GetCredentialReport {
    const ACTION: &'static str = "iam:GetCredentialReport";
    type Wire = wire::GetCredentialReportRequest;
    type Output = wire::GetCredentialReportResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(_wire: wire::GetCredentialReportRequest) -> Result<GetCredentialReport, IamError> {
        Ok(GetCredentialReport)
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        _request: Authorized<GetCredentialReport>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GetCredentialReportResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let report = account
            .credential_report
            .as_ref()
            .ok_or(IamError::ReportNotPresent)?;
        if report.is_expired(with.now) {
            return Err(IamError::ReportExpired);
        }
        // DIFFERS: a report too long to be kept is of now, because AWS's store takes longer ones.
        let (content, generated) = match &report.content {
            Some(csv) => (csv.clone(), report.generated),
            None => (credential_report::csv(account, id, view.iam), with.now),
        };
        Ok(Decision::read(wire::GetCredentialReportResponse {
            content: Some(content.into_bytes()),
            report_format: Some(TEXT_CSV.to_owned()),
            generated_time: Some(generated),
        }))
    }
}
