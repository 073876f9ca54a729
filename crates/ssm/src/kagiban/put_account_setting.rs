//! `kagiban:PutAccountSetting`: change a setting of the account in this Region, or take it back.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use super::get_account_settings::printed;
use super::wire;
use crate::records::{Setting, keys};
use crate::settings::SettingName;
use crate::{ParameterError, View};

/// What a setting is to be; none for its default.
#[derive(Clone, Debug)]
pub struct PutAccountSetting {
    name: SettingName,
    value: Option<String>,
}

impl Operation for PutAccountSetting {
    const ACTION: &'static str = "kagiban:PutAccountSetting";
    type Wire = wire::PutAccountSettingRequest;
    type Output = wire::PutAccountSettingResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::PutAccountSettingRequest) -> Result<PutAccountSetting, ParameterError> {
        let name = SettingName::parse(&wire.name.unwrap_or_default())?;
        let value = wire.value.filter(|value| !value.is_empty());
        if let Some(value) = &value {
            name.accept(value)?;
        }
        Ok(PutAccountSetting { name, value })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        request: Authorized<PutAccountSetting>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::PutAccountSettingResponse>, ParameterError> {
        let PutAccountSetting { name, value } = request.into_inner();
        let seen = view.ssm.settings(call.scope).record(name);
        let key = keys::setting(call.scope, name.as_str());
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), seen.map(|seen| seen.revision));
        let now = value.as_deref().unwrap_or_else(|| name.default_value());
        let setting = Some(printed(name, now));
        match value {
            Some(value) => txn.put(
                key,
                &Setting {
                    value: value.into(),
                    modified: with.now,
                    modified_by: call.caller.arn.as_str().into(),
                    rest: Default::default(),
                },
            ),
            None => txn.delete(key),
        };
        Ok(Decision::write(txn, wire::PutAccountSettingResponse { setting }))
    }
}
