//! `ssm:UpdateServiceSetting`: choose something else than the default.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use crate::records::{ServiceSetting, keys};
use crate::service_settings::NamedSetting;
use crate::{ParameterError, View, wire};

/// Which setting to change, and to what.
#[derive(Clone, Debug)]
pub struct UpdateServiceSetting {
    setting: NamedSetting,
    value: String,
}

impl Operation for UpdateServiceSetting {
    const ACTION: &'static str = "ssm:UpdateServiceSetting";
    type Wire = wire::UpdateServiceSettingRequest;
    type Output = wire::UpdateServiceSettingResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UpdateServiceSettingRequest) -> Result<UpdateServiceSetting, ParameterError> {
        Ok(UpdateServiceSetting {
            setting: NamedSetting::new(wire.setting_id),
            value: wire.setting_value.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![self.setting.requirement(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<UpdateServiceSetting>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::UpdateServiceSettingResult>, ParameterError> {
        let id = request.setting.find(call.scope)?;
        let changed = view.changed_setting(call.scope, id);
        id.accept(&request.value)?;
        let key = keys::service_setting(call.scope, id.as_str());
        let setting = ServiceSetting {
            value: request.value.as_str().into(),
            modified: with.now,
            modified_by: call.caller.arn.as_str().into(),
            rest: Default::default(),
        };
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), changed.map(|changed| changed.revision));
        txn.put(key, &setting);
        Ok(Decision::write(txn, wire::UpdateServiceSettingResult {}))
    }
}
