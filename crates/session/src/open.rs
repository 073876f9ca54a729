//! The first frame of each socket, text: who is here, with the token that proves it.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

/// Longer first frames are not read.
const MAX_BYTES: usize = 16 << 10;

/// A token; wiped on drop, and `Debug` prints `…`.
#[derive(Clone, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Token {
    fn from(text: String) -> Token {
        Token(Zeroizing::new(text))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// A first frame that opens nothing. What it was is not repeated: there may be a token in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the first frame does not open a channel")]
pub struct InvalidOpen;

/// Opens a data channel, from either end.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OpenDataChannel {
    /// `1.0`.
    #[serde(default)]
    pub message_schema_version: String,
    /// A UUID.
    #[serde(default)]
    pub request_id: String,
    /// From `StartSession`, `ResumeSession` or `CreateDataChannel`.
    pub token_value: Token,
    /// The agent's node; a client has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_instance_id: Option<String>,
    /// The client's name for itself, the same for as long as it lives; agents say nothing here.
    #[serde(default)]
    pub client_id: String,
    /// The client's version, if it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_version: Option<String>,
}

/// Opens an agent's control channel.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OpenControlChannel {
    /// Always null.
    #[serde(default)]
    pub cookie: Option<String>,
    /// `1.0`.
    #[serde(default)]
    pub message_schema_version: String,
    /// A UUID.
    #[serde(default)]
    pub request_id: String,
    /// From `CreateControlChannel`.
    pub token_value: Token,
    /// Such as `3.3.1000.0`.
    #[serde(default)]
    pub agent_version: String,
    /// Such as `linux`.
    #[serde(default)]
    pub platform_type: String,
}

impl OpenDataChannel {
    /// A client's first frame.
    pub fn of_client(
        request_id: String,
        token: Token,
        client_id: String,
        version: String,
    ) -> OpenDataChannel {
        OpenDataChannel {
            message_schema_version: "1.0".to_owned(),
            request_id,
            token_value: token,
            client_instance_id: None,
            client_id,
            client_version: Some(version),
        }
    }

    /// An agent's first frame.
    pub fn of_agent(request_id: String, token: Token, node: String) -> OpenDataChannel {
        OpenDataChannel {
            message_schema_version: "1.0".to_owned(),
            request_id,
            token_value: token,
            client_instance_id: Some(node),
            client_id: String::new(),
            client_version: None,
        }
    }

    /// Reads a first frame.
    ///
    /// # Errors
    ///
    /// If it is no such JSON, has no token, or more than 16 KiB.
    pub fn parse(text: &[u8]) -> Result<OpenDataChannel, InvalidOpen> {
        parse(text)
    }

    /// Writes the frame. There is a token in it: whoever has sent it wipes it.
    pub fn to_text(&self) -> String {
        to_text(self)
    }
}

impl OpenControlChannel {
    /// An agent's first frame.
    pub fn new(
        request_id: String,
        token: Token,
        agent_version: String,
        platform: String,
    ) -> OpenControlChannel {
        OpenControlChannel {
            cookie: None,
            message_schema_version: "1.0".to_owned(),
            request_id,
            token_value: token,
            agent_version,
            platform_type: platform,
        }
    }

    /// Reads a first frame.
    ///
    /// # Errors
    ///
    /// If it is no such JSON, has no token, or more than 16 KiB.
    pub fn parse(text: &[u8]) -> Result<OpenControlChannel, InvalidOpen> {
        parse(text)
    }

    /// Writes the frame. There is a token in it: whoever has sent it wipes it.
    pub fn to_text(&self) -> String {
        to_text(self)
    }
}

fn parse<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, InvalidOpen> {
    if text.len() > MAX_BYTES {
        return Err(InvalidOpen);
    }
    serde_json::from_slice(text).map_err(|_| InvalidOpen)
}

fn to_text(open: &impl Serialize) -> String {
    let mut text = Vec::with_capacity(2048); // so that no copy is left by growing
    serde_json::to_writer(&mut text, open).expect("text can be written");
    String::from_utf8(text).unwrap_or_else(|error| {
        error.into_bytes().zeroize();
        String::new()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_ends_open_as_the_real_ones_do() {
        let token = || Token::from("t".to_owned());
        let client = OpenDataChannel::of_client("r".into(), token(), "c".into(), "1.2.814.0".into());
        let text = client.to_text();
        assert_eq!(
            text,
            r#"{"MessageSchemaVersion":"1.0","RequestId":"r","TokenValue":"t","ClientId":"c","ClientVersion":"1.2.814.0"}"#
        );
        assert_eq!(OpenDataChannel::parse(text.as_bytes()), Ok(client));
        let agent = OpenDataChannel::of_agent("r".into(), token(), "mi-1".into());
        assert_eq!(
            agent.to_text(),
            r#"{"MessageSchemaVersion":"1.0","RequestId":"r","TokenValue":"t","ClientInstanceId":"mi-1","ClientId":""}"#
        );
    }

    #[test]
    fn a_control_channel_opens_as_the_real_agent_does() {
        let text = r#"{"Cookie":null,"MessageSchemaVersion":"1.0","RequestId":"r","TokenValue":"t","AgentVersion":"3.3.0.0","PlatformType":"linux"}"#;
        let open = OpenControlChannel::parse(text.as_bytes()).unwrap();
        assert_eq!(open.to_text(), text);
        assert_eq!(open.token_value.expose(), "t");
    }

    #[test]
    fn an_old_plugin_does_not_say_its_version() {
        let text = r#"{"MessageSchemaVersion":"1.0","RequestId":"r","TokenValue":"t","ClientId":"c"}"#;
        assert_eq!(
            OpenDataChannel::parse(text.as_bytes()).unwrap().client_version,
            None
        );
    }

    #[test]
    fn tokens_are_not_shown_and_cannot_be_left_out() {
        let open = OpenDataChannel::of_agent("r".into(), Token::from("hunter2".to_owned()), "mi-1".into());
        assert!(!format!("{open:?}").contains("hunter2"));
        assert_eq!(OpenDataChannel::parse(b"{}"), Err(InvalidOpen));
        assert_eq!(
            OpenDataChannel::parse(&vec![b' '; MAX_BYTES + 1]),
            Err(InvalidOpen)
        );
    }
}
