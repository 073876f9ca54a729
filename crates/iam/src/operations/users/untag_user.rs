//! `iam:UntagUser`: take tags from a user.

use crate::entity::Entity;
use crate::names::ExistingUserName;
use crate::records::User;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// The keys of the tags, and whose they are.
#[derive(Clone, Debug)]
pub struct UntagUser {
    user: ExistingUserName,
    keys: Vec<String>,
}

impl Operation for UntagUser {
    const ACTION: &'static str = "iam:UntagUser";
    type Wire = wire::UntagUserRequest;
    type Output = wire::UntagUserResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UntagUserRequest) -> Result<UntagUser, IamError> {
        Ok(UntagUser {
            user: ExistingUserName::required(wire.user_name)?,
            keys: tags::parse_keys(wire.tag_keys)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = User::target(Self::ACTION, account, call.scope.account, &self.user);
        Ok(vec![tags::unrequested(target, &self.keys)])
    }

    fn decide(
        request: Authorized<UntagUser>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UntagUserResponse>, IamError> {
        let account = view.account(call)?;
        let txn = tags::untag::<User>(account, call.scope.account, &request.user, &request.keys)?;
        Ok(Decision::write(txn, wire::UntagUserResponse {}))
    }
}
