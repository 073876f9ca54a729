//! Service settings: what AWS lets an account choose about Parameter Store in a Region.

use kagiban_aws::{Arn, Timestamp};
use kagiban_iam::{Call, Requirement, Scope, Stored};

use crate::records::ServiceSetting;
use crate::wire::{self, parameter_tier};
use crate::{ParameterError, View};

/// A setting that is provisioned here. AWS has more, of services that are not; they are unknown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SettingId {
    /// The tier of parameters whose maker names none.
    DefaultParameterTier,
    /// Whether more requests are let through, where an account chose to be throttled at all.
    HighThroughputEnabled,
}

impl SettingId {
    const ALL: [SettingId; 2] = [SettingId::DefaultParameterTier, SettingId::HighThroughputEnabled];

    /// As AWS spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            SettingId::DefaultParameterTier => "/ssm/parameter-store/default-parameter-tier",
            SettingId::HighThroughputEnabled => "/ssm/parameter-store/high-throughput-enabled",
        }
    }

    fn default_value(self) -> &'static str {
        match self {
            SettingId::DefaultParameterTier => parameter_tier::STANDARD,
            SettingId::HighThroughputEnabled => "false",
        }
    }

    fn values(self) -> &'static [&'static str] {
        match self {
            SettingId::DefaultParameterTier => parameter_tier::VALUES,
            SettingId::HighThroughputEnabled => &["true", "false"],
        }
    }

    /// Refuses what is no value of the setting.
    ///
    /// # Errors
    ///
    /// `Validation`.
    pub(crate) fn accept(self, value: &str) -> Result<(), ParameterError> {
        if self.values().contains(&value) {
            return Ok(());
        }
        // UNSURE: AWS's own sentence has not been seen.
        let (id, values) = (self.as_str(), self.values().join(", "));
        Err(ParameterError::Validation(format!(
            "Invalid value for the setting {id}. Valid values include: [{values}]."
        )))
    }
}

/// What a request calls a setting: its id or its ARN.
#[derive(Clone, Debug)]
pub(crate) struct NamedSetting(String);

impl NamedSetting {
    pub(crate) fn new(named: Option<String>) -> NamedSetting {
        NamedSetting(named.unwrap_or_default())
    }

    /// To do `action` to it, whether or not there is such a setting.
    pub(crate) fn requirement(&self, action: &'static str, call: &Call<'_>) -> Requirement {
        match self.foreign(call.scope) {
            Some(arn) => Requirement::on(
                action,
                arn.as_str(),
                arn.account_id().unwrap_or(call.scope.account),
            ),
            None => Requirement::on(action, arn(call.scope, self.id(call.scope)), call.scope.account),
        }
    }

    /// The setting.
    ///
    /// # Errors
    ///
    /// `NoSuchSetting`.
    pub(crate) fn find(&self, scope: Scope) -> Result<SettingId, ParameterError> {
        let known = SettingId::ALL.into_iter();
        known
            .filter(|_| self.foreign(scope).is_none())
            .find(|id| id.as_str() == self.id(scope))
            .ok_or(ParameterError::NoSuchSetting)
    }

    fn id(&self, scope: Scope) -> &str {
        let own = arn(scope, "");
        self.0.strip_prefix(&own).unwrap_or(&self.0)
    }

    /// The ARN, if it is one and not of this account and Region.
    fn foreign(&self, scope: Scope) -> Option<Arn> {
        let named: Arn = self.0.parse().ok()?;
        (!self.0.starts_with(&arn(scope, "/"))).then_some(named)
    }
}

fn arn(scope: Scope, id: &str) -> String {
    let Scope { account, region } = scope;
    format!("arn:aws:ssm:{region}:{account}:servicesetting{id}")
}

/// A setting as answers print it; `changed` is its record, if it is not at its default.
pub(crate) fn printed(
    id: SettingId,
    scope: Scope,
    changed: Option<&Stored<ServiceSetting>>,
) -> wire::ServiceSetting {
    let value = changed.map_or(id.default_value(), |changed| &changed.value);
    // UNSURE: when AWS says that it has set a default; here it was so from the beginning.
    let modified = changed.map_or(Timestamp::from_seconds(0), |changed| changed.modified);
    let by = changed.map_or("System", |changed| &changed.modified_by);
    let status = changed.map_or("Default", |_| "Customized");
    wire::ServiceSetting {
        setting_id: Some(id.as_str().to_owned()),
        setting_value: Some(value.to_owned()),
        last_modified_date: Some(modified),
        last_modified_user: Some(by.to_owned()),
        arn: Some(arn(scope, id.as_str())),
        status: Some(status.to_owned()),
    }
}

impl<'v> View<'v> {
    /// The record of a setting that somebody has changed.
    pub(crate) fn changed_setting(&self, scope: Scope, id: SettingId) -> Option<&'v Stored<ServiceSetting>> {
        self.ssm.service_setting(scope, id)
    }
}
