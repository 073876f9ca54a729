//! TLS towards the server: the system's certificate authorities, or those of `AWS_CA_BUNDLE`.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::Error;

/// The client's side of TLS.
///
/// # Errors
///
/// If there is no certificate authority to trust.
pub(crate) fn config(ca_bundle: Option<&str>) -> Result<Arc<ClientConfig>, Error> {
    let roots = match ca_bundle {
        Some(path) => bundle(path)?,
        None => system(),
    };
    if roots.is_empty() {
        let text = "no certificate authority is known here; install ca-certificates or set AWS_CA_BUNDLE";
        return Err(Error::Setting(text.to_owned()));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Setting(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn bundle(path: &str) -> Result<RootCertStore, Error> {
    let failed = |error: String| Error::Setting(format!("the CA bundle {path} cannot be used: {error}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| failed(error.to_string()))? {
        let certificate = certificate.map_err(|error| failed(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| failed(error.to_string()))?;
    }
    Ok(roots)
}

/// What of the system's store can be read; the rest is passed over.
fn system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}
