//! `iam:ListMFADevices`: the devices of a user, or one's own.

use crate::entity::Entity;
use crate::names::ExistingUserName;
use crate::page::Page;
use crate::records::User;
use crate::users::Owner;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Whose devices to show; the caller's if nobody is named.
#[derive(Clone, Debug)]
pub struct ListMFADevices {
    user: Option<ExistingUserName>,
    page: Page,
}

impl Operation for ListMFADevices {
    const ACTION: &'static str = "iam:ListMFADevices";
    type Wire = wire::ListMFADevicesRequest;
    type Output = wire::ListMFADevicesResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListMFADevicesRequest) -> Result<ListMFADevices, IamError> {
        Ok(ListMFADevices {
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
        request: Authorized<ListMFADevices>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListMFADevicesResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let user = match Owner::of(request.user.as_ref(), call)? {
            Owner::User(name) => Some(User::existing(account, &name)?),
            Owner::Root => None, // the root user cannot be given a device through the API
        };
        let devices = user.into_iter().flat_map(|user| {
            let devices = account.mfa_devices.of(user);
            devices.map(move |(name, device)| (name, device.listed(user, id)))
        });
        let slice = request.page.cut(devices);
        Ok(Decision::read(wire::ListMFADevicesResponse {
            mfa_devices: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
