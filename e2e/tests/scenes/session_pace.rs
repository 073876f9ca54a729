//! The operator's bound on how fast a session may carry bytes, and what is counted of them.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Node, Stopped, agent_binary, cli_binary};

/// Each way of each session.
const BYTES_PER_SECOND: usize = 1_000_000;
const ALL: usize = 3_000_000;

/// A second's worth goes at once; the rest takes its time.
const AT_LEAST: Duration = Duration::from_millis(1900);

/// A node of a server with the bound, and where the server's metrics are.
fn bounded() -> (Node, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let metrics = listener.local_addr().unwrap().to_string();
    drop(listener);
    let stopped = Stopped::new();
    let mut serve = stopped.command();
    serve
        .args(["--metrics-listen", &metrics])
        .args(["--sessions-bytes-per-second", &BYTES_PER_SECOND.to_string()]);
    (Node::of(stopped.start_with(serve), agent_binary()), metrics)
}

/// A counter of the server's.
fn counted(metrics: &str, name: &str) -> usize {
    let mut stream = TcpStream::connect(metrics).unwrap();
    write!(
        stream,
        "GET /metrics HTTP/1.1\r\nhost: {metrics}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let value = answer
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.and_then(|value| value.parse().ok()).expect(&answer)
}

/// Bytes in which none looks like its neighbours.
fn pattern() -> Vec<u8> {
    let numbers = 0..u32::try_from(ALL / 4).unwrap();
    numbers
        .flat_map(|number| number.wrapping_mul(0x9e37_79b1).to_be_bytes())
        .collect()
}

/// A place that takes all that comes on one connection; returns its port, and tells it at the end.
fn sink() -> (u16, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (all, taken) = channel();
    thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut bytes = Vec::new();
        connection.read_to_end(&mut bytes).unwrap();
        let _test_may_be_over = all.send(bytes);
    });
    (port, taken)
}

fn piped(mut command: Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.spawn().unwrap()
}

#[test]
fn a_session_carries_no_more_in_a_second_than_its_operator_allows() {
    let (node, metrics) = bounded();
    let sent = pattern();
    let file = node.server.scratch("files").join("pattern");
    std::fs::write(&file, &sent).unwrap();

    let began = Instant::now();
    let mut down = node
        .kagiban_session(&["--", "cat", file.to_str().unwrap()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (port, taken) = sink();
    let mut command = node.server.client(&node.server.root(), &cli_binary());
    command.args(["ssh-proxy", &node.id, &port.to_string()]);
    let mut up = piped(command);
    let (mut input, bytes) = (up.stdin.take().unwrap(), sent.clone());
    let typing = thread::spawn(move || input.write_all(&bytes).unwrap());

    let mut got = Vec::new();
    down.stdout.take().unwrap().read_to_end(&mut got).unwrap();
    let down_took = began.elapsed();
    assert!(down.wait().unwrap().success());
    assert!(got == sent, "{} bytes came", got.len());
    assert!(down_took >= AT_LEAST, "{down_took:?}");
    typing.join().unwrap();
    let arrived = taken.recv_timeout(Duration::from_secs(60)).unwrap();
    let up_took = began.elapsed();
    assert!(arrived == sent, "{} bytes arrived", arrived.len());
    assert!(up_took >= AT_LEAST, "{up_took:?}");
    up.wait().unwrap();
    node.nothing_stays();

    for name in ["client", "agent"] {
        let bytes = counted(&metrics, &format!("kagiban_session_{name}_bytes_total"));
        assert!(bytes >= ALL, "{name}: {bytes}");
    }
    for counter in ["from_client=", "from_agent="] {
        let log = node.server.log();
        let ends = log.lines().filter(|line| line.contains("a session is over"));
        let carried = ends.map(|line| {
            let (_, rest) = line.split_once(counter).expect(line);
            rest.split(' ').next().unwrap().parse::<usize>().unwrap()
        });
        let large = carried.filter(|bytes| (ALL..ALL * 3 / 2).contains(bytes));
        assert_eq!(large.count(), 1, "{counter} of one session: {log}");
    }
}
