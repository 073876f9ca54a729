//! `iam:CreateUser`: make a user, with no rights yet.

use kagiban_store::Txn;

use crate::names::{Path, UserName};
use crate::records::{Grants, Tag, User, keys};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// A user to be made.
#[derive(Clone, Debug)]
pub struct CreateUser {
    name: UserName,
    path: Path,
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
            name: wire.user_name.unwrap_or_default().parse()?,
            path: Path::parse(wire.path)?,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let arn = self.user(call, String::new()).arn(call.scope.account);
        Ok(vec![tags::requested(Requirement::on(Self::ACTION, arn, call.scope.account), &self.tags)])
    }

    fn decide(
        request: Authorized<CreateUser>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateUserResponse>, IamError> {
        let account = view.account(call)?;
        if account.user(&request.name).is_some() {
            return Err(IamError::EntityAlreadyExists(format!("User with name {} already exists.", request.name)));
        }
        let user = request.user(call, with.entropy.entity_id("AIDA"));
        let mut txn = Txn::new();
        txn.absent(keys::user(call.scope.account, &user.name)).put(keys::user(call.scope.account, &user.name), &user);
        Ok(Decision::write(txn, wire::CreateUserResponse { user: Some(user.wire(call.scope.account)) }))
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
            grants: Grants::default(),
            rest: Default::default(),
        }
    }
}
