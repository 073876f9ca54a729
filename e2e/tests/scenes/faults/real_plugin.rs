//! AWS's own session-manager-plugin while the server is restarted.

use std::thread;
use std::time::{Duration, Instant};

use super::{begin, said_back, say, wait_for};
use crate::harness::{Dialogue, Node, Plugin};

/// Waits for something that the shell has said since a moment of the past.
#[track_caller]
fn wait_for_more(session: &Dialogue, before: usize) {
    let since = Instant::now();
    while session.shown().len() <= before {
        assert!(since.elapsed() < Duration::from_secs(60), "{}", session.shown());
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn awss_plugin_comes_back_to_its_shell_after_a_short_restart() {
    let mut node = Node::start();
    let mut session = Dialogue::start(node.session(Plugin::Aws, &[]));
    session.say("(while sleep 0.05; do echo tick; done) &\n");
    begin(&mut session);
    say(&mut session, 0..10);
    wait_for(&session, 9);

    // Acknowledgements are on their way: the plugin gives none a second time.
    node.server.kill_for_now();
    let before = session.shown().len();
    node.server.start_again();
    // What is typed meanwhile would end it: `Can't send message: Connection is closed.`
    wait_for_more(&session, before + 20);
    thread::sleep(Duration::from_secs(1));
    say(&mut session, 10..20);
    wait_for(&session, 19);
    session.say("end\n");
    let (code, shown) = session.end();
    assert_eq!(said_back(&shown), (0..20).collect::<Vec<_>>(), "{shown}");
    assert_eq!(code, 0, "{shown}");
    node.nothing_stays();
}

/// It tries five times, with pauses that grow to three seconds.
const GIVES_UP: Duration = Duration::from_secs(9);

#[test]
fn what_awss_plugin_gives_up_does_not_stay() {
    let mut node = Node::start();
    let mut session = Dialogue::start(node.session(Plugin::Aws, &[]));
    begin(&mut session);

    node.server.kill_for_now();
    thread::sleep(GIVES_UP);
    node.server.start_again_with(&["--sessions-resume-seconds", "2"]);

    // It neither ends nor says a word; the server does.
    node.nothing_stays();
    let over = node.sessions("History");
    assert_eq!(over[0]["Status"], "Terminated", "{over:?}");
    session.kill_children();
}
