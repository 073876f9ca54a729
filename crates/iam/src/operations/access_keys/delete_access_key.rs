//! `iam:DeleteAccessKey`: delete a key for good.

use kagiban_store::Txn;

use crate::names::ExistingUserName;
use crate::records::keys;
use crate::users::Owner;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The key to delete.
#[derive(Clone, Debug)]
pub struct DeleteAccessKey {
    user: Option<ExistingUserName>,
    id: String,
}

impl Operation for DeleteAccessKey {
    const ACTION: &'static str = "iam:DeleteAccessKey";
    type Wire = wire::DeleteAccessKeyRequest;
    type Output = wire::DeleteAccessKeyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteAccessKeyRequest) -> Result<DeleteAccessKey, IamError> {
        Ok(DeleteAccessKey {
            user: ExistingUserName::optional(wire.user_name)?,
            id: wire.access_key_id.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let owner = Owner::of(self.user.as_ref(), call)?;
        let account = view.account(call)?;
        Ok(vec![owner.target(Self::ACTION, account, call.scope.account)])
    }

    fn decide(
        request: Authorized<DeleteAccessKey>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteAccessKeyResponse>, IamError> {
        let owner = Owner::of(request.user.as_ref(), call)?;
        let key = owner.key(view.account(call)?, view.iam, call.scope.account, &request.id)?;
        let at = keys::access_key(key.id);
        let mut txn = Txn::new();
        txn.exists(at.clone())
            .delete(at)
            .delete(keys::last_used(key.account, key.id.as_str()));
        Ok(Decision::write(txn, wire::DeleteAccessKeyResponse {}))
    }
}
