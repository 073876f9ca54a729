use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// A self-signed certificate for this machine's loopback address, in two PEM files.
#[derive(Clone)]
pub(crate) struct Certificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Certificate {
    /// Makes one.
    ///
    /// # Errors
    ///
    /// The directory cannot be written.
    pub(crate) fn make(directory: &Path) -> Result<Certificate> {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
        let files = Certificate {
            certificate: directory.join("certificate.pem"),
            key: directory.join("key.pem"),
        };
        fs::write(&files.certificate, made.cert.pem())?;
        fs::write(&files.key, made.signing_key.serialize_pem())?;
        Ok(files)
    }
}
