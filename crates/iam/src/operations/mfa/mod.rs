//! Virtual MFA devices: what proves that more than a key is there.

mod create_virtual_mfa_device;
mod deactivate_mfa_device;
mod delete_virtual_mfa_device;
mod enable_mfa_device;
mod get_mfa_device;
mod list_mfa_device_tags;
mod list_mfa_devices;
mod list_virtual_mfa_devices;
mod resync_mfa_device;
mod tag_mfa_device;
mod untag_mfa_device;

pub use create_virtual_mfa_device::CreateVirtualMFADevice;
pub use deactivate_mfa_device::DeactivateMFADevice;
pub use delete_virtual_mfa_device::DeleteVirtualMFADevice;
pub use enable_mfa_device::EnableMFADevice;
pub use get_mfa_device::GetMFADevice;
pub use list_mfa_device_tags::ListMFADeviceTags;
pub use list_mfa_devices::ListMFADevices;
pub use list_virtual_mfa_devices::ListVirtualMFADevices;
pub use resync_mfa_device::ResyncMFADevice;
pub use tag_mfa_device::TagMFADevice;
pub use untag_mfa_device::UntagMFADevice;
