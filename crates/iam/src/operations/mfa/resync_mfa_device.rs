//! `iam:ResyncMFADevice`: tell by two codes in a row how far a device's clock is off.

use kagiban_store::Txn;

use crate::entity::Entity;
use crate::mfa::{SerialNumber, TwoCodes};
use crate::names::ExistingUserName;
use crate::records::{MfaDevice, User};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, WrongCode, wire};

/// The device, and whose it is.
#[derive(Clone, Debug)]
pub struct ResyncMFADevice {
    user: ExistingUserName,
    serial: SerialNumber,
    codes: TwoCodes,
}

impl Operation for ResyncMFADevice {
    const ACTION: &'static str = "iam:ResyncMFADevice";
    type Wire = wire::ResyncMFADeviceRequest;
    type Output = wire::ResyncMFADeviceResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ResyncMFADeviceRequest) -> Result<ResyncMFADevice, IamError> {
        Ok(ResyncMFADevice {
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
        request: Authorized<ResyncMFADevice>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::ResyncMFADeviceResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let user = User::existing(account, &request.user)?;
        let device = request.serial.held_by(user, account, id)?;
        let new = device.resynced(id, &request.codes, with.now)?;
        let mut txn = Txn::new();
        MfaDevice::rewrite(device, &new, id, &mut txn);
        Ok(Decision::write(txn, wire::ResyncMFADeviceResponse {}))
    }

    fn aftermath(error: &IamError, call: &Call<'_>, view: &View<'_>) -> Txn {
        WrongCode::counted(error, call, view.iam)
    }
}
