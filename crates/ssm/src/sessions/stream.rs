//! The gateway, as the API has to know it: where clients open their data channels, and how many sessions
//! it has.

/// What the operator has set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Streams {
    /// Scheme, host and perhaps port, such as `wss://kagiban.example.com`.
    pub base: String,
    /// Whether URLs look presigned. A session-manager-plugin that signs its upgrades then leaves it;
    /// who may connect is decided by the token alone, with or without it.
    pub presigned: bool,
    /// How many sessions of one account may be live.
    pub live_per_account: usize,
}

impl Default for Streams {
    fn default() -> Streams {
        Streams {
            base: String::new(),
            presigned: false,
            live_per_account: 1_000,
        }
    }
}

impl Streams {
    /// The URL of a session's data channel.
    pub(crate) fn url(&self, session: &str) -> String {
        let mark = match self.presigned {
            true => "&X-Amz-Algorithm=AWS4-HMAC-SHA256",
            false => "",
        };
        format!(
            "{}/v1/data-channel/{session}?role=publish_subscribe{mark}",
            self.base
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_the_session_and_is_marked_as_presigned_if_the_operator_wants() {
        let mut streams = Streams {
            base: "wss://example.com".to_owned(),
            ..Streams::default()
        };
        let plain = "wss://example.com/v1/data-channel/alice-1?role=publish_subscribe";
        assert_eq!(streams.url("alice-1"), plain);
        streams.presigned = true;
        assert_eq!(
            streams.url("alice-1"),
            format!("{plain}&X-Amz-Algorithm=AWS4-HMAC-SHA256")
        );
    }
}
