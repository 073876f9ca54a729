//! `iam:GetInstanceProfile`: look at an instance profile.

use crate::names::ProfileName;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, instance_profiles, wire,
};

/// The instance profile to show.
#[derive(Clone, Debug)]
pub struct GetInstanceProfile {
    name: ProfileName,
}

impl Operation for GetInstanceProfile {
    const ACTION: &'static str = "iam:GetInstanceProfile";
    type Wire = wire::GetInstanceProfileRequest;
    type Output = wire::GetInstanceProfileResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetInstanceProfileRequest) -> Result<GetInstanceProfile, IamError> {
        let name = ProfileName::required(wire.instance_profile_name)?;
        Ok(GetInstanceProfile { name })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        Ok(vec![instance_profiles::target(
            Self::ACTION,
            account,
            id,
            &self.name,
        )])
    }

    fn decide(
        request: Authorized<GetInstanceProfile>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetInstanceProfileResponse>, IamError> {
        let account = view.account(call)?;
        let profile = instance_profiles::existing(account, &request.name)?;
        let instance_profile = Some(profile.shown(call.scope.account, account, view.iam));
        Ok(Decision::read(wire::GetInstanceProfileResponse {
            instance_profile,
        }))
    }
}
