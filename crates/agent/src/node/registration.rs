use std::fs;

use kagiban_aws::{Region, SecretString};
use serde::{Deserialize, Serialize};

use super::NodeKey;
use crate::data::Data;
use crate::failure::Failure;

/// Who this node is: all that has to be kept between two starts.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Registration {
    /// Such as `mi-0123456789abcdef0`.
    pub(crate) node: String,
    pub(crate) endpoint: String,
    pub(crate) region: Region,
    /// A UUID that the server compares at each request of credentials.
    pub(crate) fingerprint: String,
    /// The machine it was made on; see [`machine`].
    pub(crate) machine: String,
    /// The private key.
    pub(crate) key: SecretString,
    /// A key that the server may or may not know already: a rotation was not finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next_key: Option<SecretString>,
    /// A file of certificate authorities that count instead of the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca_bundle: Option<String>,
}

impl Registration {
    const FILE: &str = "registration.json";

    /// Reads it; `None` if the machine is not registered.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub(crate) fn load(data: &Data) -> Result<Option<Registration>, Failure> {
        data.load(Self::FILE)
    }

    /// Reads it, and refuses a machine that is not registered, or is not the one that was.
    ///
    /// # Errors
    ///
    /// What is to be done instead.
    pub(crate) fn require(data: &Data) -> Result<Registration, Failure> {
        let registration = Registration::load(data)?.ok_or_else(|| {
            let root = data.root().display();
            Failure::Data(format!(
                "{root} holds no registration; `kagiban-agent register` makes one"
            ))
        })?;
        // DIFFERS: AWS's agent compares a score over hardware; one identity that the system keeps is enough,
        // and does not change with a disk.
        if registration.machine != machine() {
            let Registration { node, .. } = &registration;
            return Err(Failure::Data(format!(
                "{} belongs to {node} on another machine; two agents must not be one node: register this machine with a data directory of its own, or with --force",
                data.root().display()
            )));
        }
        Ok(registration)
    }

    /// Keeps it.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(crate) fn save(&self, data: &Data) -> Result<(), Failure> {
        data.save(Self::FILE, self)
    }

    /// The key that the server knows for certain.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub(crate) fn key(&self) -> Result<NodeKey, Failure> {
        Ok(NodeKey::parse(&self.key)?)
    }
}

/// What tells this machine from its clones: the system's machine id, hashed, since it is meant to stay
/// private. Empty where there is none, as in many containers.
pub(crate) fn machine() -> String {
    let paths = ["/etc/machine-id", "/var/lib/dbus/machine-id"];
    let id = paths.iter().find_map(|path| fs::read_to_string(path).ok());
    id.filter(|id| !id.trim().is_empty())
        .map_or_else(String::new, |id| {
            let text = format!("kagiban-agent {}", id.trim());
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
            digest
                .as_ref()
                .iter()
                .take(16)
                .map(|byte| format!("{byte:02x}"))
                .collect()
        })
}
