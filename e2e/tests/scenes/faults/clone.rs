//! Two machines run as one node: a disk was copied with the registration on it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::{STATUS, begin, end, say, wait_for};
use crate::harness::{Agent, Dialogue, Node, Stopped, agent_binary, files_below};

#[test]
fn a_cloned_node_is_told_of_everywhere_and_mended_by_registering_it_anew() {
    let metrics = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let stopped = Stopped::new();
    let mut command = stopped.command();
    command.args(["--metrics-listen", &metrics]);
    let node = Node::of(stopped.start_with(command), agent_binary());
    assert_eq!(contentions(&metrics), 0);

    let mut clone = node.start_clone();

    // Both machines' logs say it, since nobody knows whose is read.
    let words = format!("another agent is connected as {}", node.id);
    wait_until(|| node.log().contains(&words) && clone.log(&node.server).contains(&words));
    for log in [node.log(), clone.log(&node.server)] {
        assert!(log.contains("kagiban-agent register --force"), "{log}");
        assert!(
            log.contains("a newer connection of this node has taken over"),
            "{log}"
        );
    }
    // So does the server, in all its ways.
    wait_until(|| contentions(&metrics) == 1);
    let warned = |line: &str| line.contains("WARN") && line.contains("two machines seem to run as one node");
    let log = node.server.log();
    assert!(
        log.lines().any(|line| warned(line) && line.contains(&node.id)),
        "{log}"
    );
    assert!(audited(&node).contains("ContendedControlChannel"));
    // And it is no storm.
    let connections = [node.log(), clone.log(&node.server)];
    let connections: usize = connections
        .iter()
        .map(|log| log.matches("is connected\n").count())
        .sum();
    assert!(connections <= 12, "{connections}\n{}", node.log());

    clone.kill();
    let id = clone.register_anew(&node.server);
    clone.start(&node.server);
    assert_ne!(id, node.id);
    wait_until(|| clone.log(&node.server).contains(&format!("{id} is connected")));
    node.wait_for("connected");
    stays(&node, &clone);
}

#[test]
fn a_clone_does_not_end_the_sessions_of_the_machine_that_it_is_a_copy_of() {
    let node = Node::start();
    let mut session = Dialogue::start(node.kagiban_session(&[]));
    begin(&mut session);
    let id = node.only_session();

    let mut clone = node.start_clone();

    let words = format!("{id} was begun on another machine");
    wait_until(|| clone.log(&node.server).contains(&words));
    wait_until(|| clone.log(&node.server).contains("is connected"));
    thread::sleep(Duration::from_millis(500));
    say(&mut session, 0..10);
    wait_for(&session, 9);
    assert_eq!(node.only_session(), id);
    clone.kill();
    end(session, 10, STATUS);
    node.nothing_stays();
}

/// Neither loses its channel any more.
fn stays(node: &Node, clone: &Agent) {
    // The older one may still be waiting for its turn.
    wait_until(|| node.log().trim_end().ends_with("is connected"));
    let logs = || [node.log(), clone.log(&node.server)];
    let before = logs();
    thread::sleep(Duration::from_secs(3));
    assert_eq!(logs(), before);
}

fn contentions(metrics: &str) -> u64 {
    let mut stream = TcpStream::connect(metrics).unwrap();
    write!(
        stream,
        "GET /metrics HTTP/1.1\r\nhost: {metrics}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let counted = answer
        .lines()
        .find_map(|line| line.strip_prefix("kagiban_node_contentions_total "));
    counted
        .and_then(|count| count.trim().parse().ok())
        .expect(&answer)
}

fn audited(node: &Node) -> String {
    let files = files_below(&node.server.data());
    let segments = files
        .iter()
        .filter(|path| path.to_string_lossy().contains("audit"));
    segments
        .map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned())
        .collect()
}

#[track_caller]
fn wait_until(holds: impl Fn() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < Duration::from_secs(120), "in vain");
        thread::sleep(Duration::from_millis(100));
    }
}
