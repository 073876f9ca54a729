//! TLS: a real handshake, a renewed certificate, and clients that do not shake hands.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kagiban_server::http::{Limits, Tls, TlsError};
use rustix::process::Signal;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;

use crate::http::{Server, read_all};
use crate::running::Home;

/// Writes a fresh certificate for `localhost` and returns it.
fn issue(directory: &Path) -> CertificateDer<'static> {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(directory.join("cert.pem"), issued.cert.pem()).unwrap();
    fs::write(directory.join("key.pem"), issued.signing_key.serialize_pem()).unwrap();
    issued.cert.der().clone()
}

fn load(directory: &Path) -> Result<Tls, TlsError> {
    Tls::load(&directory.join("cert.pem"), &directory.join("key.pem"))
}

fn start() -> (TempDir, CertificateDer<'static>, Tls, Server) {
    let directory = tempfile::tempdir().unwrap();
    let certificate = issue(directory.path());
    let tls = load(directory.path()).unwrap();
    let limits = Limits {
        handshake_time: Duration::from_millis(300),
        ..Limits::default()
    };
    let server = Server::start_with(limits, Some(tls.clone()));
    (directory, certificate, tls, server)
}

/// Sends a request to a server that must have this certificate.
fn fetch(address: SocketAddr, certificate: &CertificateDer<'static>) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address)?);
    stream.write_all(b"GET /over-tls HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn requests_are_answered_over_tls() {
    let (_directory, certificate, _tls, server) = start();
    let answer = fetch(server.address, &certificate).unwrap();
    assert!(answer.ends_with("/over-tls  0"), "{answer}");
}

#[test]
fn a_renewed_certificate_is_used_without_a_restart() {
    let (directory, old, tls, server) = start();
    let new = issue(directory.path());
    assert!(fetch(server.address, &new).is_err());
    tls.reload().unwrap();
    assert!(fetch(server.address, &new).is_ok());
    assert!(fetch(server.address, &old).is_err());
}

#[test]
fn the_running_server_reads_its_certificate_again_on_sighup() {
    let home = Home::new();
    let old = issue(home.0.path());
    let server = home.start(&[
        "--tls-cert",
        home.path("cert.pem").to_str().unwrap(),
        "--tls-key",
        home.path("key.pem").to_str().unwrap(),
    ]);
    assert!(fetch(server.address, &old).is_ok());
    let new = issue(home.0.path());
    server.signal(Signal::HUP);
    server.logged("the certificate was read again");
    assert!(fetch(server.address, &new).is_ok());
    assert!(fetch(server.address, &old).is_err());
    assert!(server.stop().success());
}

#[test]
fn a_broken_renewal_leaves_the_old_certificate_in_place() {
    let (directory, certificate, tls, server) = start();
    fs::write(directory.path().join("key.pem"), "nothing of use").unwrap();
    assert!(matches!(tls.reload(), Err(TlsError::Key { .. })));
    assert!(fetch(server.address, &certificate).is_ok());
}

#[test]
fn who_does_not_shake_hands_is_cut_off() {
    let (_directory, _certificate, _tls, server) = start();
    let began = Instant::now();
    assert_eq!(read_all(&mut server.connect()), "");
    assert!(began.elapsed() < Duration::from_secs(3));
    let plain = server.exchange(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(!plain.contains("HTTP/1.1"), "{plain}");
}

#[test]
fn a_certificate_and_another_key_do_not_go_together() {
    let directory = tempfile::tempdir().unwrap();
    issue(directory.path());
    let certificate = fs::read(directory.path().join("cert.pem")).unwrap();
    issue(directory.path());
    fs::write(directory.path().join("cert.pem"), certificate).unwrap();
    assert!(matches!(load(directory.path()), Err(TlsError::Unusable(_))));
}
