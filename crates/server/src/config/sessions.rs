use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::gateway::Terms;

/// The message gateway's settings: `[sessions]` in the file.
#[derive(Args, Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionSettings {
    /// Seconds that a session waits for an end that is gone, the client or the node [default: 600]
    #[arg(
        id = "sessions_resume_seconds",
        long = "sessions-resume-seconds",
        value_name = "SECONDS",
        env = "KAGIBAN_SESSIONS_RESUME_SECONDS",
        global = true
    )]
    pub resume_seconds: Option<u64>,

    /// Seconds that an agent has to open a session once it is ordered to [default: 30]
    #[arg(
        id = "sessions_start_seconds",
        long = "sessions-start-seconds",
        value_name = "SECONDS",
        env = "KAGIBAN_SESSIONS_START_SECONDS",
        global = true
    )]
    pub start_seconds: Option<u64>,

    /// Seconds without input and output after which every session ends, whatever its document allows
    /// [default: what the document says, 20 minutes if it says nothing]
    #[arg(
        id = "sessions_idle_seconds",
        long = "sessions-idle-seconds",
        value_name = "SECONDS",
        env = "KAGIBAN_SESSIONS_IDLE_SECONDS",
        global = true
    )]
    pub idle_seconds: Option<u64>,

    /// Seconds after which every session ends, whatever its document allows [default: what the document
    /// says, no end if it says nothing]
    #[arg(
        id = "sessions_maximum_seconds",
        long = "sessions-maximum-seconds",
        value_name = "SECONDS",
        env = "KAGIBAN_SESSIONS_MAXIMUM_SECONDS",
        global = true
    )]
    pub maximum_seconds: Option<u64>,

    /// Bytes that a session may carry in a second, each way [default: as many as there are]
    #[arg(
        id = "sessions_bytes_per_second",
        long = "sessions-bytes-per-second",
        value_name = "BYTES",
        env = "KAGIBAN_SESSIONS_BYTES_PER_SECOND",
        global = true
    )]
    pub bytes_per_second: Option<u64>,

    /// Sessions of one account that may be live at a time [default: 1000]
    #[arg(
        id = "sessions_live_per_account",
        long = "sessions-live-per-account",
        value_name = "NUMBER",
        env = "KAGIBAN_SESSIONS_LIVE_PER_ACCOUNT",
        global = true
    )]
    pub live_per_account: Option<usize>,

    /// Upgraded connections that may be open without a signature or a token yet [default: 256]
    #[arg(
        id = "sessions_strangers",
        long = "sessions-strangers",
        value_name = "NUMBER",
        env = "KAGIBAN_SESSIONS_STRANGERS",
        global = true
    )]
    pub strangers: Option<usize>,
}

impl SessionSettings {
    /// These settings, and where they say nothing, the `weaker` ones.
    #[must_use]
    pub(super) fn or(self, weaker: SessionSettings) -> SessionSettings {
        SessionSettings {
            resume_seconds: self.resume_seconds.or(weaker.resume_seconds),
            start_seconds: self.start_seconds.or(weaker.start_seconds),
            idle_seconds: self.idle_seconds.or(weaker.idle_seconds),
            maximum_seconds: self.maximum_seconds.or(weaker.maximum_seconds),
            bytes_per_second: self.bytes_per_second.or(weaker.bytes_per_second),
            live_per_account: self.live_per_account.or(weaker.live_per_account),
            strangers: self.strangers.or(weaker.strangers),
        }
    }

    /// With the defaults filled in.
    pub(super) fn terms(self) -> Terms {
        let defaults = Terms::default();
        let seconds = |seconds: Option<u64>| seconds.map(Duration::from_secs);
        Terms {
            resume: seconds(self.resume_seconds).unwrap_or(defaults.resume),
            start: seconds(self.start_seconds).unwrap_or(defaults.start),
            idle: seconds(self.idle_seconds),
            maximum: seconds(self.maximum_seconds),
            bytes_per_second: self.bytes_per_second,
            live_per_account: self.live_per_account.unwrap_or(defaults.live_per_account),
            strangers: self.strangers.unwrap_or(defaults.strangers),
        }
    }
}

impl From<Terms> for SessionSettings {
    fn from(terms: Terms) -> SessionSettings {
        SessionSettings {
            resume_seconds: Some(terms.resume.as_secs()),
            start_seconds: Some(terms.start.as_secs()),
            idle_seconds: terms.idle.map(|idle| idle.as_secs()),
            maximum_seconds: terms.maximum.map(|maximum| maximum.as_secs()),
            bytes_per_second: terms.bytes_per_second,
            live_per_account: Some(terms.live_per_account),
            strangers: Some(terms.strangers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_the_gateways_default() {
        assert_eq!(SessionSettings::default().terms(), Terms::default());
        let said = SessionSettings {
            idle_seconds: Some(3),
            ..SessionSettings::default()
        };
        assert_eq!(said.terms().idle, Some(Duration::from_secs(3)));
        assert_eq!(SessionSettings::from(said.terms()).terms(), said.terms());
    }
}
