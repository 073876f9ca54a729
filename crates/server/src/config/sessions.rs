use std::ops::RangeInclusive;
use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::ConfigError;
use crate::gateway::Terms;

/// Declares the settings: each with its flag, its variable and the numbers that make sense.
macro_rules! settings {
    ($($(#[$doc:meta])+ $name:ident $unit:literal $flag:literal $variable:literal $range:expr;)+) => {
        /// The message gateway's settings: `[sessions]` in the file.
        #[derive(Args, Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct SessionSettings {$(
            $(#[$doc])+
            #[arg(id = $flag, long = $flag, value_name = $unit, env = $variable, global = true)]
            pub $name: Option<u64>,
        )+}

        impl SessionSettings {
            /// These settings, and where they say nothing, the `weaker` ones.
            #[must_use]
            pub(super) fn or(self, weaker: SessionSettings) -> SessionSettings {
                SessionSettings {
                    $($name: self.$name.or(weaker.$name),)+
                }
            }

            /// Holds each against the numbers that make sense.
            fn check(self) -> Result<(), ConfigError> {
                $(within($flag, self.$name, $range)?;)+
                Ok(())
            }
        }
    };
}

const WEEK: u64 = 7 * 24 * 60 * 60;
const YEAR: u64 = 365 * 24 * 60 * 60;
const MANY: u64 = 1_000_000;

settings! {
    /// Seconds that a session waits for an end that is gone, the client or the node [default: 600]
    resume_seconds "SECONDS" "sessions-resume-seconds" "KAGIBAN_SESSIONS_RESUME_SECONDS" 1..=WEEK;

    /// Seconds that an agent has to open a session once it is ordered to [default: 30]
    start_seconds "SECONDS" "sessions-start-seconds" "KAGIBAN_SESSIONS_START_SECONDS" 1..=3_600;

    /// Seconds without input and output after which every session ends, whatever its document allows
    /// [default: what the document says, 20 minutes if it says nothing]
    idle_seconds "SECONDS" "sessions-idle-seconds" "KAGIBAN_SESSIONS_IDLE_SECONDS" 1..=WEEK;

    /// Seconds after which every session ends, whatever its document allows [default: what the document
    /// says, no end if it says nothing]
    maximum_seconds "SECONDS" "sessions-maximum-seconds" "KAGIBAN_SESSIONS_MAXIMUM_SECONDS" 1..=YEAR;

    /// Bytes that a session may carry in a second, each way [default: as many as there are]
    bytes_per_second "BYTES" "sessions-bytes-per-second" "KAGIBAN_SESSIONS_BYTES_PER_SECOND" 1_024..=1 << 40;

    /// Sessions of one account that may be live at a time [default: 1000]
    live_per_account "NUMBER" "sessions-live-per-account" "KAGIBAN_SESSIONS_LIVE_PER_ACCOUNT" 1..=MANY;

    /// Upgraded connections that may be open without a signature or a token yet [default: 256]
    strangers "NUMBER" "sessions-strangers" "KAGIBAN_SESSIONS_STRANGERS" 1..=MANY;

    /// How many of them may come from one address [default: 16]
    strangers_per_address "NUMBER" "sessions-strangers-per-address" "KAGIBAN_SESSIONS_STRANGERS_PER_ADDRESS" 1..=MANY;
}

fn within(flag: &'static str, number: Option<u64>, range: RangeInclusive<u64>) -> Result<(), ConfigError> {
    match number.filter(|number| !range.contains(number)) {
        None => Ok(()),
        Some(number) => Err(ConfigError::OutOfRange { flag, number, range }),
    }
}

impl SessionSettings {
    /// With the defaults filled in.
    ///
    /// # Errors
    ///
    /// `OutOfRange`.
    pub(super) fn terms(self) -> Result<Terms, ConfigError> {
        self.check()?;
        let defaults = Terms::default();
        let seconds = |seconds: Option<u64>| seconds.map(Duration::from_secs);
        let count = |number: Option<u64>, default: usize| {
            number.map_or(default, |number| usize::try_from(number).expect("a million fits"))
        };
        Ok(Terms {
            resume: seconds(self.resume_seconds).unwrap_or(defaults.resume),
            start: seconds(self.start_seconds).unwrap_or(defaults.start),
            idle: seconds(self.idle_seconds),
            maximum: seconds(self.maximum_seconds),
            bytes_per_second: self.bytes_per_second,
            live_per_account: count(self.live_per_account, defaults.live_per_account),
            strangers: count(self.strangers, defaults.strangers),
            strangers_per_address: count(self.strangers_per_address, defaults.strangers_per_address),
        })
    }
}

impl From<Terms> for SessionSettings {
    fn from(terms: Terms) -> SessionSettings {
        let count = |number: usize| u64::try_from(number).ok();
        SessionSettings {
            resume_seconds: Some(terms.resume.as_secs()),
            start_seconds: Some(terms.start.as_secs()),
            idle_seconds: terms.idle.map(|idle| idle.as_secs()),
            maximum_seconds: terms.maximum.map(|maximum| maximum.as_secs()),
            bytes_per_second: terms.bytes_per_second,
            live_per_account: count(terms.live_per_account),
            strangers: count(terms.strangers),
            strangers_per_address: count(terms.strangers_per_address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_the_gateways_default() {
        assert_eq!(SessionSettings::default().terms().unwrap(), Terms::default());
        let said = SessionSettings {
            idle_seconds: Some(3),
            ..SessionSettings::default()
        };
        let terms = said.terms().unwrap();
        assert_eq!(terms.idle, Some(Duration::from_secs(3)));
        assert_eq!(SessionSettings::from(terms).terms().unwrap(), terms);
    }

    #[test]
    fn numbers_that_make_no_sense_are_refused_by_name() {
        for name in [
            "resume_seconds",
            "start_seconds",
            "idle_seconds",
            "maximum_seconds",
            "bytes_per_second",
            "live_per_account",
            "strangers",
            "strangers_per_address",
        ] {
            // The greatest that a file can say, and the nearest to what a clock cannot reckon with.
            for number in ["0", "9223372036854775807"] {
                let settings: SessionSettings = toml::from_str(&format!("{name} = {number}")).unwrap();
                let error = settings.terms().unwrap_err().to_string();
                let flag = format!("--sessions-{} {number} makes no sense", name.replace('_', "-"));
                assert!(error.starts_with(&flag), "{error}");
            }
        }
        let settings: SessionSettings = toml::from_str("start_seconds = 4000").unwrap();
        assert_eq!(
            settings.terms().unwrap_err().to_string(),
            "--sessions-start-seconds 4000 makes no sense; give a number from 1 to 3600, or none for the default"
        );
    }
}
