//! `ssm:GetServiceSetting`: tell what an account has chosen.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::service_settings::{self, NamedSetting};
use crate::{ParameterError, View, wire};

/// Which setting to tell.
#[derive(Clone, Debug)]
pub struct GetServiceSetting {
    setting: NamedSetting,
}

impl Operation for GetServiceSetting {
    const ACTION: &'static str = "ssm:GetServiceSetting";
    type Wire = wire::GetServiceSettingRequest;
    type Output = wire::GetServiceSettingResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetServiceSettingRequest) -> Result<GetServiceSetting, ParameterError> {
        Ok(GetServiceSetting {
            setting: NamedSetting::new(wire.setting_id),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![self.setting.requirement(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<GetServiceSetting>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetServiceSettingResult>, ParameterError> {
        let id = request.setting.find(call.scope)?;
        let changed = view.changed_setting(call.scope, id);
        let service_setting = Some(service_settings::printed(id, call.scope, changed));
        Ok(Decision::read(wire::GetServiceSettingResult { service_setting }))
    }
}
