//! Readers that are slow to take what a port of the node sends through `ProxyCommand`'s two programs.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Node, Plugin, cli_binary};

const ALL: usize = 8_000_000;

/// Numbers, so that whatever is lost, doubled or turned round shows.
fn pattern() -> Vec<u8> {
    let numbers = 0..u32::try_from(ALL / 4).unwrap();
    numbers.flat_map(u32::to_be_bytes).collect()
}

/// A port that sends the pattern to who connects, and closes once it is told to.
fn source() -> (u16, Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (close, told) = channel();
    thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        connection.write_all(&pattern()).unwrap();
        let _all_is_there = told.recv();
        connection.shutdown(Shutdown::Both)
    });
    (port, close)
}

/// Reads a program's output: after a pause, and with a pause after each piece.
fn read_slowly(mut command: Command, close: &Sender<()>) -> Vec<u8> {
    let mut running = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let _open = running.stdin.take();
    let mut output = running.stdout.take().unwrap();
    thread::sleep(Duration::from_secs(3));
    let ending = pattern().split_off(ALL - 16);
    let (mut all, mut piece, mut next) = (Vec::new(), vec![0; 1 << 20], 0);
    loop {
        match output.read(&mut piece).unwrap() {
            0 => break,
            bytes => all.extend_from_slice(&piece[..bytes]),
        }
        if all.len() > next {
            next += 1 << 20;
            thread::sleep(Duration::from_millis(250));
        }
        if all.ends_with(&ending) {
            let _closed_once = close.send(());
        }
    }
    running.wait().unwrap();
    all
}

#[test]
fn ssh_proxy_loses_nothing_to_a_slow_reader() {
    let node = Node::start();
    let (port, close) = source();
    let mut command = node.server.client(&node.server.root(), &cli_binary());
    command.args(["ssh-proxy", &node.id, &port.to_string()]);
    let all = read_slowly(command, &close);
    assert!(all == pattern(), "{} bytes came\n{}", all.len(), node.log());
    node.nothing_stays();
}

#[test]
fn awss_plugin_as_a_proxy_loses_nothing_to_a_slow_reader() {
    let node = Node::start();
    let (port, close) = source();
    let parameters = json!({"portNumber": [port.to_string()]}).to_string();
    let document = [
        "--document-name",
        "AWS-StartSSHSession",
        "--parameters",
        &parameters,
    ];
    let all = read_slowly(node.session(Plugin::Aws, &document), &close);
    let pattern = pattern();
    let begins = all.windows(16).position(|bytes| *bytes == pattern[..16]);
    let begins = begins.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&all[..200.min(all.len())])));
    let came = &all[begins..];
    let whole = came.get(..ALL) == Some(&pattern[..]);
    assert!(whole, "{} bytes came\n{}", came.len(), node.log());
    node.nothing_stays();
}
