//! `iam:UpdateRoleDescription`: describe a role anew.

use kagiban_store::Txn;

use crate::entity::{Entity, rewrite};
use crate::names::RoleName;
use crate::records::Role;
use crate::roles::described;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The role, and its next description.
#[derive(Clone, Debug)]
pub struct UpdateRoleDescription {
    name: RoleName,
    description: String,
}

impl Operation for UpdateRoleDescription {
    const ACTION: &'static str = "iam:UpdateRoleDescription";
    type Wire = wire::UpdateRoleDescriptionRequest;
    type Output = wire::UpdateRoleDescriptionResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UpdateRoleDescriptionRequest) -> Result<UpdateRoleDescription, IamError> {
        Ok(UpdateRoleDescription {
            name: RoleName::required(wire.role_name)?,
            description: wire.description.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![Role::target(
            Self::ACTION,
            account,
            call.scope.account,
            &self.name,
        )])
    }

    fn decide(
        request: Authorized<UpdateRoleDescription>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UpdateRoleDescriptionResponse>, IamError> {
        let id = call.scope.account;
        // A service-linked role's, too: AWS lets its description be changed, and nothing else.
        let role = Role::existing(view.account(call)?, &request.name)?;
        let new = Role {
            description: described(request.description.clone()),
            ..Role::clone(role)
        };
        let mut txn = Txn::new();
        rewrite(&mut txn, id, role, &new);
        let role = Some(new.listed(id, view.iam));
        Ok(Decision::write(txn, wire::UpdateRoleDescriptionResponse { role }))
    }
}
