//! `iam:CreateServiceLinkedRole`: make the role that a service has for itself.

use kagiban_aws::Arn;
use kagiban_store::Txn;

use crate::names::RoleName;
use crate::records::keys::{self, EntityKind};
use crate::records::{Attachment, Grants, Role};
use crate::roles::{DEFAULT_MAX_SESSION, described, session_seconds};
use crate::service_linked_roles::LinkedService;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// A service-linked role to be made.
#[derive(Clone, Debug)]
pub struct CreateServiceLinkedRole {
    service: LinkedService,
    name: RoleName,
    description: Option<String>,
}

impl Operation for CreateServiceLinkedRole {
    const ACTION: &'static str = "iam:CreateServiceLinkedRole";
    type Wire = wire::CreateServiceLinkedRoleRequest;
    type Output = wire::CreateServiceLinkedRoleResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreateServiceLinkedRoleRequest) -> Result<CreateServiceLinkedRole, IamError> {
        let service = LinkedService::required(wire.aws_service_name)?;
        let name = service.role_name(wire.custom_suffix.as_deref())?;
        Ok(CreateServiceLinkedRole {
            service,
            name,
            description: wire.description.and_then(described),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let arn = Arn::global(
            "iam",
            id,
            format_args!("role{}{}", self.service.path(), self.name),
        );
        let create = Requirement::on(Self::ACTION, arn, id);
        Ok(vec![create.when("iam:awsservicename", self.service.as_str())])
    }

    fn decide(
        request: Authorized<CreateServiceLinkedRole>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateServiceLinkedRoleResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        if account.role(&request.name).is_some() {
            return Err(IamError::NoServiceLinkedRole(format!(
                "Service role name {} has been taken in this account, please try a different suffix.",
                request.name
            )));
        }
        let role = request.role(with)?;
        let key = keys::role(id, &role.name);
        let mut txn = Txn::new();
        txn.absent(key.clone()).put(key, &role);
        for policy in &role.grants.attached {
            let mark = keys::attachment(id, policy, EntityKind::Role, &role.name);
            txn.absent(mark.clone()).put(mark, &Attachment::default());
        }
        let role = Some(role.made(id, view.iam));
        Ok(Decision::write(
            txn,
            wire::CreateServiceLinkedRoleResponse { role },
        ))
    }
}

impl CreateServiceLinkedRole {
    fn role(&self, with: &With<'_>) -> Result<Role, IamError> {
        Ok(Role {
            name: self.name.to_string(),
            path: self.service.path(),
            id: with.entropy.entity_id("AROA"),
            created: with.now,
            description: self.description.clone(),
            max_session_seconds: session_seconds(DEFAULT_MAX_SESSION)?,
            trust: self.service.trust()?,
            tags: Vec::new(),
            grants: Grants {
                attached: self.service.policy().into_iter().collect(),
                ..Grants::default()
            },
            rest: Default::default(),
        })
    }
}
