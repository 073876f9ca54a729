//! Where clients open their data channels.

/// The public address of the gateway, as the operator has set it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Streams {
    /// Scheme, host and perhaps port, such as `wss://kagiban.example.com`.
    pub base: String,
    /// Whether URLs look presigned. A session-manager-plugin that signs its upgrades then leaves it;
    /// who may connect is decided by the token alone, with or without it.
    pub presigned: bool,
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
            presigned: false,
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
