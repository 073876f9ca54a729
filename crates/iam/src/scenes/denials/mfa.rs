//! Operations on MFA devices.

use super::text;
use crate::operations::*;
use crate::testing::{A, Credentials, World};
use crate::{Operation as _, wire};

const DEVICE: &str = "arn:aws:iam::111122223333:mfa/phone";

/// The operations that were tried.
pub(super) fn tried(world: &mut World, who: &Credentials) -> Vec<&'static str> {
    denials! { world, who:
        CreateVirtualMFADevice(CreateVirtualMFADeviceRequest { path: text("/team/"), virtual_mfa_device_name: text("phone") }) on "mfa/team/phone";
        DeleteVirtualMFADevice(DeleteVirtualMFADeviceRequest { serial_number: text(DEVICE) }) on "mfa/phone";
        ListVirtualMFADevices(ListVirtualMFADevicesRequest {}) on "mfa/";
        TagMFADevice(TagMFADeviceRequest { serial_number: text(DEVICE) }) on "mfa/phone";
        UntagMFADevice(UntagMFADeviceRequest { serial_number: text(DEVICE) }) on "mfa/phone";
        ListMFADeviceTags(ListMFADeviceTagsRequest { serial_number: text(DEVICE) }) on "mfa/phone";
        EnableMFADevice(EnableMFADeviceRequest { user_name: text("bob"), serial_number: text(DEVICE) }) on "user/bob";
        ResyncMFADevice(ResyncMFADeviceRequest { user_name: text("bob"), serial_number: text(DEVICE) }) on "user/bob";
        DeactivateMFADevice(DeactivateMFADeviceRequest { user_name: text("bob"), serial_number: text(DEVICE) }) on "user/bob";
        ListMFADevices(ListMFADevicesRequest { user_name: text("bob") }) on "user/bob";
        GetMFADevice(GetMFADeviceRequest { user_name: text("bob"), serial_number: text(DEVICE) }) on "user/bob";
    }
}
