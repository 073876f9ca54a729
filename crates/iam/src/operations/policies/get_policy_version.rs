//! `iam:GetPolicyVersion`: read one document of a managed policy.

use kagiban_aws::wire::query::percent_encode;

use crate::managed_policy::{Managed, PolicyArn, version_number};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The version to show.
#[derive(Clone, Debug)]
pub struct GetPolicyVersion {
    policy: PolicyArn,
    version: String,
}

impl Operation for GetPolicyVersion {
    const ACTION: &'static str = "iam:GetPolicyVersion";
    type Wire = wire::GetPolicyVersionRequest;
    type Output = wire::GetPolicyVersionResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetPolicyVersionRequest) -> Result<GetPolicyVersion, IamError> {
        Ok(GetPolicyVersion {
            policy: PolicyArn::required(wire.policy_arn)?,
            version: wire.version_id.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![self.policy.target(Self::ACTION, account, call)])
    }

    fn decide(
        request: Authorized<GetPolicyVersion>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetPolicyVersionResponse>, IamError> {
        let account = view.account(call)?;
        let missing = || request.policy.missing_version(&request.version);
        let number = version_number(&request.version).ok_or_else(missing)?;
        let (listed, text) = match request.policy.existing(account, call.scope.account)? {
            Managed::Ours(policy) => {
                let version = account.policy_version(policy, number).ok_or_else(missing)?;
                (version.listed(policy, number), version.document.text())
            }
            Managed::Aws(policy) if policy.version == number => {
                (policy.listed_version(), policy.document().text())
            }
            Managed::Aws(_) => return Err(missing()),
        };
        let shown = wire::PolicyVersion {
            document: Some(percent_encode(text)),
            ..listed
        };
        let policy_version = Some(shown);
        Ok(Decision::read(wire::GetPolicyVersionResponse { policy_version }))
    }
}
