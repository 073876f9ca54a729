//! `inputs`: the preferences of a session.

use std::time::Duration;

use serde_json::{Map, Value};

use super::error::DocumentError;
use super::kms_key;
use super::members::{Members, Stage};

/// What a document says about the sessions that are started with it. Texts are empty where it says
/// nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Inputs {
    /// Where transcripts go.
    pub s3_bucket_name: String,
    /// What their keys begin with.
    pub s3_key_prefix: String,
    /// Whether the bucket has to be encrypted.
    pub s3_encryption_enabled: bool,
    /// The log group of transcripts.
    pub cloud_watch_log_group_name: String,
    /// Whether the log group has to be encrypted.
    pub cloud_watch_encryption_enabled: bool,
    /// Whether transcripts are written while the session runs.
    pub cloud_watch_streaming_enabled: bool,
    /// The KMS key that both ends encrypt the session under.
    pub kms_key_id: String,
    /// Whether sessions run as somebody other than `ssm-user`.
    pub run_as_enabled: bool,
    /// As whom, unless the caller's tag says otherwise.
    pub run_as_default_user: String,
    /// After how long without traffic the session ends.
    pub idle_session_timeout: Option<Duration>,
    /// After how long it ends in any case.
    pub max_session_duration: Option<Duration>,
    /// What a shell is given to begin with.
    pub shell_profile: ShellProfile,
}

/// What a shell is given to begin with, by platform.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ShellProfile {
    /// On Linux and macOS.
    pub linux: String,
    /// On Windows.
    pub windows: String,
}

/// The names of all inputs.
const KNOWN: [&str; 12] = [
    "s3BucketName",
    "s3KeyPrefix",
    "s3EncryptionEnabled",
    "cloudWatchLogGroupName",
    "cloudWatchEncryptionEnabled",
    "cloudWatchStreamingEnabled",
    "kmsKeyId",
    "runAsEnabled",
    "runAsDefaultUser",
    IDLE,
    LONGEST,
    "shellProfile",
];
const IDLE: &str = "idleSessionTimeout";
const LONGEST: &str = "maxSessionDuration";
const PLATFORMS: [&str; 2] = ["linux", "windows"];

/// AWS's limit for a shell profile.
const MAX_PROFILE: usize = 512;

const KMS_KEY: &str = "the id, the ARN or an alias of a KMS key, or empty";

impl Inputs {
    /// The time without traffic after which a session ends where the document does not say.
    pub const IDLE_SESSION_TIMEOUT: Duration = Duration::from_secs(20 * 60);

    pub(super) fn read(value: &Value, stage: Stage) -> Result<Inputs, DocumentError> {
        let inputs = Members::of("inputs", Some(value), stage)?;
        let text = |name| inputs.text(name).map(|text| text.unwrap_or_default().to_owned());
        Ok(Inputs {
            s3_bucket_name: text("s3BucketName")?,
            s3_key_prefix: text("s3KeyPrefix")?,
            s3_encryption_enabled: inputs.flag("s3EncryptionEnabled")?,
            cloud_watch_log_group_name: text("cloudWatchLogGroupName")?,
            cloud_watch_encryption_enabled: inputs.flag("cloudWatchEncryptionEnabled")?,
            cloud_watch_streaming_enabled: inputs.boolean("cloudWatchStreamingEnabled")?,
            kms_key_id: inputs.text_that("kmsKeyId", KMS_KEY, kms_key::is_named)?,
            run_as_enabled: inputs.flag("runAsEnabled")?,
            run_as_default_user: text("runAsDefaultUser")?,
            idle_session_timeout: minutes(inputs.number(IDLE, 1..=60, "1 to 60 minutes")?),
            max_session_duration: minutes(inputs.number(LONGEST, 1..=1440, "1 to 1440 minutes")?),
            shell_profile: ShellProfile::read(profile(&inputs)?)?,
        })
    }

    /// The paths of members that mean nothing.
    pub(super) fn unknown(value: &Value) -> Vec<String> {
        let Ok(inputs) = Members::of("inputs", Some(value), Stage::Draft) else {
            return Vec::new();
        };
        let within = profile(&inputs).into_iter();
        let within = within.flat_map(|profile| profile.unknown(&PLATFORMS).collect::<Vec<_>>());
        inputs.unknown(&KNOWN).chain(within).collect()
    }

    /// Inputs as agents read them: minutes are texts, whatever the author wrote.
    pub(super) fn content(value: &Value) -> Value {
        let mut inputs: Map<String, Value> = value.as_object().cloned().unwrap_or_default();
        for name in [IDLE, LONGEST] {
            if let Some(minutes) = inputs.get_mut(name).filter(|minutes| minutes.is_number()) {
                *minutes = minutes.to_string().into();
            }
        }
        Value::Object(inputs)
    }
}

impl ShellProfile {
    fn read(profile: Members<'_>) -> Result<ShellProfile, DocumentError> {
        let text = |name| {
            profile.text_that(name, "at most 512 characters", |text| {
                text.chars().count() <= MAX_PROFILE
            })
        };
        Ok(ShellProfile {
            linux: text("linux")?,
            windows: text("windows")?,
        })
    }
}

fn profile<'m>(inputs: &Members<'m>) -> Result<Members<'m>, DocumentError> {
    Members::of("inputs.shellProfile", inputs.get("shellProfile"), inputs.stage())
}

fn minutes(number: Option<u16>) -> Option<Duration> {
    number.map(|number| Duration::from_secs(60 * u64::from(number)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<Inputs, DocumentError> {
        Inputs::read(value, Stage::Final)
    }

    #[test]
    fn all_that_a_console_writes_is_read() {
        let inputs = json!({
            "s3BucketName": "", "s3KeyPrefix": "", "s3EncryptionEnabled": true,
            "cloudWatchLogGroupName": "", "cloudWatchEncryptionEnabled": "true",
            "cloudWatchStreamingEnabled": false, "kmsKeyId": "alias/sessions",
            "runAsEnabled": "False", "runAsDefaultUser": "", "idleSessionTimeout": "20",
            "maxSessionDuration": "", "shellProfile": {"windows": "", "linux": "cd"},
        });
        let inputs = read(&inputs).unwrap();
        assert!(inputs.s3_encryption_enabled && inputs.cloud_watch_encryption_enabled);
        assert!(!inputs.run_as_enabled);
        assert_eq!(inputs.idle_session_timeout, Some(Duration::from_secs(1200)));
        assert_eq!(inputs.max_session_duration, None);
        assert_eq!(inputs.shell_profile.linux, "cd");
    }

    #[test]
    fn nothing_said_is_nothing_wanted() {
        assert_eq!(read(&json!({})), Ok(Inputs::default()));
        assert_eq!(read(&json!(null)), Ok(Inputs::default()));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (name, value) in [
            ("runAsEnabled", json!("yes")),
            ("runAsEnabled", json!(1)),
            ("cloudWatchStreamingEnabled", json!("true")),
            ("idleSessionTimeout", json!("0")),
            ("idleSessionTimeout", json!("61")),
            ("idleSessionTimeout", json!("+5")),
            ("idleSessionTimeout", json!(2.5)),
            ("maxSessionDuration", json!("1441")),
            ("maxSessionDuration", json!(-1)),
            ("s3BucketName", json!(["x"])),
            ("shellProfile", json!("cd")),
            ("shellProfile", json!({"linux": "x".repeat(513)})),
            ("kmsKeyId", json!({})),
            ("kmsKeyId", json!("my key")),
            ("kmsKeyId", json!("{{ key }}")),
        ] {
            let refused = read(&json!({name: value})).unwrap_err().to_string();
            assert!(refused.contains(name), "{refused}");
        }
    }

    #[test]
    fn a_placeholder_may_become_anything_until_it_has_to_be_something() {
        let draft = json!({
            "runAsEnabled": "{{ as }}", "idleSessionTimeout": "{{ idle }}", "kmsKeyId": "alias/{{ key }}",
        });
        assert!(Inputs::read(&draft, Stage::Draft).is_ok());
        assert!(read(&draft).is_err());
    }

    #[test]
    fn members_that_mean_nothing_are_named() {
        let inputs = json!({"idleTimeout": "5", "kmsKeyId": "", "shellProfile": {"macos": "", "linux": ""}});
        assert_eq!(
            Inputs::unknown(&inputs),
            ["inputs.idleTimeout", "inputs.shellProfile.macos"]
        );
    }

    #[test]
    fn agents_get_minutes_as_texts() {
        let content = Inputs::content(&json!({"idleSessionTimeout": 5, "runAsEnabled": true}));
        assert_eq!(content, json!({"idleSessionTimeout": "5", "runAsEnabled": true}));
    }
}
