//! `iam:ListAccessKeys`: a user's keys, without their secrets.

use crate::names::ExistingUserName;
use crate::page::Page;
use crate::users::Owner;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Whose keys to show; the caller's if nobody is named.
#[derive(Clone, Debug)]
pub struct ListAccessKeys {
    user: Option<ExistingUserName>,
    page: Page,
}

impl Operation for ListAccessKeys {
    const ACTION: &'static str = "iam:ListAccessKeys";
    type Wire = wire::ListAccessKeysRequest;
    type Output = wire::ListAccessKeysResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListAccessKeysRequest) -> Result<ListAccessKeys, IamError> {
        Ok(ListAccessKeys {
            user: ExistingUserName::optional(wire.user_name)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let owner = Owner::of(self.user.as_ref(), call)?;
        let account = view.account(call)?;
        Ok(vec![owner.target(Self::ACTION, account, call.scope.account)])
    }

    fn decide(
        request: Authorized<ListAccessKeys>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListAccessKeysResponse>, IamError> {
        let account = view.account(call)?;
        let owner = Owner::of(request.user.as_ref(), call)?;
        let ids = account.access_keys_of(owner.existing(account)?);
        let keys = ids.filter_map(|id| view.iam.access_key(id));
        let slice = request
            .page
            .cut(keys.map(|key| (key.id.to_string(), key.listed())));
        Ok(Decision::read(wire::ListAccessKeysResponse {
            access_key_metadata: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
