//! `iam:TagMFADevice`: give a device tags, or other values to those it has.

use kagiban_store::Txn;

use crate::mfa::SerialNumber;
use crate::records::{MfaDevice, Tag};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// The tags, and the device that will have them.
#[derive(Clone, Debug)]
pub struct TagMFADevice {
    serial: SerialNumber,
    tags: Vec<Tag>,
}

impl Operation for TagMFADevice {
    const ACTION: &'static str = "iam:TagMFADevice";
    type Wire = wire::TagMFADeviceRequest;
    type Output = wire::TagMFADeviceResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::TagMFADeviceRequest) -> Result<TagMFADevice, IamError> {
        Ok(TagMFADevice {
            serial: SerialNumber::required(wire.serial_number),
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = self.serial.target(Self::ACTION, account, call.scope.account);
        Ok(vec![tags::requested(target, &self.tags)])
    }

    fn decide(
        request: Authorized<TagMFADevice>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::TagMFADeviceResponse>, IamError> {
        let id = call.scope.account;
        let device = request.serial.existing(view.account(call)?, id)?;
        let new = MfaDevice {
            tags: tags::merge(&device.tags, &request.tags)?,
            ..MfaDevice::clone(device)
        };
        let mut txn = Txn::new();
        MfaDevice::rewrite(device, &new, id, &mut txn);
        Ok(Decision::write(txn, wire::TagMFADeviceResponse {}))
    }
}
