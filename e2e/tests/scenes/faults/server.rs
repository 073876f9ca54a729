//! The server is killed under its sessions.

use std::thread;
use std::time::Duration;

use super::{STATUS, begin, end, say, wait_for};
use crate::harness::{Dialogue, Node, Plugin};

/// Sessions of the AWS CLI with our plugin,
const PLUGINS: usize = 5;
/// and of our own command.
const OTHERS: usize = 45;

#[test]
fn fifty_sessions_outlive_a_server_that_is_killed() {
    let mut node = Node::start();
    let plugins = (0..PLUGINS).map(|_| (node.session(Plugin::Ours, &[]), 0));
    let others = (0..OTHERS).map(|_| (node.kagiban_session(&[]), STATUS));
    let mut sessions: Vec<_> = plugins
        .chain(others)
        .map(|(command, status)| (Dialogue::start(command), status))
        .collect();
    for (session, _) in &mut sessions {
        begin(session);
    }

    for number in 0..30 {
        match number {
            8 => node.server.kill_for_now(),
            20 => node.server.start_again(),
            _ => {}
        }
        for (session, _) in &mut sessions {
            say(session, [number]);
        }
        thread::sleep(Duration::from_millis(100));
    }

    for (session, _) in &sessions {
        wait_for(session, 29);
    }
    assert_eq!(node.sessions("Active").len(), PLUGINS + OTHERS);
    for (session, status) in sessions {
        end(session, 30, status);
    }
    let over = node.sessions("History");
    let ended = over.iter().filter(|session| session["Status"] == "Terminated");
    assert_eq!(ended.count(), PLUGINS + OTHERS, "{over:#?}");
}
