//! `iam:ListSSHPublicKeys`: a user's SSH keys for CodeCommit, of which this server keeps none.

use crate::names::ExistingUserName;
use crate::page::Page;
use crate::users::Owner;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Whose SSH keys for CodeCommit to show; the caller's if nobody is named.
#[derive(Clone, Debug)]
pub struct ListSSHPublicKeys {
    user: Option<ExistingUserName>,
}

impl Operation for ListSSHPublicKeys {
    const ACTION: &'static str = "iam:ListSSHPublicKeys";
    type Wire = wire::ListSSHPublicKeysRequest;
    type Output = wire::ListSSHPublicKeysResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListSSHPublicKeysRequest) -> Result<ListSSHPublicKeys, IamError> {
        Page::parse(wire.max_items, wire.marker)?;
        Ok(ListSSHPublicKeys {
            user: ExistingUserName::optional(wire.user_name)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let owner = Owner::of(self.user.as_ref(), call)?;
        let account = view.account(call)?;
        Ok(vec![owner.target(Self::ACTION, account, call.scope.account)])
    }

    // DIFFERS: CodeCommit is not served, so nothing takes such keys;
    // the list is there because those who delete a user ask for it.
    fn decide(
        request: Authorized<ListSSHPublicKeys>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListSSHPublicKeysResponse>, IamError> {
        Owner::of(request.user.as_ref(), call)?.existing(view.account(call)?)?;
        Ok(Decision::read(wire::ListSSHPublicKeysResponse {
            ssh_public_keys: Some(Vec::new()),
            is_truncated: Some(false),
            marker: None,
        }))
    }
}
