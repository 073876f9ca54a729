//! The AWS CLI over TLS, with the operator's own authority in `AWS_CA_BUNDLE`.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::harness::{ACCOUNT, Output, Stopped, tool, venv_binary};

#[test]
fn the_cli_talks_tls_to_a_server_with_a_certificate() {
    let stopped = Stopped::new();
    let directory = stopped.scratch("tls");
    make_certificate(&directory);
    let (certificate, key) = (directory.join("certificate.pem"), directory.join("key.pem"));
    let mut server = Running::start(
        &stopped,
        &["--tls-cert".as_ref(), &certificate, "--tls-key".as_ref(), &key],
    );

    let url = format!(
        "https://localhost:{}",
        stopped.authority().split_once(':').unwrap().1
    );
    let mut cli = stopped.client(&stopped.root(), &venv_binary("aws"), &url);
    cli.env("AWS_CA_BUNDLE", &certificate)
        .args(["sts", "get-caller-identity", "--output", "json"]);
    let identity: Value = Output::of(&mut cli).json();
    assert_eq!(identity["Account"], ACCOUNT);

    let mut distrustful = stopped.client(&stopped.root(), &venv_binary("aws"), &url);
    let refused = Output::of(distrustful.args(["sts", "get-caller-identity"]));
    assert!(
        refused.error().contains("CERTIFICATE_VERIFY_FAILED"),
        "{refused:?}"
    );
    server.stop();
}

struct Running(Child);

impl Running {
    fn start(stopped: &Stopped, arguments: &[&Path]) -> Self {
        let running = Self(stopped.command().args(arguments).spawn().unwrap());
        let begun = Instant::now();
        while TcpStream::connect(stopped.authority()).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "it does not listen\n{}",
                stopped.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
        running
    }

    fn stop(&mut self) {
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn make_certificate(directory: &Path) {
    let arguments = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost \
        -addext basicConstraints=critical,CA:FALSE -keyout key.pem -out certificate.pem";
    let mut openssl = Command::new(tool("openssl"));
    Output::of(openssl.args(arguments.split_whitespace()).current_dir(directory)).text();
}
