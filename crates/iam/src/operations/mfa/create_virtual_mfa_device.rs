//! `iam:CreateVirtualMFADevice`: make a device. Its seed is shown in this answer and never again.

use kagiban_aws::{Arn, SecretBytes};
use kagiban_store::Txn;

use crate::names::{DeviceName, Path};
use crate::records::{MfaDevice, Tag, keys};
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, qr_code, tags, totp, wire,
};

/// A device to be made.
#[derive(Clone, Debug)]
pub struct CreateVirtualMFADevice {
    name: DeviceName,
    path: Path,
    tags: Vec<Tag>,
}

/// Characters that path and name may have together: serial numbers of 256 can be asked for.
const MAX_PATH_AND_NAME: usize = 227;

impl Operation for CreateVirtualMFADevice {
    const ACTION: &'static str = "iam:CreateVirtualMFADevice";
    type Wire = wire::CreateVirtualMFADeviceRequest;
    type Output = wire::CreateVirtualMFADeviceResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreateVirtualMFADeviceRequest) -> Result<CreateVirtualMFADevice, IamError> {
        let name = DeviceName::required(wire.virtual_mfa_device_name)?;
        let path = Path::optional(wire.path)?;
        if path.to_string().len() + name.len() > MAX_PATH_AND_NAME {
            return Err(IamError::ValidationError(format!(
                "The path and the name of an MFA device must not have more than {MAX_PATH_AND_NAME} characters together."
            )));
        }
        let tags = tags::parse(wire.tags)?;
        Ok(CreateVirtualMFADevice { name, path, tags })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let arn = Arn::global("iam", id, format_args!("mfa{}{}", self.path, self.name));
        let create = Requirement::on(Self::ACTION, arn, id);
        Ok(tags::to_create(create, "iam:TagMFADevice", &self.tags))
    }

    fn decide(
        request: Authorized<CreateVirtualMFADevice>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateVirtualMFADeviceResponse>, IamError> {
        let id = call.scope.account;
        if view.account(call)?.mfa_devices.named(&request.name).is_some() {
            return Err(IamError::EntityAlreadyExists(
                "MFADevice entity at the same path and name already exists.".to_owned(),
            ));
        }
        let device = request.device(with);
        let key = keys::mfa_device(id, &device.name);
        let mut txn = Txn::new();
        txn.absent(key.clone()).put(key, &device);
        let shown = wire::VirtualMFADevice {
            serial_number: Some(device.arn(id).into()),
            base32_string_seed: Some(SecretBytes::from(device.seed.expose().as_bytes().to_vec())),
            qr_code_png: qr_code::png(&device.otpauth(id)),
            tags: tags::shown(&device.tags),
            ..wire::VirtualMFADevice::default()
        };
        let virtual_mfa_device = Some(shown);
        Ok(Decision::write(
            txn,
            wire::CreateVirtualMFADeviceResponse { virtual_mfa_device },
        ))
    }
}

impl CreateVirtualMFADevice {
    fn device(&self, with: &With<'_>) -> MfaDevice {
        MfaDevice {
            name: self.name.to_string(),
            path: self.path.to_string(),
            seed: totp::new_seed(with.entropy),
            created: with.now,
            used: 0,
            holder: None,
            tags: self.tags.clone(),
            rest: Default::default(),
        }
    }
}
