//! `sts:GetAccessKeyInfo`: whose account is a key of? The answer lies in the id itself.

use kagiban_aws::{AccessKeyId, AccountId};

use super::wire;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With};

/// The key to look at.
#[derive(Clone, Copy, Debug)]
pub struct GetAccessKeyInfo {
    id: AccessKeyId,
}

impl Operation for GetAccessKeyInfo {
    const ACTION: &'static str = "sts:GetAccessKeyInfo";
    type Wire = wire::GetAccessKeyInfoRequest;
    type Output = wire::GetAccessKeyInfoResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetAccessKeyInfoRequest) -> Result<GetAccessKeyInfo, IamError> {
        let id = wire
            .access_key_id
            .unwrap_or_default()
            .parse()
            .map_err(|_| invalid())?;
        Ok(GetAccessKeyInfo { id })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        request: Authorized<GetAccessKeyInfo>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetAccessKeyInfoResponse>, IamError> {
        let account = request.account(call, view).ok_or_else(invalid)?;
        Ok(Decision::read(wire::GetAccessKeyInfoResponse {
            account: Some(account.to_string()),
        }))
    }
}

impl GetAccessKeyInfo {
    /// An id that an operator chose carries no account; of those only the caller's own are told.
    fn account(&self, call: &Call<'_>, view: &View<'_>) -> Option<AccountId> {
        let kept = || view.iam.access_key(self.id).map(|key| key.account);
        self.id
            .origin()
            .and_then(|_| self.id.account())
            .or_else(|| kept().filter(|account| *account == call.scope.account))
    }
}

// UNSURE: AWS's sentence.
fn invalid() -> IamError {
    IamError::ValidationError("The specified value for accessKeyId is invalid.".to_owned())
}
