//! The documents of AWS's own that are here: those that start sessions.
//
// UNSURE: names, types and parameters are AWS's; AWS's exact patterns for hosts and sockets, and the
// parameters of AWS-StartNonInteractiveCommand beside `command`, have not been seen.

use std::sync::LazyLock;

use kagiban_session::document::SessionDocument;

/// A document of AWS's own: everybody's, in every Region, in one version.
#[derive(Debug)]
pub struct OwnedDocument {
    /// Its name.
    pub name: &'static str,
    /// Its content, JSON.
    pub content: &'static str,
    /// The content, read.
    pub document: SessionDocument,
}

macro_rules! contents {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("owned/", $name, ".json")))),*]
    };
}

/// In the order of their names.
const CONTENTS: [(&str, &str); 6] = contents! {
    "AWS-StartInteractiveCommand"
    "AWS-StartNonInteractiveCommand"
    "AWS-StartPortForwardingSession"
    "AWS-StartPortForwardingSessionToRemoteHost"
    "AWS-StartPortForwardingSessionToSocket"
    "AWS-StartSSHSession"
};

static ALL: LazyLock<Vec<OwnedDocument>> = LazyLock::new(|| {
    let read = |(name, content): (&'static str, &'static str)| OwnedDocument {
        name,
        content,
        document: SessionDocument::parse(content).expect("a test reads them all"),
    };
    CONTENTS.map(read).into()
});

/// All of them, in the order of their names.
pub fn all() -> &'static [OwnedDocument] {
    &ALL
}

/// One by its name.
pub fn get(name: &str) -> Option<&'static OwnedDocument> {
    all().iter().find(|document| document.name == name)
}

/// What a session is where the account has no preferences: a shell, without further ado.
pub static DEFAULT_SHELL: LazyLock<SessionDocument> = LazyLock::new(|| {
    let content = r#"{"schemaVersion":"1.0","sessionType":"Standard_Stream","inputs":{}}"#;
    SessionDocument::parse(content).expect("as a test reads it")
});

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kagiban_session::document::{Arguments, Plan};

    use super::*;
    use crate::pattern::AllowedPattern;

    fn plan(name: &str, given: &[(&str, &str)]) -> Plan {
        let document = &get(name).unwrap().document;
        let given: BTreeMap<String, Vec<String>> = given
            .iter()
            .map(|(name, text)| ((*name).to_owned(), vec![(*text).to_owned()]))
            .collect();
        let arguments = document.arguments(&given).unwrap();
        document.resolve(&arguments).unwrap().plan
    }

    #[test]
    fn all_are_read_and_say_nothing_without_meaning() {
        for owned in all() {
            assert_eq!(owned.document.unknown_members(), [""; 0], "{}", owned.name);
            for (name, parameter) in owned.document.parameters.iter() {
                if let Some(pattern) = &parameter.allowed_pattern {
                    assert!(AllowedPattern::parse(pattern).is_ok(), "{} {name}", owned.name);
                }
            }
        }
        assert!(DEFAULT_SHELL.resolve(&Arguments::new()).is_ok());
        assert!(all().is_sorted_by_key(|owned| owned.name));
    }

    #[test]
    fn each_does_what_its_name_says() {
        let Plan::Port(ssh) = plan("AWS-StartSSHSession", &[]) else {
            panic!("a port");
        };
        assert_eq!((ssh.port_number, ssh.is_forwarding), (22, false));
        let remote = [("host", "db.internal"), ("portNumber", "5432")];
        let Plan::Port(remote) = plan("AWS-StartPortForwardingSessionToRemoteHost", &remote) else {
            panic!("a port");
        };
        assert_eq!(
            (&*remote.host, remote.port_number, remote.is_forwarding),
            ("db.internal", 5432, true)
        );
        let socket = [("localUnixSocket", "/tmp/a.sock")];
        let Plan::Port(socket) = plan("AWS-StartPortForwardingSessionToSocket", &socket) else {
            panic!("a port");
        };
        assert_eq!(
            (&*socket.local_unix_socket, socket.is_unix),
            ("/tmp/a.sock", true)
        );
        let separate = [("command", "df -h"), ("separateOutputStream", "true")];
        let Plan::NonInteractiveCommands(commands) = plan("AWS-StartNonInteractiveCommand", &separate) else {
            panic!("commands");
        };
        let linux = commands.linux.unwrap();
        assert_eq!((&*linux.commands, linux.separate_output_stream), ("df -h", true));
        assert!(matches!(
            plan("AWS-StartInteractiveCommand", &[("command", "top")]),
            Plan::InteractiveCommands(_)
        ));
    }

    #[test]
    fn patterns_let_ports_and_hosts_through_and_nothing_else() {
        let remote = &get("AWS-StartPortForwardingSessionToRemoteHost")
            .unwrap()
            .document;
        let matches = |name: &str, text: &str| {
            let pattern = remote
                .parameters
                .get(name)
                .unwrap()
                .allowed_pattern
                .as_deref()
                .unwrap();
            AllowedPattern::parse(pattern).unwrap().matches(text)
        };
        for port in ["1", "22", "65535", "9999", "10000"] {
            assert!(
                matches("portNumber", port) && matches("localPortNumber", port),
                "{port}"
            );
        }
        for port in ["", "65536", "022", "-1", "22 ", "1e3"] {
            assert!(
                !matches("portNumber", port) && !matches("localPortNumber", port),
                "{port}"
            );
        }
        assert!(matches("localPortNumber", "0") && !matches("portNumber", "0"));
        for host in ["localhost", "10.0.0.1", "db-1.internal.example.com", "fe80::1"] {
            assert!(matches("host", host), "{host}");
        }
        for host in ["", "a", "a b c", "x;reboot", "$(id)", "`id`", "a|b"] {
            assert!(!matches("host", host), "{host}");
        }
    }
}
