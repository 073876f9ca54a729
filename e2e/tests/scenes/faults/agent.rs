//! The agent's main program is restarted, killed and replaced by another under a live shell.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{STATUS, begin, end, say, wait_for};
use crate::harness::{Dialogue, Node, Output, Server, agent_binary};

#[test]
fn a_shell_outlives_its_agents_restarts_crashes_and_upgrades() {
    let server = Server::start();
    let program = server.scratch("program").join("kagiban-agent");
    install(&program);
    let mut node = Node::of(server, program.clone());
    let mut session = Dialogue::start(node.kagiban_session(&[]));
    begin(&mut session);
    let worker = worker(&node);
    say(&mut session, 0..10);
    wait_for(&session, 9);

    node.stop_agent();
    say(&mut session, 10..20);
    wait_for(&session, 19);
    node.start_agent();
    a_new_session_works(&node, 1);

    node.end_agent();
    say(&mut session, 20..30);
    wait_for(&session, 29);
    node.start_agent();
    a_new_session_works(&node, 2);

    // As a package manager does: the new file takes the name of the old one, which lives on in the worker.
    install(&program);
    node.stop_agent();
    node.start_agent();
    let runs = fs::metadata(worker.join("exe")).unwrap();
    let installed = fs::metadata(&program).unwrap();
    assert_ne!(
        runs.ino(),
        installed.ino(),
        "the shell is still with the old program"
    );
    say(&mut session, 30..40);
    wait_for(&session, 39);
    a_new_session_works(&node, 3);

    end(session, 40, STATUS);
    let over = node.sessions("History");
    let ended = over.iter().filter(|session| session["Status"] == "Terminated");
    assert_eq!(ended.count(), 4, "{over:#?}\n{}", node.log());
    assert!(node.log().contains("1 sessions go on"), "{}", node.log());
}

/// Puts a copy of the agent at this path, in place of what is there.
fn install(path: &Path) {
    let new = path.with_extension("new");
    fs::copy(agent_binary(), &new).unwrap();
    fs::rename(new, path).unwrap();
}

/// The process of the only session, as the system shows it.
fn worker(node: &Node) -> PathBuf {
    let sessions = node.sessions("Active");
    let id = sessions[0]["SessionId"].as_str().expect("a session has an id");
    let lock = node.session_files(id).join("worker.lock");
    let process = fs::read_to_string(lock).unwrap();
    Path::new("/proc").join(process.trim())
}

fn a_new_session_works(node: &Node, number: usize) {
    node.wait_for("connected");
    let word = format!("fresh-{number}");
    let ran = Output::of(&mut node.kagiban_session(&["--", "sh", "-c", &format!("echo {word}; exit 3")]));
    assert_eq!(
        (ran.code, ran.stdout.trim()),
        (3, word.as_str()),
        "{ran:?}\n{}",
        node.log()
    );
}
