//! A private certificate authority, and a server that speaks TLS with a certificate of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Output, Stopped, tool};

const AUTHORITY: &str = "-nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=private \
                         -addext basicConstraints=critical,CA:TRUE -keyout authority.key -out authority.pem";

const CERTIFICATE: &str = "-nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=localhost \
                           -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \
                           -CA authority.pem -CAkey authority.key -keyout key.pem -out certificate.pem";

/// Makes an authority in a directory, and a certificate of it for `localhost`; returns the authority's.
fn make(directory: &Path) -> PathBuf {
    for arguments in [AUTHORITY, CERTIFICATE] {
        let mut openssl = Command::new(tool("openssl"));
        openssl.args(["req", "-x509"]).args(arguments.split_whitespace());
        Output::of(openssl.current_dir(directory)).text();
    }
    directory.join("authority.pem")
}

impl Stopped {
    /// Returns the command that starts the server with TLS, as `localhost`. From now on its URL and its clients
    /// are set to that, and the clients trust its authority.
    pub(crate) fn command_with_tls(&self) -> Command {
        let directory = self.scratch("tls");
        self.trust(make(&directory));
        let mut command = self.command();
        command
            .arg("--tls-cert")
            .arg(directory.join("certificate.pem"))
            .arg("--tls-key")
            .arg(directory.join("key.pem"))
            .args(["--public-url", &self.url()]);
        command
    }
}
