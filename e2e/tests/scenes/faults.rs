//! Sessions while something breaks: the server, the agent, the network between; and one node too many.
//!
//! What is typed is numbered, and the shell says each line back once. So whatever was lost, doubled or
//! turned round on the way shows.

mod agent;
mod clone;
mod link;
mod real_plugin;
mod resume;
mod server;

use crate::harness::Dialogue;

/// A shell's work: says each line back, and leaves with status 5 at the last.
const SAY_BACK: &str = "stty -echo; echo rea''dy; while read -r line; do \
                        [ \"$line\" = end ] && exit 5; echo \"got $line\"; done\n";

/// How a session ends whose shell was told `end`.
const STATUS: i32 = 5;

/// Has a shell say back what it reads.
fn begin(session: &mut Dialogue) {
    session.say(SAY_BACK);
    session.wait_for("ready\r");
}

/// Types these numbers.
fn say(session: &mut Dialogue, numbers: impl IntoIterator<Item = usize>) {
    for number in numbers {
        session.say(&format!("{number}\n"));
    }
}

/// Waits for a number to be said back.
fn wait_for(session: &Dialogue, number: usize) {
    session.wait_for(&format!("\ngot {number}\r"));
}

/// All that was said back, in order.
fn said_back(shown: &str) -> Vec<usize> {
    let lines = shown.lines().filter_map(|line| line.strip_prefix("got "));
    lines.map(|number| number.trim().parse().unwrap()).collect()
}

/// Ends a session; its shell has to have read these numbers once each, and in order.
#[track_caller]
fn end(mut session: Dialogue, numbers: usize, status: i32) {
    session.say("end\n");
    let (code, shown) = session.end();
    assert_eq!(said_back(&shown), (0..numbers).collect::<Vec<_>>(), "{shown}");
    assert_eq!(code, status, "{shown}");
}
