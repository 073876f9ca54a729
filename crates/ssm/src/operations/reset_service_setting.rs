//! `ssm:ResetServiceSetting`: go back to the default.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use crate::records::keys;
use crate::service_settings::{self, NamedSetting};
use crate::{ParameterError, View, wire};

/// Which setting to reset.
#[derive(Clone, Debug)]
pub struct ResetServiceSetting {
    setting: NamedSetting,
}

impl Operation for ResetServiceSetting {
    const ACTION: &'static str = "ssm:ResetServiceSetting";
    type Wire = wire::ResetServiceSettingRequest;
    type Output = wire::ResetServiceSettingResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ResetServiceSettingRequest) -> Result<ResetServiceSetting, ParameterError> {
        Ok(ResetServiceSetting {
            setting: NamedSetting::new(wire.setting_id),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![self.setting.requirement(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<ResetServiceSetting>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ResetServiceSettingResult>, ParameterError> {
        let id = request.setting.find(call.scope)?;
        let changed = view.changed_setting(call.scope, id);
        let service_setting = Some(service_settings::printed(id, call.scope, None));
        let output = wire::ResetServiceSettingResult { service_setting };
        let mut txn = Txn::new();
        if let Some(changed) = changed {
            let key = keys::service_setting(call.scope, id.as_str());
            txn.unchanged(key.clone(), Some(changed.revision)).delete(key);
        }
        Ok(Decision::write(txn, output))
    }
}
