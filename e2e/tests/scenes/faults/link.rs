//! The client's network is away for a minute while somebody types and the node prints.

use std::thread;
use std::time::{Duration, Instant};

use super::said_back;
use crate::harness::{Dialogue, Link, Node, Stopped, agent_binary};

const AWAY: Duration = Duration::from_secs(60);

/// Prints a number every quarter of a second, and says each line back, at once.
const WORK: &str = "stty -echo; echo rea''dy; \
                    (n=0; while sleep 0.25; do echo out $n; n=$((n+1)); done) & \
                    while read -r line; do [ \"$line\" = end ] && exit 5; echo \"got $line\"; done\n";

#[test]
fn a_minute_without_a_network_loses_nothing_either_way() {
    let cut = away_for_a_minute(Link::cut);
    let silent = away_for_a_minute(Link::silence);
    for running in [cut, silent] {
        let (_node, session) = running.join().unwrap();
        let (code, shown) = session.end();
        assert_eq!(code, 5, "{shown}");
        let typed = said_back(&shown);
        assert_eq!(typed, (0..typed.len()).collect::<Vec<_>>(), "{shown}");
        assert!(typed.len() > 60, "{shown}");
        let printed = shown.lines().filter_map(|line| line.strip_prefix("out "));
        let printed: Vec<usize> = printed.map(|number| number.trim().parse().unwrap()).collect();
        assert_eq!(printed, (0..printed.len()).collect::<Vec<_>>(), "{shown}");
        assert!(printed.len() > 20, "{shown}");
    }
}

/// Begins a session over a link, which is then away; the session is left at its end.
fn away_for_a_minute(fault: fn(&Link)) -> thread::JoinHandle<(Node, Dialogue)> {
    thread::spawn(move || {
        let stopped = Stopped::new();
        let link = Link::to(&stopped.authority());
        let mut serve = stopped.command();
        serve.args(["--stream-url", &format!("ws://{}", link.authority())]);
        let node = Node::of(stopped.start_with(serve), agent_binary());
        let mut command = node.kagiban_session(&[]);
        command.env("AWS_ENDPOINT_URL", format!("http://{}", link.authority()));
        let mut session = Dialogue::start(command);
        session.say(WORK);
        session.wait_for("ready\r");
        let mut number = 0;
        let mut type_for = |session: &mut Dialogue, time: Duration| {
            let until = Instant::now() + time;
            while Instant::now() < until {
                session.say(&format!("{number}\n"));
                number += 1;
                thread::sleep(Duration::from_millis(500));
            }
            number
        };
        type_for(&mut session, Duration::from_secs(2));
        fault(&link);
        let before = type_for(&mut session, AWAY);
        let shown = session.shown();
        link.mend();
        assert!(
            !shown.contains(&format!("got {}", before - 1)),
            "it was away: {shown}"
        );
        let last = type_for(&mut session, Duration::from_secs(2)) - 1;
        session.wait_for(&format!("\ngot {last}\r"));
        session.say("end\n");
        (node, session)
    })
}
