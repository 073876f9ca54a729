//! `iam:DeleteVirtualMFADevice`: delete a device that nobody has.

use kagiban_store::Txn;

use crate::mfa::SerialNumber;
use crate::records::keys;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The device to delete.
#[derive(Clone, Debug)]
pub struct DeleteVirtualMFADevice {
    serial: SerialNumber,
}

impl Operation for DeleteVirtualMFADevice {
    const ACTION: &'static str = "iam:DeleteVirtualMFADevice";
    type Wire = wire::DeleteVirtualMFADeviceRequest;
    type Output = wire::DeleteVirtualMFADeviceResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteVirtualMFADeviceRequest) -> Result<DeleteVirtualMFADevice, IamError> {
        let serial = SerialNumber::required(wire.serial_number);
        Ok(DeleteVirtualMFADevice { serial })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![self.serial.target(
            Self::ACTION,
            account,
            call.scope.account,
        )])
    }

    fn decide(
        request: Authorized<DeleteVirtualMFADevice>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteVirtualMFADeviceResponse>, IamError> {
        let id = call.scope.account;
        let device = request.serial.existing(view.account(call)?, id)?;
        if device.holder.is_some() {
            // UNSURE: AWS's sentence.
            return Err(IamError::DeleteConflict(
                "Cannot delete entity, must deactivate MFA device first.",
            ));
        }
        let key = keys::mfa_device(id, &device.name);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(device.revision)).delete(key);
        Ok(Decision::write(txn, wire::DeleteVirtualMFADeviceResponse {}))
    }
}
