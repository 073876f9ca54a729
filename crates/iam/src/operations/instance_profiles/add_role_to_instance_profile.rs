//! `iam:AddRoleToInstanceProfile`: put a role into an instance profile.

use kagiban_store::Txn;

use crate::entity::{Entity, rewrite};
use crate::names::{ProfileName, RoleName};
use crate::records::Role;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, instance_profiles, wire,
};

/// The instance profile, and the role that it will hold.
#[derive(Clone, Debug)]
pub struct AddRoleToInstanceProfile {
    name: ProfileName,
    role: RoleName,
}

impl Operation for AddRoleToInstanceProfile {
    const ACTION: &'static str = "iam:AddRoleToInstanceProfile";
    type Wire = wire::AddRoleToInstanceProfileRequest;
    type Output = wire::AddRoleToInstanceProfileResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::AddRoleToInstanceProfileRequest) -> Result<AddRoleToInstanceProfile, IamError> {
        Ok(AddRoleToInstanceProfile {
            name: ProfileName::required(wire.instance_profile_name)?,
            role: RoleName::required(wire.role_name)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        // Whoever starts a machine with the profile gives it the role.
        let pass = Role::target("iam:PassRole", account, id, &self.role)
            .when("iam:passedtoservice", "ec2.amazonaws.com");
        let add = instance_profiles::target(Self::ACTION, account, id, &self.name);
        Ok(vec![add, pass])
    }

    fn decide(
        request: Authorized<AddRoleToInstanceProfile>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::AddRoleToInstanceProfileResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let profile = instance_profiles::existing(account, &request.name)?;
        let role = Role::modifiable(account, &request.role)?;
        if profile.role.is_some() {
            return Err(IamError::LimitExceeded(
                "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1".to_owned(),
            ));
        }
        let mut txn = Txn::new();
        instance_profiles::holding(&mut txn, id, profile, Some(role.name.clone()));
        rewrite(&mut txn, id, role, &**role);
        Ok(Decision::write(txn, wire::AddRoleToInstanceProfileResponse {}))
    }
}
