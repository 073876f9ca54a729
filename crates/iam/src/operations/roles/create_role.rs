//! `iam:CreateRole`: make a role, with no rights yet.

use kagiban_aws::Arn;
use kagiban_store::Txn;

use crate::boundary::Boundary;
use crate::document::TrustPolicy;
use crate::entity::Entity;
use crate::names::{Path, RoleName};
use crate::quotas::ROLES;
use crate::records::keys::{self, EntityKind};
use crate::records::{Grants, Role, Tag};
use crate::roles::{DEFAULT_MAX_SESSION, parse_trust, pinned, session_seconds};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// A role to be made.
#[derive(Clone, Debug)]
pub struct CreateRole {
    name: RoleName,
    path: Path,
    trust: TrustPolicy,
    description: Option<String>,
    max_session_seconds: u32,
    boundary: Boundary,
    tags: Vec<Tag>,
}

impl Operation for CreateRole {
    const ACTION: &'static str = "iam:CreateRole";
    type Wire = wire::CreateRoleRequest;
    type Output = wire::CreateRoleResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreateRoleRequest) -> Result<CreateRole, IamError> {
        let max_session = wire.max_session_duration.unwrap_or(DEFAULT_MAX_SESSION);
        Ok(CreateRole {
            name: RoleName::required(wire.role_name)?,
            path: Path::optional(wire.path)?,
            trust: parse_trust(wire.assume_role_policy_document)?,
            description: wire.description,
            max_session_seconds: session_seconds(max_session)?,
            boundary: Boundary::optional(wire.permissions_boundary.as_deref())?,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let arn = Arn::global("iam", id, format_args!("role{}{}", self.path, self.name));
        let create = self.boundary.on(Requirement::on(Self::ACTION, arn, id));
        Ok(tags::to_create(create, "iam:TagRole", &self.tags))
    }

    fn decide(
        request: Authorized<CreateRole>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateRoleResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        Role::free(account, &request.name)?;
        ROLES.one_more(account.roles.len())?;
        let trust = pinned(&request.trust, view.iam)?;
        let role = request.role(trust, with);
        let key = keys::role(id, &role.name);
        let mut txn = Txn::new();
        txn.absent(key.clone()).put(key, &role);
        request
            .boundary
            .mark(account, id, EntityKind::Role, &role.name, &mut txn)?;
        let role = Some(role.made(id, view.iam));
        Ok(Decision::write(txn, wire::CreateRoleResponse { role }))
    }
}

impl CreateRole {
    fn role(&self, trust: TrustPolicy, with: &With<'_>) -> Role {
        Role {
            name: self.name.to_string(),
            path: self.path.to_string(),
            id: with.entropy.entity_id("AROA"),
            created: with.now,
            description: self.description.clone(),
            max_session_seconds: self.max_session_seconds,
            trust,
            tags: self.tags.clone(),
            grants: Grants {
                boundary: self.boundary.arn(),
                ..Grants::default()
            },
            rest: Default::default(),
        }
    }
}
