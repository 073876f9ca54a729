//! `iam:ListVirtualMFADevices`: the account's virtual devices, by name. Never their seeds.

use kagiban_aws::Arn;

use crate::page::Page;
use crate::records::MfaDevice;
use crate::wire::assignment_status_type::{ASSIGNED, UNASSIGNED};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Which devices to show.
#[derive(Clone, Debug)]
pub struct ListVirtualMFADevices {
    /// Those that somebody has, those that nobody has, or both.
    assigned: Option<bool>,
    page: Page,
}

impl Operation for ListVirtualMFADevices {
    const ACTION: &'static str = "iam:ListVirtualMFADevices";
    type Wire = wire::ListVirtualMFADevicesRequest;
    type Output = wire::ListVirtualMFADevicesResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListVirtualMFADevicesRequest) -> Result<ListVirtualMFADevices, IamError> {
        Ok(ListVirtualMFADevices {
            assigned: match wire.assignment_status.as_deref() {
                Some(ASSIGNED) => Some(true),
                Some(UNASSIGNED) => Some(false),
                _ => None, // `Any`, as if nothing were said
            },
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let arn = Arn::global("iam", id, format_args!("mfa/"));
        Ok(vec![Requirement::on(Self::ACTION, arn, id)])
    }

    fn decide(
        request: Authorized<ListVirtualMFADevices>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListVirtualMFADevicesResponse>, IamError> {
        let devices = view.account(call)?.mfa_devices.iter();
        let matching = devices.filter(|(_, device)| request.takes(device));
        let slice = request
            .page
            .cut(matching.map(|(name, device)| (name, shown(device, call, view))));
        Ok(Decision::read(wire::ListVirtualMFADevicesResponse {
            virtual_mfa_devices: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}

impl ListVirtualMFADevices {
    fn takes(&self, device: &MfaDevice) -> bool {
        self.assigned
            .is_none_or(|assigned| assigned == device.holder.is_some())
    }
}

fn shown(device: &MfaDevice, call: &Call<'_>, view: &View<'_>) -> wire::VirtualMFADevice {
    let id = call.scope.account;
    let holder = device.holder.as_ref();
    let user = holder.and_then(|holder| view.iam.user_by_id(id, &holder.user));
    wire::VirtualMFADevice {
        serial_number: Some(device.arn(id).into()),
        user: user.map(|user| user.listed(id)),
        enable_date: holder.map(|holder| holder.enabled),
        ..wire::VirtualMFADevice::default()
    }
}
