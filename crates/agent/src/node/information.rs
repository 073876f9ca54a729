//! What the server is told about this machine.

use std::fs;
use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Duration;

use kagiban_session::handshake::Version;
use serde::Serialize;

use super::{Leased, Server};
use crate::failure::say;

/// How often it is told.
const INTERVAL: Duration = Duration::from_secs(5 * 60);

/// How soon it is tried again.
const AGAIN: Duration = Duration::from_secs(20);

/// `UpdateInstanceInformation`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Information {
    #[serde(rename = "AgentName")]
    agent_name: &'static str,
    #[serde(rename = "AgentStatus")]
    agent_status: &'static str,
    #[serde(rename = "AgentVersion")]
    agent_version: String,
    #[serde(rename = "ComputerName")]
    computer_name: String,
    #[serde(rename = "IPAddress")]
    ip_address: String,
    #[serde(rename = "InstanceId")]
    instance_id: String,
    #[serde(rename = "PlatformName")]
    platform_name: String,
    #[serde(rename = "PlatformType")]
    platform_type: &'static str,
    #[serde(rename = "PlatformVersion")]
    platform_version: String,
    #[serde(rename = "SSMConnectionChannel")]
    channel: &'static str,
}

impl Information {
    /// What is so now.
    pub(crate) fn now(server: &Server) -> Information {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let setting = |name| setting(&release, name);
        Information {
            // The word that dashboards and scripts look for.
            agent_name: "amazon-ssm-agent",
            agent_status: "Active",
            agent_version: Version::AGENT.to_string(),
            computer_name: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            ip_address: address_towards(server).unwrap_or_default(),
            instance_id: server.registration.node.clone(),
            platform_name: setting("NAME").unwrap_or_else(|| "Linux".to_owned()),
            platform_type: "Linux",
            platform_version: setting("VERSION_ID").unwrap_or_default(),
            channel: "ssmmessages",
        }
    }
}

/// Tells the server every five minutes, for as long as the agent runs.
pub(crate) async fn keep_informed(server: Arc<Server>, mut leased: Leased) {
    let mut is_lost = false;
    loop {
        let Ok(lease) = leased.wait_for(Option::is_some).await.map(|lease| lease.clone()) else {
            return;
        };
        let Some(lease) = lease else { continue };
        let information = Information::now(&server);
        let pause = match server.inform(&information, &lease.credentials()).await {
            Ok(()) => {
                is_lost = false;
                INTERVAL
            }
            Err(error) => {
                if !std::mem::replace(&mut is_lost, true) {
                    say(&format!("the server does not take what it is told: {error}"));
                }
                AGAIN
            }
        };
        tokio::time::sleep(pause).await;
    }
}

fn setting(release: &str, name: &str) -> Option<String> {
    let value = release
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.trim_matches(['"', '\'']).to_owned())
}

/// The address that the server sees if nothing stands between; no packet is sent for it.
fn address_towards(server: &Server) -> Option<String> {
    let url = &server.endpoint().url;
    let host = url.host()?.trim_matches(['[', ']']);
    let socket = UdpSocket::bind("[::]:0")
        .or_else(|_| UdpSocket::bind("0.0.0.0:0"))
        .ok()?;
    socket.connect((host, url.port_u16().unwrap_or(443))).ok()?;
    let address = socket.local_addr().ok()?.ip();
    Some(address.to_canonical().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_systems_name_is_read_with_and_without_quotes() {
        let release = "PRETTY_NAME=\"X Y\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID='12'\nID=debian\n";
        assert_eq!(setting(release, "NAME").as_deref(), Some("Debian GNU/Linux"));
        assert_eq!(setting(release, "VERSION_ID").as_deref(), Some("12"));
        assert_eq!(setting(release, "ID").as_deref(), Some("debian"));
        assert_eq!(setting(release, "NONE"), None);
    }
}
