//! `iam:DeleteInstanceProfile`: delete an instance profile that holds no role.

use kagiban_store::Txn;

use crate::names::ProfileName;
use crate::records::keys;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, instance_profiles, wire,
};

/// The instance profile to delete.
#[derive(Clone, Debug)]
pub struct DeleteInstanceProfile {
    name: ProfileName,
}

impl Operation for DeleteInstanceProfile {
    const ACTION: &'static str = "iam:DeleteInstanceProfile";
    type Wire = wire::DeleteInstanceProfileRequest;
    type Output = wire::DeleteInstanceProfileResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteInstanceProfileRequest) -> Result<DeleteInstanceProfile, IamError> {
        let name = ProfileName::required(wire.instance_profile_name)?;
        Ok(DeleteInstanceProfile { name })
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
        request: Authorized<DeleteInstanceProfile>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteInstanceProfileResponse>, IamError> {
        let profile = instance_profiles::existing(view.account(call)?, &request.name)?;
        if profile.role.is_some() {
            return Err(IamError::DeleteConflict(
                "Cannot delete entity, must remove roles from instance profile first.",
            ));
        }
        let key = keys::instance_profile(call.scope.account, &profile.name);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(profile.revision)).delete(key);
        Ok(Decision::write(txn, wire::DeleteInstanceProfileResponse {}))
    }
}
