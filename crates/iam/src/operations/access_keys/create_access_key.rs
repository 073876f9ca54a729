//! `iam:CreateAccessKey`: make a long-term key. Its secret is shown in this answer and never again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kagiban_aws::{AccessKeyId, KeyOrigin};
use kagiban_store::Txn;

use crate::access_keys::MAX_KEYS;
use crate::names::ExistingUserName;
use crate::records::{AccessKey, keys};
use crate::users::Owner;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Whose key to make; the caller's if none is named.
#[derive(Clone, Debug)]
pub struct CreateAccessKey {
    user: Option<ExistingUserName>,
}

impl Operation for CreateAccessKey {
    const ACTION: &'static str = "iam:CreateAccessKey";
    type Wire = wire::CreateAccessKeyRequest;
    type Output = wire::CreateAccessKeyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreateAccessKeyRequest) -> Result<CreateAccessKey, IamError> {
        let user = ExistingUserName::optional(wire.user_name)?;
        Ok(CreateAccessKey { user })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let owner = Owner::of(self.user.as_ref(), call)?;
        let account = view.account(call)?;
        Ok(vec![owner.target(Self::ACTION, account, call.scope.account)])
    }

    fn decide(
        request: Authorized<CreateAccessKey>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateAccessKeyResponse>, IamError> {
        let account = view.account(call)?;
        let owner = Owner::of(request.user.as_ref(), call)?;
        let name = owner.existing(account)?;
        if account.access_keys_of(name).count() >= MAX_KEYS {
            return Err(IamError::LimitExceeded(format!(
                "Cannot exceed quota for AccessKeysPerUser: {MAX_KEYS}"
            )));
        }
        let key = new_key(call, name, with);
        let at = keys::access_key(key.id);
        let mut txn = Txn::new();
        txn.absent(at.clone()).put(at, &key);
        owner.touch(account, call.scope.account, &mut txn)?;
        let access_key = Some(key.shown_once());
        Ok(Decision::write(txn, wire::CreateAccessKeyResponse { access_key }))
    }
}

fn new_key(call: &Call<'_>, owner: &str, with: &With<'_>) -> AccessKey {
    let account = call.scope.account;
    AccessKey {
        id: AccessKeyId::new(KeyOrigin::LongTerm, account, with.entropy.bytes()),
        account,
        user: (!owner.is_empty()).then(|| owner.to_owned()),
        // 30 bytes are 40 characters exactly: the length that clients know.
        secret: STANDARD.encode(with.entropy.key::<30>()).into(),
        active: true,
        created: with.now,
        rest: Default::default(),
    }
}
