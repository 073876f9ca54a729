//! `kagiban session forward`: ports of this machine that lead to ports of a node, or beyond it.

use std::net::Ipv6Addr;
use std::process::ExitCode;
use std::str::FromStr;

use super::{nodes, request};
use crate::endpoint::{Service, Target};
use crate::failure::Failure;
use crate::session::listener::Local;
use crate::session::{self, Api, Forward};

/// Forward ports of this machine to a node, or to what the node can reach
#[derive(clap::Args)]
#[command(after_long_help = LONG_HELP)]
pub(crate) struct Arguments {
    /// The node: an id, a name, an address or TAG:VALUE
    #[arg(value_name = "NODE", add = nodes::node_names())]
    node: String,
    /// What leads where: PORT, LOCAL:PORT or LOCAL:HOST:PORT; LOCAL is a port, or the path of a socket
    #[arg(required = true, value_name = "FORWARD")]
    forwards: Vec<Wanted>,
    /// The address to listen at
    #[arg(long, value_name = "ADDRESS", default_value = "localhost")]
    bind: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

const LONG_HELP: &str = "\
Connections that break are made again; the listening ports stay. Interrupt it to end the sessions.

Examples:
  kagiban session forward web-1 8080:80
  kagiban session forward web-1 5432:db.internal:5432 6379
  kagiban session forward web-1 /tmp/db.sock:db.internal:5432";

/// One forward, as it is said.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Wanted {
    local: Entrance,
    host: Option<String>,
    port: u16,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Entrance {
    Port(u16),
    Socket(String),
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(said: &str) -> Result<Wanted, String> {
        let wrong = || format!("`{said}` is not PORT, LOCAL:PORT or LOCAL:HOST:PORT");
        let (before, port) = match said.rsplit_once(':') {
            Some((before, port)) => (Some(before), port),
            None => (None, said),
        };
        let port: u16 = port.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?;
        let Some(before) = before else {
            return Ok(Wanted {
                local: Entrance::Port(port),
                host: None,
                port,
            });
        };
        let (local, host) = match before.split_once(':') {
            Some((local, host)) => (local, Some(host)),
            None => (before, None),
        };
        let local = match local.parse() {
            Ok(number) => Entrance::Port(number),
            Err(_) if local.contains('/') => Entrance::Socket(local.to_owned()),
            Err(_) => return Err(wrong()),
        };
        match host {
            Some("") => Err(wrong()),
            host => Ok(Wanted {
                local,
                host: host.map(|host| plain(host, said)).transpose()?,
                port,
            }),
        }
    }
}

/// A host without the brackets that an IPv6 address has, and nothing else with colons.
fn plain(host: &str, said: &str) -> Result<String, String> {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match inner {
        Some(address) if address.parse::<Ipv6Addr>().is_ok() => Ok(address.to_owned()),
        None if !host.contains([':', '[', ']']) => Ok(host.to_owned()),
        _ => Err(format!(
            "`{host}` in `{said}` is no host; an IPv6 address stands in brackets: LOCAL:[ADDRESS]:PORT"
        )),
    }
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let client = target.client(Service::Ssm)?;
        let node = nodes::resolve(&client, &self.node)?;
        let forwards = self
            .forwards
            .iter()
            .map(|wanted| self.forward(&node, wanted))
            .collect();
        let beside = client.endpoint().place.url.to_string();
        session::forward_all(&Api::new(target, Some(&beside))?, &node, forwards)
    }

    fn forward(&self, node: &str, wanted: &Wanted) -> Forward {
        let mut parameters = vec![("portNumber", wanted.port.to_string())];
        if let Entrance::Port(local) = wanted.local {
            parameters.push(("localPortNumber", local.to_string()));
        }
        let document = match &wanted.host {
            None => "AWS-StartPortForwardingSession",
            Some(host) => {
                parameters.push(("host", host.clone()));
                "AWS-StartPortForwardingSessionToRemoteHost"
            }
        };
        Forward {
            request: request(node, Some(document), &parameters, self.reason.as_deref()),
            local: match &wanted.local {
                Entrance::Port(port) => Local::Port {
                    host: self.bind.clone(),
                    port: *port,
                },
                Entrance::Socket(path) => Local::Socket(path.into()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(said: &str) -> (Entrance, Option<String>, u16) {
        let Wanted { local, host, port } = said.parse().unwrap();
        (local, host, port)
    }

    #[test]
    fn forwards_are_said_as_to_ssh() {
        let db = || Some("db.internal".to_owned());
        assert_eq!(wanted("5432"), (Entrance::Port(5432), None, 5432));
        assert_eq!(wanted("8080:80"), (Entrance::Port(8080), None, 80));
        assert_eq!(wanted("0:db.internal:5432"), (Entrance::Port(0), db(), 5432));
        let socket = Entrance::Socket("/run/db".to_owned());
        assert_eq!(wanted("/run/db:db.internal:5432"), (socket, db(), 5432));
        assert_eq!(
            wanted("1:[fd00::7]:2"),
            (Entrance::Port(1), Some("fd00::7".to_owned()), 2)
        );
        for wrong in [
            "",
            "0",
            "x",
            "80:",
            ":80",
            "db.internal:5432",
            "1::2",
            "70000",
            "1:h:0",
            "8898:80:90:1",
            "8897:::1:80",
            "1:[h]:2",
            "1:[::1:2",
            "1:[]:2",
        ] {
            assert!(wrong.parse::<Wanted>().is_err(), "{wrong}");
        }
    }
}
