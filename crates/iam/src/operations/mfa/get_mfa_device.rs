//! `iam:GetMFADevice`: whose is a device, and since when?

use crate::entity::Entity;
use crate::mfa::SerialNumber;
use crate::names::ExistingUserName;
use crate::records::User;
use crate::users::Owner;
use crate::{Account, Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The device, and whose it must be if somebody is named.
#[derive(Clone, Debug)]
pub struct GetMFADevice {
    user: Option<ExistingUserName>,
    serial: SerialNumber,
}

impl Operation for GetMFADevice {
    const ACTION: &'static str = "iam:GetMFADevice";
    type Wire = wire::GetMFADeviceRequest;
    type Output = wire::GetMFADeviceResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetMFADeviceRequest) -> Result<GetMFADevice, IamError> {
        Ok(GetMFADevice {
            user: ExistingUserName::optional(wire.user_name)?,
            serial: SerialNumber::required(wire.serial_number),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let owner = match self.holder(account, call, view) {
            Some(holder) if self.user.is_none() => Owner::User(holder.name.clone()),
            _ => Owner::of(self.user.as_ref(), call)?,
        };
        Ok(vec![owner.target(Self::ACTION, account, id)])
    }

    fn decide(
        request: Authorized<GetMFADevice>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetMFADeviceResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let device = match &request.user {
            Some(name) => request
                .serial
                .held_by(User::existing(account, name)?, account, id)?,
            None => request.serial.existing(account, id)?,
        };
        Ok(Decision::read(wire::GetMFADeviceResponse {
            user_name: request
                .holder(account, call, view)
                .map(|holder| holder.name.clone()),
            serial_number: Some(device.arn(id).into()),
            enable_date: device.holder.as_ref().map(|holder| holder.enabled),
            certifications: None,
        }))
    }
}

impl GetMFADevice {
    /// Who has the device.
    fn holder<'v>(&self, account: &Account, call: &Call<'_>, view: &View<'v>) -> Option<&'v User> {
        let id = call.scope.account;
        let device = self.serial.existing(account, id).ok()?;
        let user = view.iam.user_by_id(id, &device.holder.as_ref()?.user);
        user.map(|user| &**user)
    }
}
