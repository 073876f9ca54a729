//! What an account chooses about Parameter Store in a Region, beyond what AWS lets it choose.

use std::sync::LazyLock;
use std::time::Duration;

use imbl::OrdMap;
use kagiban_iam::Stored;
use kagiban_store::{Error, Event};

use crate::ParameterError;
use crate::records::Setting;

/// A setting that there is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum SettingName {
    /// Requests and parameters are limited as AWS limits them.
    ActLikeAws,
    /// How long a deleted parameter can be brought back.
    DeletedParameterRetentionDays,
    /// Values may refer to other parameters.
    ParameterReferences,
    /// Reading by path asks for each parameter as well.
    StrictPathAuthorization,
}

impl SettingName {
    /// All of them, in the order of their names.
    pub const ALL: [SettingName; 4] = [
        SettingName::ActLikeAws,
        SettingName::DeletedParameterRetentionDays,
        SettingName::ParameterReferences,
        SettingName::StrictPathAuthorization,
    ];

    /// As clients and records spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            SettingName::ActLikeAws => "act-like-aws",
            SettingName::DeletedParameterRetentionDays => "deleted-parameter-retention-days",
            SettingName::ParameterReferences => "parameter-references",
            SettingName::StrictPathAuthorization => "strict-path-authorization",
        }
    }

    /// What it is where nobody changed it.
    pub fn default_value(self) -> &'static str {
        match self {
            SettingName::DeletedParameterRetentionDays => "30",
            _ => "false",
        }
    }

    /// What it does, in one sentence.
    pub fn description(self) -> &'static str {
        match self {
            SettingName::ActLikeAws => {
                "Whether requests are throttled and the number of parameters is limited as on AWS: true or false."
            }
            SettingName::DeletedParameterRetentionDays => {
                "For how many days a deleted parameter can be brought back: 0 to 365; 0 destroys it at once."
            }
            SettingName::ParameterReferences => {
                "Whether {{kagiban:/other/name}} in a value stands for another parameter's value: true or false."
            }
            SettingName::StrictPathAuthorization => {
                "Whether GetParametersByPath asks for its right on each parameter too, and leaves out what is denied: true or false."
            }
        }
    }

    /// Reads a setting's name.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, with the names there are.
    pub fn parse(text: &str) -> Result<SettingName, ParameterError> {
        Self::known(text).ok_or_else(|| {
            let names = Self::ALL.map(SettingName::as_str).join(", ");
            ParameterError::InvalidInput(format!("there is no setting `{text}`; the settings are {names}"))
        })
    }

    fn known(text: &str) -> Option<SettingName> {
        Self::ALL.into_iter().find(|name| name.as_str() == text)
    }

    /// Holds a value against what the setting takes.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, with what it takes.
    pub fn accept(self, value: &str) -> Result<(), ParameterError> {
        let mut tried = Settings::default();
        tried.set(self, value).ok_or_else(|| {
            let takes = match self {
                SettingName::DeletedParameterRetentionDays => "a whole number from 0 to 365",
                _ => "true or false",
            };
            ParameterError::InvalidInput(format!("`{}` is {takes}, not `{value}`", self.as_str()))
        })
    }
}

/// An account's settings in a Region.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Requests and parameters are limited as AWS limits them.
    pub act_like_aws: bool,
    /// How long a deleted parameter can be brought back; none: it is destroyed at once.
    pub retention: Option<Duration>,
    /// Values may refer to other parameters.
    pub references: bool,
    /// Reading by path asks for each parameter as well.
    pub strict_paths: bool,
    /// The records of those that somebody changed.
    changed: OrdMap<Box<str>, Stored<Setting>>,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MAX_DAYS: u32 = 365;

/// What holds where nobody changed anything.
pub(crate) static DEFAULT: LazyLock<Settings> = LazyLock::new(Settings::default);

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            act_like_aws: false,
            retention: Some(DAY * 30),
            references: false,
            strict_paths: false,
            changed: OrdMap::new(),
        }
    }
}

impl Settings {
    /// What a setting is now.
    pub fn value(&self, name: SettingName) -> &str {
        let changed = self.changed.get(name.as_str());
        changed.map_or(name.default_value(), |setting| &setting.value)
    }

    /// The record of a setting that somebody changed.
    pub fn record(&self, name: SettingName) -> Option<&Stored<Setting>> {
        self.changed.get(name.as_str())
    }

    /// None if the value is not one of the setting's.
    fn set(&mut self, name: SettingName, value: &str) -> Option<()> {
        let flag = || value.parse::<bool>().ok();
        match name {
            SettingName::ActLikeAws => self.act_like_aws = flag()?,
            SettingName::ParameterReferences => self.references = flag()?,
            SettingName::StrictPathAuthorization => self.strict_paths = flag()?,
            SettingName::DeletedParameterRetentionDays => {
                let digits = value.bytes().all(|byte| byte.is_ascii_digit());
                let days: u32 = value.parse().ok()?;
                (digits && days <= MAX_DAYS).then_some(())?;
                self.retention = (days > 0).then_some(DAY * days);
            }
        }
        Some(())
    }

    /// Carries one change of a record into memory. What a newer server knows and this one does not, it
    /// leaves alone.
    ///
    /// # Errors
    ///
    /// If the record cannot be read.
    pub(crate) fn apply(&mut self, name: &str, event: &Event) -> Result<(), Error> {
        kagiban_iam::apply(&mut self.changed, name.into(), event)?;
        if let Some(known) = SettingName::known(name) {
            let value = self.value(known).to_owned();
            let default = known.default_value();
            self.set(known, &value)
                .or_else(|| self.set(known, default))
                .expect("a default is a value of its setting");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_what_the_settings_are_before_anybody_changes_them() {
        let mut settings = Settings::default();
        for name in SettingName::ALL {
            settings.set(name, name.default_value()).unwrap();
            assert_eq!(SettingName::parse(name.as_str()), Ok(name));
        }
        assert_eq!(settings.retention, DEFAULT.retention);
        let flags = |s: &Settings| [s.act_like_aws, s.references, s.strict_paths];
        assert_eq!(flags(&settings), flags(&DEFAULT));
    }

    #[test]
    fn what_is_no_value_of_a_setting_is_refused_in_plain_words() {
        let refused = |name: SettingName, value| name.accept(value).unwrap_err().to_string();
        insta::assert_snapshot!(refused(SettingName::ActLikeAws, "yes"), @"`act-like-aws` is true or false, not `yes`");
        for days in ["366", "-1", "+3", "1.5", "", "x", "99999999999"] {
            assert!(
                SettingName::DeletedParameterRetentionDays.accept(days).is_err(),
                "{days}"
            );
        }
        for days in ["0", "1", "365"] {
            assert_eq!(SettingName::DeletedParameterRetentionDays.accept(days), Ok(()));
        }
        insta::assert_snapshot!(refused(SettingName::DeletedParameterRetentionDays, "366"), @"`deleted-parameter-retention-days` is a whole number from 0 to 365, not `366`");
        insta::assert_snapshot!(SettingName::parse("x").unwrap_err(), @"there is no setting `x`; the settings are act-like-aws, deleted-parameter-retention-days, parameter-references, strict-path-authorization");
    }
}
