//! `iam:UpdateRole`: describe a role anew, or let its sessions live for another time.

use kagiban_store::Txn;

use crate::entity::{Entity, rewrite};
use crate::names::RoleName;
use crate::records::Role;
use crate::roles::{described, session_seconds};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The role, and what changes about it; what is not given stays.
#[derive(Clone, Debug)]
pub struct UpdateRole {
    name: RoleName,
    description: Option<String>,
    max_session_seconds: Option<u32>,
}

impl Operation for UpdateRole {
    const ACTION: &'static str = "iam:UpdateRole";
    type Wire = wire::UpdateRoleRequest;
    type Output = wire::UpdateRoleResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UpdateRoleRequest) -> Result<UpdateRole, IamError> {
        Ok(UpdateRole {
            name: RoleName::required(wire.role_name)?,
            description: wire.description,
            max_session_seconds: wire.max_session_duration.map(session_seconds).transpose()?,
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
        request: Authorized<UpdateRole>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UpdateRoleResponse>, IamError> {
        let account = view.account(call)?;
        // Of a service-linked role only the description may change.
        let role = match request.max_session_seconds {
            Some(_) => Role::modifiable(account, &request.name)?,
            None => Role::existing(account, &request.name)?,
        };
        let description = request.description.clone();
        let new = Role {
            description: description.map_or(role.description.clone(), described),
            max_session_seconds: request.max_session_seconds.unwrap_or(role.max_session_seconds),
            ..Role::clone(role)
        };
        let mut txn = Txn::new();
        rewrite(&mut txn, call.scope.account, role, &new);
        Ok(Decision::write(txn, wire::UpdateRoleResponse {}))
    }
}
