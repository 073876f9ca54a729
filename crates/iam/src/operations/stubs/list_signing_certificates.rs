//! `iam:ListSigningCertificates`: a user's signing certificates, of which this server keeps none.

use crate::names::ExistingUserName;
use crate::page::Page;
use crate::users::Owner;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Whose signing certificates to show; the caller's if nobody is named.
#[derive(Clone, Debug)]
pub struct ListSigningCertificates {
    user: Option<ExistingUserName>,
}

impl Operation for ListSigningCertificates {
    const ACTION: &'static str = "iam:ListSigningCertificates";
    type Wire = wire::ListSigningCertificatesRequest;
    type Output = wire::ListSigningCertificatesResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListSigningCertificatesRequest) -> Result<ListSigningCertificates, IamError> {
        Page::parse(wire.max_items, wire.marker)?;
        Ok(ListSigningCertificates {
            user: ExistingUserName::optional(wire.user_name)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let owner = Owner::of(self.user.as_ref(), call)?;
        let account = view.account(call)?;
        Ok(vec![owner.target(Self::ACTION, account, call.scope.account)])
    }

    // DIFFERS: requests are signed with access keys only;
    // the list is there because those who delete a user ask for it.
    fn decide(
        request: Authorized<ListSigningCertificates>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListSigningCertificatesResponse>, IamError> {
        Owner::of(request.user.as_ref(), call)?.existing(view.account(call)?)?;
        Ok(Decision::read(wire::ListSigningCertificatesResponse {
            certificates: Some(Vec::new()),
            is_truncated: Some(false),
            marker: None,
        }))
    }
}
