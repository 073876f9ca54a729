//! `iam:RemoveRoleFromInstanceProfile`: take a role out of an instance profile.

use kagiban_store::Txn;

use crate::names::{ProfileName, RoleName};
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, instance_profiles, wire,
};

/// The instance profile, and the role that it holds.
#[derive(Clone, Debug)]
pub struct RemoveRoleFromInstanceProfile {
    name: ProfileName,
    role: RoleName,
}

impl Operation for RemoveRoleFromInstanceProfile {
    const ACTION: &'static str = "iam:RemoveRoleFromInstanceProfile";
    type Wire = wire::RemoveRoleFromInstanceProfileRequest;
    type Output = wire::RemoveRoleFromInstanceProfileResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::RemoveRoleFromInstanceProfileRequest,
    ) -> Result<RemoveRoleFromInstanceProfile, IamError> {
        Ok(RemoveRoleFromInstanceProfile {
            name: ProfileName::required(wire.instance_profile_name)?,
            role: RoleName::required(wire.role_name)?,
        })
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
        request: Authorized<RemoveRoleFromInstanceProfile>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::RemoveRoleFromInstanceProfileResponse>, IamError> {
        let profile = instance_profiles::existing(view.account(call)?, &request.name)?;
        if !profile.holds(&request.role) {
            return Err(IamError::NoSuchEntity(format!(
                "The role with name {} cannot be found.",
                request.role
            )));
        }
        let mut txn = Txn::new();
        instance_profiles::holding(&mut txn, call.scope.account, profile, None);
        Ok(Decision::write(
            txn,
            wire::RemoveRoleFromInstanceProfileResponse {},
        ))
    }
}
