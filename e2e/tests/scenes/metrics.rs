//! Metrics are served on a listener of their own, and only if somebody asks for it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use crate::harness::Stopped;

fn get(authority: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(authority).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn requests_are_counted_on_the_listener_that_was_asked_for_and_on_no_other() {
    let listen = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let stopped = Stopped::new();
    let mut command = stopped.command();
    command.args(["--metrics-listen", &listen]);
    let server = stopped.start_with(command);
    server.put("/app/secret-name", "canary-value", None);

    let metrics = get(&listen, "/metrics");
    assert!(metrics.starts_with("HTTP/1.1 200"), "{metrics}");
    let counted = metrics
        .lines()
        .any(|line| line.contains("PutParameter") && line.ends_with(" 1"));
    assert!(counted, "{metrics}");
    assert!(
        !metrics.contains("canary") && !metrics.contains("secret-name"),
        "{metrics}"
    );

    let authority = server.url().replace("http://", "");
    assert!(get(&authority, "/metrics").starts_with("HTTP/1.1 404"));
}
