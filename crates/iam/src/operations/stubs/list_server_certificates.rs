//! `iam:ListServerCertificates`: TLS certificates, of which IAM keeps none here.

use kagiban_aws::Arn;

use crate::names::PathPrefix;
use crate::page::Page;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Which certificates to show.
#[derive(Clone, Debug)]
pub struct ListServerCertificates {
    prefix: PathPrefix,
}

impl Operation for ListServerCertificates {
    const ACTION: &'static str = "iam:ListServerCertificates";
    type Wire = wire::ListServerCertificatesRequest;
    type Output = wire::ListServerCertificatesResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListServerCertificatesRequest) -> Result<ListServerCertificates, IamError> {
        Page::parse(wire.max_items, wire.marker)?;
        let prefix = PathPrefix::optional(wire.path_prefix)?;
        Ok(ListServerCertificates { prefix })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let arn = Arn::global("iam", id, format_args!("server-certificate{}", self.prefix));
        Ok(vec![Requirement::on(Self::ACTION, arn, id)])
    }

    // DIFFERS: no service here takes certificates from IAM, so none can be put there.
    fn decide(
        _request: Authorized<ListServerCertificates>,
        _call: &Call<'_>,
        _view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListServerCertificatesResponse>, IamError> {
        Ok(Decision::read(wire::ListServerCertificatesResponse {
            server_certificate_metadata_list: Some(Vec::new()),
            is_truncated: Some(false),
            marker: None,
        }))
    }
}
