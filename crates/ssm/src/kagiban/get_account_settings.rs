//! `kagiban:GetAccountSettings`: list the settings of the account in this Region.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use super::wire;
use crate::settings::SettingName;
use crate::{ParameterError, View};

/// All settings.
#[derive(Clone, Debug)]
pub struct GetAccountSettings;

impl Operation for GetAccountSettings {
    const ACTION: &'static str = "kagiban:GetAccountSettings";
    type Wire = wire::GetAccountSettingsRequest;
    type Output = wire::GetAccountSettingsResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(_wire: wire::GetAccountSettingsRequest) -> Result<GetAccountSettings, ParameterError> {
        Ok(GetAccountSettings)
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        _request: Authorized<GetAccountSettings>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetAccountSettingsResponse>, ParameterError> {
        let settings = view.ssm.settings(call.scope);
        let listed = SettingName::ALL.map(|name| printed(name, settings.value(name)));
        Ok(Decision::read(wire::GetAccountSettingsResponse {
            settings: Some(listed.into()),
        }))
    }
}

/// A setting as answers have it.
pub(super) fn printed(name: SettingName, value: &str) -> wire::AccountSetting {
    wire::AccountSetting {
        name: Some(name.as_str().to_owned()),
        value: Some(value.to_owned()),
        default: Some(name.default_value().to_owned()),
        description: Some(name.description().to_owned()),
    }
}
