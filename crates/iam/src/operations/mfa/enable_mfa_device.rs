//! `iam:EnableMFADevice`: give a user a device that shows two right codes in a row.

use kagiban_store::Txn;

use crate::entity::{Entity, rewrite};
use crate::mfa::{MAX_DEVICES, SerialNumber, TwoCodes};
use crate::names::ExistingUserName;
use crate::records::{MfaDevice, User};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The device, and whose it will be.
#[derive(Clone, Debug)]
pub struct EnableMFADevice {
    user: ExistingUserName,
    serial: SerialNumber,
    codes: TwoCodes,
}

impl Operation for EnableMFADevice {
    const ACTION: &'static str = "iam:EnableMFADevice";
    type Wire = wire::EnableMFADeviceRequest;
    type Output = wire::EnableMFADeviceResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::EnableMFADeviceRequest) -> Result<EnableMFADevice, IamError> {
        Ok(EnableMFADevice {
            user: ExistingUserName::required(wire.user_name)?,
            serial: SerialNumber::required(wire.serial_number),
            codes: TwoCodes::required(wire.authentication_code1, wire.authentication_code2),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![User::target(
            Self::ACTION,
            account,
            call.scope.account,
            &self.user,
        )])
    }

    fn decide(
        request: Authorized<EnableMFADevice>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::EnableMFADeviceResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let user = User::existing(account, &request.user)?;
        let device = request.serial.existing(account, id)?;
        if device.holder.is_some() {
            return Err(IamError::EntityAlreadyExists(
                "MFADevice entity at the same path and name already exists.".to_owned(),
            ));
        }
        if account.mfa_devices.of(user).count() >= MAX_DEVICES {
            return Err(IamError::LimitExceeded(format!(
                "Cannot exceed quota for MFADevicesPerUser: {MAX_DEVICES}" // UNSURE: AWS's name of the quota.
            )));
        }
        let new = device.enabled(user, &request.codes, with.now)?;
        let mut txn = Txn::new();
        MfaDevice::rewrite(device, &new, id, &mut txn);
        rewrite(&mut txn, id, user, &**user);
        Ok(Decision::write(txn, wire::EnableMFADeviceResponse {}))
    }
}
