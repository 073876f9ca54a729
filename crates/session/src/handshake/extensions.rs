use serde::{Deserialize, Serialize};

/// What our own ends can do with each other; AWS's ignore the key.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Extensions {
    /// The fast dialect; absent when it is not offered or not accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kagiban_fast: Option<FastMode>,
}

/// The fast dialect, as one end describes itself. It begins for the client when it has sent its
/// response, for the agent when it has read it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FastMode {
    /// 1.
    pub version: u32,
    /// How many bytes of payload this end takes before it has dealt with them.
    pub window_bytes: u64,
    /// The longest payload that this end takes.
    pub max_payload_bytes: u64,
}

impl FastMode {
    /// What our ends say: 4 MiB on the way, a quarter of a MiB a message.
    pub const OURS: FastMode = FastMode {
        version: 1,
        window_bytes: 4 << 20,
        max_payload_bytes: 256 << 10,
    };
}

impl Extensions {
    /// What our ends offer and accept.
    pub fn ours() -> Extensions {
        Extensions {
            kagiban_fast: Some(FastMode::OURS),
        }
    }

    /// The other end's side of the fast dialect, if it is one that we speak: the same version, and at
    /// least 64 KiB on the way in messages of at least 1 KiB.
    pub fn fast(&self) -> Option<FastMode> {
        let fast = self.kagiban_fast?;
        let sensible = fast.window_bytes >= 64 << 10 && fast.max_payload_bytes >= 1 << 10;
        (fast.version == 1 && sensible).then_some(fast)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_version_with_room_to_move_is_spoken() {
        assert_eq!(Extensions::ours().fast(), Some(FastMode::OURS));
        let other = |change: fn(&mut FastMode)| {
            let mut fast = FastMode::OURS;
            change(&mut fast);
            Extensions {
                kagiban_fast: Some(fast),
            }
            .fast()
        };
        assert_eq!(other(|fast| fast.version = 2), None);
        assert_eq!(other(|fast| fast.window_bytes = 0), None);
        assert_eq!(other(|fast| fast.max_payload_bytes = 0), None);
        assert_eq!(Extensions::default().fast(), None);
    }
}
