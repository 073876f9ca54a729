//! `properties`: what a session does, by its type.

use serde_json::Value;

use super::SessionType;
use super::error::DocumentError;
use super::members::{Members, Stage};

/// What a session does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Plan {
    /// A shell in a terminal.
    Shell,
    /// Commands in a terminal.
    InteractiveCommands(Commands),
    /// Commands without one.
    NonInteractiveCommands(Commands),
    /// Bytes to and from a port.
    Port(Port),
}

/// Commands by platform; at least one platform has some.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Commands {
    /// On Linux.
    pub linux: Option<Command>,
    /// On macOS.
    pub macos: Option<Command>,
    /// On Windows.
    pub windows: Option<Command>,
}

/// What runs on one platform.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Command {
    /// The command line.
    pub commands: String,
    /// Whether it runs as the agent's own user, instead of `ssm-user` or the run-as user.
    pub run_as_elevated: bool,
    /// Whether standard output and standard error are told apart.
    pub separate_output_stream: bool,
    /// What goes before each block of standard output, if they are.
    pub std_out_separator_prefix: String,
    /// What goes before each block of standard error.
    pub std_err_separator_prefix: String,
}

/// A port to connect with.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Port {
    /// The port on the node or on the host; 0 only in a draft.
    pub port_number: u16,
    /// The machine that the node connects with; empty for the node itself.
    pub host: String,
    /// The port that the client listens on; none lets the system choose.
    pub local_port_number: Option<u16>,
    /// The socket that the client listens on instead of a port.
    pub local_unix_socket: String,
    /// Whether it does: the document's `localConnectionType` is `unix`.
    pub is_unix: bool,
    /// Whether the client listens at all: otherwise its standard input and output are the connection.
    pub is_forwarding: bool,
}

impl Plan {
    pub(super) fn read(kind: SessionType, value: &Value, stage: Stage) -> Result<Plan, DocumentError> {
        let properties = Members::of("properties", Some(value), stage)?;
        match kind {
            SessionType::StandardStream => Ok(Plan::Shell),
            SessionType::InteractiveCommands => Commands::read(&properties).map(Plan::InteractiveCommands),
            SessionType::NonInteractiveCommands => {
                Commands::read(&properties).map(Plan::NonInteractiveCommands)
            }
            SessionType::Port => Port::read(&properties).map(Plan::Port),
        }
    }
}

impl Commands {
    fn read(properties: &Members<'_>) -> Result<Commands, DocumentError> {
        let read = |path, name| Command::read(path, properties.get(name), properties.stage());
        let commands = Commands {
            linux: read("properties.linux", "linux")?,
            macos: read("properties.macos", "macos")?,
            windows: read("properties.windows", "windows")?,
        };
        if commands == Commands::default() {
            return Err(properties.missing("linux"));
        }
        Ok(commands)
    }
}

impl Command {
    fn read(path: &str, value: Option<&Value>, stage: Stage) -> Result<Option<Command>, DocumentError> {
        let platform = Members::of(path, value, stage)?;
        if platform.is_empty() {
            return Ok(None);
        }
        let prefix =
            |name| platform.text_that(name, "up to 30 letters, digits, line ends or `_:-`", is_prefix);
        Ok(Some(Command {
            commands: platform
                .text("commands")?
                .ok_or_else(|| platform.missing("commands"))?
                .to_owned(),
            run_as_elevated: platform.boolean("runAsElevated")?,
            separate_output_stream: platform.flag("separateOutputStream")?,
            std_out_separator_prefix: prefix("stdOutSeparatorPrefix")?,
            std_err_separator_prefix: prefix("stdErrSeparatorPrefix")?,
        }))
    }
}

/// The agent's own rule for prefixes.
fn is_prefix(text: &str) -> bool {
    let may_be = |byte: u8| byte.is_ascii_alphanumeric() || b"\r\n_:-".contains(&byte);
    text.len() <= 30 && text.bytes().all(may_be)
}

impl Port {
    const FORWARDING: &'static str = "LocalPortForwarding";

    fn read(properties: &Members<'_>) -> Result<Port, DocumentError> {
        let text = |name| {
            properties
                .text(name)
                .map(|text| text.unwrap_or_default().to_owned())
        };
        let port = properties.number("portNumber", 1..=u16::MAX, "a port from 1 to 65535")?;
        let missing = properties.get("portNumber").is_none() || properties.stage() == Stage::Final;
        if port.is_none() && missing {
            return Err(properties.missing("portNumber"));
        }
        let local = properties.number("localPortNumber", 0..=u16::MAX, "a port from 0 to 65535")?;
        let kind = properties.text_that("type", "LocalPortForwarding", |kind| {
            kind.is_empty() || kind == Self::FORWARDING
        })?;
        Ok(Port {
            port_number: port.unwrap_or_default(),
            host: text("host")?,
            local_port_number: local.filter(|port| *port != 0),
            local_unix_socket: text("localUnixSocket")?,
            is_unix: properties.text("localConnectionType")? == Some("unix"),
            is_forwarding: kind == Self::FORWARDING,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn port(value: &Value) -> Result<Plan, DocumentError> {
        Plan::read(SessionType::Port, value, Stage::Final)
    }

    #[test]
    fn a_port_is_forwarded_or_is_the_standard_streams() {
        let ssh = Port {
            port_number: 22,
            ..Port::default()
        };
        assert_eq!(port(&json!({"portNumber": "22"})), Ok(Plan::Port(ssh)));
        let forwarded = json!({
            "portNumber": "5432", "host": "db.internal", "type": "LocalPortForwarding", "localPortNumber": "0",
        });
        let expected = Port {
            port_number: 5432,
            host: "db.internal".to_owned(),
            is_forwarding: true,
            ..Port::default()
        };
        assert_eq!(port(&forwarded), Ok(Plan::Port(expected)));
    }

    #[test]
    fn ports_that_are_none_are_refused() {
        for (value, text) in [
            (json!({}), "`properties.portNumber` is missing"),
            (json!({"portNumber": ""}), "`properties.portNumber` is missing"),
            (
                json!({"portNumber": "0"}),
                "`properties.portNumber` is `0`; it must be a port from 1 to 65535",
            ),
            (
                json!({"portNumber": "65536"}),
                "`properties.portNumber` is `65536`; it must be a port from 1 to 65535",
            ),
            (
                json!({"portNumber": "22", "type": "Remote"}),
                "`properties.type` is `Remote`; it must be LocalPortForwarding",
            ),
            (json!([]), "`properties` is `[]`; it must be an object"),
        ] {
            assert_eq!(port(&value).unwrap_err().to_string(), text);
        }
    }

    #[test]
    fn commands_are_read_for_each_platform_that_has_some() {
        let value = json!({"linux": {
            "commands": "df -h", "runAsElevated": true, "separateOutputStream": "true",
            "stdOutSeparatorPrefix": "STD_OUT:\n",
        }});
        let plan = Plan::read(SessionType::NonInteractiveCommands, &value, Stage::Final).unwrap();
        let Plan::NonInteractiveCommands(commands) = plan else {
            panic!("{plan:?}");
        };
        let linux = commands.linux.unwrap();
        assert!(linux.run_as_elevated && linux.separate_output_stream);
        assert_eq!((linux.commands.as_str(), commands.macos), ("df -h", None));
    }

    #[test]
    fn commands_that_are_none_are_refused() {
        for value in [
            json!({}),
            json!({"linux": {}}),
            json!({"linux": {"runAsElevated": true}}),
            json!({"linux": {"commands": ["a"]}}),
            json!({"linux": {"commands": "a", "runAsElevated": "true"}}),
            json!({"linux": {"commands": "a", "stdErrSeparatorPrefix": "a b"}}),
        ] {
            assert!(
                Plan::read(SessionType::InteractiveCommands, &value, Stage::Final).is_err(),
                "{value}"
            );
        }
    }
}
