//! Ways on which a session is reached: another endpoint for SSM alone, and a proxy that wants a password.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::harness::{Node, Output, Stopped, agent_binary};

/// This machine, spelt as no proxy is passed by for: what is plainly this machine is reached directly.
const HOST: &str = "127.1";

/// A proxy whose tunnels all lead to one place; returns its port, and tells what was asked for.
fn proxy(authority: String) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, told) = channel();
    thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let (asked, authority) = (asked.clone(), authority.clone());
            thread::spawn(move || tunnel(near, &authority, &asked));
        }
    });
    (port, told)
}

fn tunnel(near: TcpStream, authority: &str, asked: &Sender<String>) -> std::io::Result<()> {
    let mut reader = BufReader::new(near.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head)? > 0 {}
    let _test_may_be_over = asked.send(head.clone());
    let mut near = near;
    // Basic dXNlcjpwQHNz is user:p@ss.
    if !head.contains("Basic dXNlcjpwQHNz\r\n") {
        return near.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    }
    let mut far = TcpStream::connect(authority)?;
    near.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let mut back = far.try_clone()?;
    thread::spawn(move || std::io::copy(&mut back, &mut near));
    std::io::copy(&mut reader, &mut far)?;
    far.shutdown(std::net::Shutdown::Write)
}

#[test]
fn a_session_goes_through_a_proxy_to_the_endpoint_of_ssm() {
    let stopped = Stopped::new();
    let authority = stopped.authority();
    let port = authority.rsplit_once(':').unwrap().1.to_owned();
    let mut serve = stopped.command();
    serve.args(["--stream-url", &format!("ws://{HOST}:{port}")]);
    let node = Node::of(stopped.start_with(serve), agent_binary());
    let (proxy, asked) = proxy(authority);
    let session = |password: &str| {
        let mut command = node.kagiban_session(&["--", "sh", "-c", "echo product $((6*7)); exit 3"]);
        command
            .env("AWS_ENDPOINT_URL", "http://nowhere.test:1")
            .env("AWS_ENDPOINT_URL_SSM", format!("http://{HOST}:{port}"))
            .env("HTTP_PROXY", format!("http://user:{password}@127.0.0.1:{proxy}"));
        command
    };
    let shown = Output::of(&mut session("p%40ss"));
    assert_eq!(
        (shown.code, shown.stdout.as_str()),
        (3, "product 42\n"),
        "{shown:?}"
    );
    let tunnels: Vec<String> = asked.try_iter().collect();
    let tunnel = format!("CONNECT {HOST}:{port} HTTP/1.1\r\n");
    assert!(
        tunnels.iter().all(|head| head.starts_with(&tunnel)),
        "{tunnels:?}"
    );
    assert!(tunnels.len() >= 2, "the calls and the channel: {tunnels:?}");

    let refused = Output::of(&mut session("wrong"));
    assert!(refused.code != 0 && refused.stderr.contains("407"), "{refused:?}");
    assert!(
        !refused.stderr.contains("wrong"),
        "a password is shown: {refused:?}"
    );
    assert!(asked.try_iter().count() > 0);
    let excepted = Output::of(session("wrong").env("NO_PROXY", HOST));
    assert_eq!(excepted.stdout, "product 42\n", "{excepted:?}");
    assert_eq!(asked.try_iter().count(), 0);
}
