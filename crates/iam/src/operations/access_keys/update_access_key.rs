//! `iam:UpdateAccessKey`: switch a key off, or on again.

use kagiban_store::Txn;

use crate::names::ExistingUserName;
use crate::records::{AccessKey, keys};
use crate::users::Owner;
use crate::wire::status_type::{ACTIVE, INACTIVE};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The key to switch, and to what.
#[derive(Clone, Debug)]
pub struct UpdateAccessKey {
    user: Option<ExistingUserName>,
    id: String,
    active: bool,
}

impl Operation for UpdateAccessKey {
    const ACTION: &'static str = "iam:UpdateAccessKey";
    type Wire = wire::UpdateAccessKeyRequest;
    type Output = wire::UpdateAccessKeyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UpdateAccessKeyRequest) -> Result<UpdateAccessKey, IamError> {
        Ok(UpdateAccessKey {
            user: ExistingUserName::optional(wire.user_name)?,
            id: wire.access_key_id.unwrap_or_default(),
            active: match wire.status.as_deref() {
                Some(ACTIVE) => true,
                Some(INACTIVE) => false,
                // The model knows `Expired` too, which is no state to put a key into.
                _ => {
                    return Err(IamError::ValidationError(format!(
                        "A key's status can be set to {ACTIVE} or {INACTIVE}"
                    )));
                }
            },
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let owner = Owner::of(self.user.as_ref(), call)?;
        let account = view.account(call)?;
        Ok(vec![owner.target(Self::ACTION, account, call.scope.account)])
    }

    fn decide(
        request: Authorized<UpdateAccessKey>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UpdateAccessKeyResponse>, IamError> {
        let owner = Owner::of(request.user.as_ref(), call)?;
        let key = owner.key(view.account(call)?, view.iam, call.scope.account, &request.id)?;
        let at = keys::access_key(key.id);
        let switched = AccessKey {
            active: request.active,
            ..AccessKey::clone(key)
        };
        let mut txn = Txn::new();
        txn.unchanged(at.clone(), Some(key.revision)).put(at, &switched);
        Ok(Decision::write(txn, wire::UpdateAccessKeyResponse {}))
    }
}
