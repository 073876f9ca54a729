//! `iam:TagUser`: give a user tags, or other values to those it has.

use crate::entity::Entity;
use crate::names::ExistingUserName;
use crate::records::{Tag, User};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// The tags, and whose they will be.
#[derive(Clone, Debug)]
pub struct TagUser {
    user: ExistingUserName,
    tags: Vec<Tag>,
}

impl Operation for TagUser {
    const ACTION: &'static str = "iam:TagUser";
    type Wire = wire::TagUserRequest;
    type Output = wire::TagUserResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::TagUserRequest) -> Result<TagUser, IamError> {
        Ok(TagUser {
            user: ExistingUserName::required(wire.user_name)?,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = User::target(Self::ACTION, account, call.scope.account, &self.user);
        Ok(vec![tags::requested(target, &self.tags)])
    }

    fn decide(
        request: Authorized<TagUser>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::TagUserResponse>, IamError> {
        let account = view.account(call)?;
        let txn = tags::tag::<User>(account, call.scope.account, &request.user, &request.tags)?;
        Ok(Decision::write(txn, wire::TagUserResponse {}))
    }
}
