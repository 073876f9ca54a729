//! `iam:UntagMFADevice`: take tags from a device.

use kagiban_store::Txn;

use crate::mfa::SerialNumber;
use crate::records::MfaDevice;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// The keys of the tags, and the device that has them.
#[derive(Clone, Debug)]
pub struct UntagMFADevice {
    serial: SerialNumber,
    keys: Vec<String>,
}

impl Operation for UntagMFADevice {
    const ACTION: &'static str = "iam:UntagMFADevice";
    type Wire = wire::UntagMFADeviceRequest;
    type Output = wire::UntagMFADeviceResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UntagMFADeviceRequest) -> Result<UntagMFADevice, IamError> {
        Ok(UntagMFADevice {
            serial: SerialNumber::required(wire.serial_number),
            keys: tags::parse_keys(wire.tag_keys)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = self.serial.target(Self::ACTION, account, call.scope.account);
        Ok(vec![tags::unrequested(target, &self.keys)])
    }

    fn decide(
        request: Authorized<UntagMFADevice>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UntagMFADeviceResponse>, IamError> {
        let id = call.scope.account;
        let device = request.serial.existing(view.account(call)?, id)?;
        let new = MfaDevice {
            tags: tags::remove(&device.tags, &request.keys),
            ..MfaDevice::clone(device)
        };
        let mut txn = Txn::new();
        MfaDevice::rewrite(device, &new, id, &mut txn);
        Ok(Decision::write(txn, wire::UntagMFADeviceResponse {}))
    }
}
