//! `iam:DeactivateMFADevice`: take a device from its user.

use kagiban_store::Txn;

use crate::entity::Entity;
use crate::mfa::{SerialNumber, not_of_user};
use crate::names::ExistingUserName;
use crate::records::{MfaDevice, User};
use crate::users::Owner;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The device, and whose it is: the caller's if nobody is named.
#[derive(Clone, Debug)]
pub struct DeactivateMFADevice {
    user: Option<ExistingUserName>,
    serial: SerialNumber,
}

impl Operation for DeactivateMFADevice {
    const ACTION: &'static str = "iam:DeactivateMFADevice";
    type Wire = wire::DeactivateMFADeviceRequest;
    type Output = wire::DeactivateMFADeviceResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeactivateMFADeviceRequest) -> Result<DeactivateMFADevice, IamError> {
        Ok(DeactivateMFADevice {
            user: ExistingUserName::optional(wire.user_name)?,
            serial: SerialNumber::required(wire.serial_number),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let owner = Owner::of(self.user.as_ref(), call)?;
        let account = view.account(call)?;
        Ok(vec![owner.target(Self::ACTION, account, call.scope.account)])
    }

    fn decide(
        request: Authorized<DeactivateMFADevice>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeactivateMFADeviceResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let device = match Owner::of(request.user.as_ref(), call)? {
            Owner::User(name) => request
                .serial
                .held_by(User::existing(account, &name)?, account, id)?,
            Owner::Root => return Err(not_of_user()),
        };
        let new = MfaDevice {
            holder: None,
            ..MfaDevice::clone(device)
        };
        let mut txn = Txn::new();
        MfaDevice::rewrite(device, &new, id, &mut txn);
        Ok(Decision::write(txn, wire::DeactivateMFADeviceResponse {}))
    }
}
