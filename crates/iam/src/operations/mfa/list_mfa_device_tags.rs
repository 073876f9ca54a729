//! `iam:ListMFADeviceTags`: the tags of a device, by key.

use crate::mfa::SerialNumber;
use crate::page::Page;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// The device whose tags to show.
#[derive(Clone, Debug)]
pub struct ListMFADeviceTags {
    serial: SerialNumber,
    page: Page,
}

impl Operation for ListMFADeviceTags {
    const ACTION: &'static str = "iam:ListMFADeviceTags";
    type Wire = wire::ListMFADeviceTagsRequest;
    type Output = wire::ListMFADeviceTagsResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListMFADeviceTagsRequest) -> Result<ListMFADeviceTags, IamError> {
        Ok(ListMFADeviceTags {
            serial: SerialNumber::required(wire.serial_number),
            page: Page::parse(wire.max_items, wire.marker)?,
        })
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
        request: Authorized<ListMFADeviceTags>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListMFADeviceTagsResponse>, IamError> {
        let device = request.serial.existing(view.account(call)?, call.scope.account)?;
        let slice = tags::page(&device.tags, &request.page);
        Ok(Decision::read(wire::ListMFADeviceTagsResponse {
            tags: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
