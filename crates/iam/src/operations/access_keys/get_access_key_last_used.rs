//! `iam:GetAccessKeyLastUsed`: see when, for which service and where a long-term key last signed.

use kagiban_aws::AccessKeyId;

use crate::records::AccessKey;
use crate::users::Owner;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, Stored, View, With, wire};

/// The key to look at.
#[derive(Clone, Debug)]
pub struct GetAccessKeyLastUsed {
    id: String,
}

/// Stands for the service and the Region of a key that was never used.
const NEVER: &str = "N/A";

impl Operation for GetAccessKeyLastUsed {
    const ACTION: &'static str = "iam:GetAccessKeyLastUsed";
    type Wire = wire::GetAccessKeyLastUsedRequest;
    type Output = wire::GetAccessKeyLastUsedResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetAccessKeyLastUsedRequest) -> Result<GetAccessKeyLastUsed, IamError> {
        let id = wire.access_key_id.unwrap_or_default();
        Ok(GetAccessKeyLastUsed { id })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        Ok(vec![match self.key(call, view) {
            Some(key) => Owner::from(&**key).target(Self::ACTION, account, id),
            // AWS's words where an ARN should be: only who may ask about everybody learns that there is none.
            None => Requirement::on(Self::ACTION, format!("access key {}", self.id), id),
        }])
    }

    fn decide(
        request: Authorized<GetAccessKeyLastUsed>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetAccessKeyLastUsedResponse>, IamError> {
        let key = request.key(call, view).ok_or_else(|| {
            IamError::NoSuchEntity(format!("The Access Key with id {} cannot be found.", request.id))
        })?;
        let shown = match view.iam.last_used(key.account, key.id.as_str()) {
            Some(used) => wire::AccessKeyLastUsed {
                last_used_date: Some(used.at),
                service_name: Some(used.service),
                region: Some(used.region.as_str().to_owned()),
            },
            None => wire::AccessKeyLastUsed {
                last_used_date: None,
                service_name: Some(NEVER.to_owned()),
                region: Some(NEVER.to_owned()),
            },
        };
        Ok(Decision::read(wire::GetAccessKeyLastUsedResponse {
            // UNSURE: what AWS calls the root user here; lists of its keys name nobody.
            user_name: key.user.clone(),
            access_key_last_used: Some(shown),
        }))
    }
}

impl GetAccessKeyLastUsed {
    /// The key, if it is one of the caller's account.
    fn key<'v>(&self, call: &Call<'_>, view: &View<'v>) -> Option<&'v Stored<AccessKey>> {
        let id: AccessKeyId = self.id.parse().ok()?;
        let key = view.iam.access_key(id)?;
        (key.account == call.scope.account).then_some(key)
    }
}
