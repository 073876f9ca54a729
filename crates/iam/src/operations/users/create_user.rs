//! `iam:CreateUser`: make a user, with no rights yet.

use std::collections::BTreeSet;

use kagiban_store::Txn;

use crate::boundary::Boundary;
use crate::entity::Entity;
use crate::names::{Path, UserName};
use crate::quotas::USERS;
use crate::records::keys::{self, EntityKind};
use crate::records::{Grants, Tag, User};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// A user to be made.
#[derive(Clone, Debug)]
pub struct CreateUser {
    name: UserName,
    path: Path,
    boundary: Boundary,
    tags: Vec<Tag>,
}

impl Operation for CreateUser {
    const ACTION: &'static str = "iam:CreateUser";
    type Wire = wire::CreateUserRequest;
    type Output = wire::CreateUserResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreateUserRequest) -> Result<CreateUser, IamError> {
        Ok(CreateUser {
            name: UserName::required(wire.user_name)?,
            path: Path::optional(wire.path)?,
            boundary: Boundary::optional(wire.permissions_boundary.as_deref())?,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let arn = self.user(call, String::new()).arn(id);
        let create = self.boundary.on(Requirement::on(Self::ACTION, arn, id));
        Ok(tags::to_create(create, "iam:TagUser", &self.tags))
    }

    fn decide(
        request: Authorized<CreateUser>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateUserResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        User::free(account, &request.name)?;
        USERS.one_more(account.users.len())?;
        let user = request.user(call, with.entropy.entity_id("AIDA"));
        let key = keys::user(id, &user.name);
        let mut txn = Txn::new();
        txn.absent(key.clone()).put(key, &user);
        request
            .boundary
            .mark(account, id, EntityKind::User, &user.name, &mut txn)?;
        let user = Some(user.shown(id));
        Ok(Decision::write(txn, wire::CreateUserResponse { user }))
    }
}

impl CreateUser {
    fn user(&self, call: &Call<'_>, id: String) -> User {
        User {
            name: self.name.to_string(),
            path: self.path.to_string(),
            id,
            created: call.facts.now,
            tags: self.tags.clone(),
            groups: BTreeSet::new(),
            grants: Grants {
                boundary: self.boundary.arn(),
                ..Grants::default()
            },
            rest: Default::default(),
        }
    }
}
