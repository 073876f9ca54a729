//! A disk that is full for a moment ends the server, so that whoever started it starts it again.

use std::process::{Command, Stdio};

use rustix::process::{Resource, Rlimit, prlimit};
use serde_json::json;

use crate::harness::{Output, Server, Stopped, files_below};

/// Room for the few lines of the audit log and the store's header, and not for one of its pages.
const ROOM: u64 = 8 * 1024;

#[test]
fn a_store_that_cannot_be_written_ends_the_server_and_the_next_one_has_all_that_was_answered() {
    let server = start_deaf_to_full_files();
    server.put("/before", "x", None);
    let limit = Rlimit {
        current: Some(ROOM),
        maximum: Some(ROOM),
    };
    prlimit(Some(server.pid()), Resource::Fsize, limit).unwrap();
    let body = json!({"Name": "/after", "Value": "x", "Type": "String"});
    server
        .call(&server.root(), "AmazonSSM.PutParameter", &body)
        .refused(503, "ServiceUnavailable");
    let (status, stopped) = server.ended();
    assert_eq!(status.code(), Some(1), "{status}");

    let server = stopped.start();
    let read = |name: &str| {
        let body = json!({ "Name": name });
        server.call(&server.root(), "AmazonSSM.GetParameter", &body)
    };
    read("/before").ok();
    server.put("/after", "x", None);
    read("/after").ok();
}

#[test]
fn the_doctor_says_whether_anything_more_can_be_written_and_leaves_nothing_behind() {
    let server = Server::start();
    server.put("/before", "x", None);
    let stopped = server.stop();
    let files = || files_below(&stopped.data()).len();
    let before = files();
    let healthy = Output::of(&mut stopped.command_to(&["doctor"]));
    assert!(
        healthy.code == 0 && healthy.stdout.contains(" MiB left under"),
        "{healthy:?}"
    );

    let plain = stopped.command_to(&["doctor"]);
    let mut limited = Command::new("/bin/sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\""])
        .arg(plain.get_program())
        .args(plain.get_args())
        .env_clear()
        .envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let full = Output::of(&mut limited);
    assert!(
        full.code != 0 && full.stdout.contains("WRONG  nothing more can be written"),
        "{full:?}"
    );
    assert_eq!(files(), before);
    assert_eq!(Output::of(&mut stopped.command_to(&["doctor"])).code, 0);
}

/// Starts a server to which a file at its limit is an error, as a full disk is, and no signal.
fn start_deaf_to_full_files() -> Server {
    let stopped = Stopped::new();
    let plain = stopped.command();
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(plain.get_program())
        .args(plain.get_args())
        .env_clear()
        .envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    stopped.start_with(command)
}
