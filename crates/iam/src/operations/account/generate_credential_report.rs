//! `iam:GenerateCredentialReport`: make a report on the credentials of everybody, unless there is one of the last four
//! hours.

use kagiban_store::Txn;

use crate::credential_report::{self, MAX_STORED_BYTES};
use crate::records::{CredentialReport, keys};
use crate::wire::report_state_type::{COMPLETE, STARTED};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The account's report.
#[derive(Clone, Debug)]
pub struct GenerateCredentialReport;

impl Operation for GenerateCredentialReport {
    const ACTION: &'static str = "iam:GenerateCredentialReport";
    type Wire = wire::GenerateCredentialReportRequest;
    type Output = wire::GenerateCredentialReportResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(_wire: wire::GenerateCredentialReportRequest) -> Result<GenerateCredentialReport, IamError> {
        Ok(GenerateCredentialReport)
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        _request: Authorized<GenerateCredentialReport>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GenerateCredentialReportResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let before = account.credential_report.as_ref();
        if before.is_some_and(|report| !report.is_expired(with.now)) {
            return Ok(Decision::read(wire::GenerateCredentialReportResponse {
                state: Some(COMPLETE.to_owned()),
                description: None,
            }));
        }
        let csv = credential_report::csv(account, id, view.iam);
        let report = CredentialReport {
            generated: with.now,
            content: Some(csv).filter(|csv| csv.len() <= MAX_STORED_BYTES),
            rest: Default::default(),
        };
        let key = keys::credential_report(id);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), before.map(|report| report.revision))
            .put(key, &report);
        // It is complete already. AWS says this first all the same, and clients ask until it is complete.
        let output = wire::GenerateCredentialReportResponse {
            state: Some(STARTED.to_owned()),
            description: Some("No report exists. Starting a new report generation task".to_owned()),
        };
        Ok(Decision::write(txn, output))
    }
}
